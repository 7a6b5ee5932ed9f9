/**
 * Faults that a test orders, as commands and the test tool see them.
 *
 * @module
 */
import type { RespError } from "../resp/reply_reader.ts";

/** What a fault replies in place of the command: a text is a bulk string, a `RespError` an error. */
export type FaultReply = string | number | null | RespError | readonly FaultReply[];

/** Which requests a fault meets; all but DEBUG, if nothing is said. */
export interface FaultMatch {
  /** The command's name in any case, with that of its container: `client|list`. */
  readonly command?: string;
  /** A pattern as that of KEYS, which one of the request's keys must match. */
  readonly key?: string;
  /** The client's id, or the name that it has given itself. */
  readonly client?: number | string;
  /** How many requests it lets pass first. */
  readonly after?: number;
  /** How many requests it acts on; then it is over. By default it goes on until it is removed. */
  readonly times?: number;
  /** How likely it acts on a request that it meets, from 0 to 1. Chance follows the server's seed. */
  readonly chance?: number;
}

/** What a fault does. */
export type FaultEffect =
  /** The command does not run; this is the reply. */
  | { readonly reply: FaultReply }
  /** The request waits for so long by the server's clock, and then runs. */
  | { readonly delayMs: number }
  /** The request waits until the fault is removed, and so does whatever its client sends behind it: the server stops reading from it. */
  | { readonly stall: true }
  /** The command runs; so many bytes of its reply go out, then the connection is closed. */
  | { readonly closeAfterBytes: number }
  /** The command runs; its reply is lost. */
  | { readonly dropReply: true }
  /** The request is lost: the command does not run, and there is no reply. */
  | { readonly dropRequest: true }
  /** It meets no requests but new connections, which are closed at once. */
  | { readonly refuseConnection: true };

/** A fault to be added. */
export type Fault = FaultMatch & FaultEffect;

/** A fault in force. */
export interface ActiveFault {
  /** A number that no other fault of the server has had. */
  readonly id: number;
  readonly fault: Fault;
  /** How many requests it has acted on. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** The faults of one server. */
export interface FaultControl {
  /** The faults in force, in the order in which they were added. */
  readonly all: readonly ActiveFault[];
  /** Adds a fault. Of several that meet a request the one that was added first acts. */
  add(fault: Fault): ActiveFault;
  /** Removes all faults; chance begins anew, with another seed if one is given. */
  clear(seed?: number): void;
}
