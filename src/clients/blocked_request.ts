/**
 * The request of one client that waits: what it waits for, until when, and what it replies if nothing comes.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";
import type { Timer } from "../ports/clock.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";

/** What a request waits for. */
export interface Wait {
  /** The keys, a character for each byte; any of them will do. */
  readonly keys: readonly string[];
  /** The `ValueType` that the value of a key must have. */
  readonly type: number;
  /** Whether the request also runs again when a key is gone or has another type (XREADGROUP, whose group is gone then too). */
  readonly wakesWithoutKey: boolean;
  /** When the wait ends, in milliseconds since 1970; 0 is never. */
  readonly deadlineMs: number;
  /** Writes the reply for a wait that ends without success; undefined if only an answer ends the wait, and CLIENT UNBLOCK does not. */
  readonly replyAtTimeout: EndingReply | undefined;
}

/** Writes the reply of a request that ends without running again, or throws the error to reply. */
export type EndingReply = (reply: ReplyWriter) => void;

/** A request that waits, and runs again when one of its keys has changed. */
export interface BlockedRequest extends Wait {
  /** The request's words, in memory of their own. */
  readonly args: Arguments;
  readonly database: Database;
  /** The timer for the deadline. */
  timer: Timer | undefined;
  /** Whether the last run of the request found that it has to go on waiting; it keeps its place. */
  waitsOn: boolean;
  /** Whether its wait ends after the command that is running. */
  isReleased: boolean;
  /** How long its runs have taken so far, without the wait. */
  microseconds: number;
}
