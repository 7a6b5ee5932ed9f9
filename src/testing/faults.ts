/**
 * Faults that a test orders: a command that fails, comes late, or whose reply is lost or cut, as a bad network or a sick server would do it.
 *
 * A fault says which requests it meets, and what it does to them. Of several faults that meet a request the one that was added first acts.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import { Hold } from "../clients/hold.ts";
import type { Call } from "../command/call.ts";
import type { Command } from "../command/command.ts";
import { keyPositions } from "../command/key_positions.ts";
import type { CommandInspector, RequestGate } from "../execution/test_hooks.ts";
import { matchesGlob } from "../lib/glob.ts";
import { SeededRandom } from "../lib/random.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import { RespError } from "../resp/reply_reader.ts";
import { utf8 } from "../lib/bytes.ts";

/** What a fault replies in place of the command: a text is a bulk string, a `RespError` an error. */
export type FaultReply = string | number | null | RespError | readonly FaultReply[];

/** Which requests a fault meets; all, if nothing is said. */
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
  /** The command runs; so many bytes of its reply go out, then the connection is closed. */
  | { readonly closeAfterBytes: number }
  /** The command runs; its reply is lost. */
  | { readonly dropReply: true }
  /** The request is lost: the command does not run, and there is no reply. */
  | { readonly dropRequest: true };

/** A fault to be added. */
export type Fault = FaultMatch & FaultEffect;

/** A fault in force. */
export interface ActiveFault {
  readonly fault: Fault;
  /** How many requests it has acted on. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

class Rule implements ActiveFault {
  hits = 0;
  #met = 0;

  constructor(readonly fault: Fault, readonly remove: () => void) {}

  /** Whether it acts on this request, which then counts. */
  takes(client: Client, command: Command, args: Arguments, random: SeededRandom): boolean {
    const { after = 0, times = Infinity, chance = 1 } = this.fault;
    if (this.hits >= times || !this.#meets(client, command, args)) return false;
    if (++this.#met <= after) return false;
    if (chance < 1 && random.below(2 ** 30) >= chance * 2 ** 30) return false;
    this.hits++;
    return true;
  }

  #meets(client: Client, command: Command, args: Arguments): boolean {
    const { command: name, key, client: who } = this.fault;
    if (name !== undefined && name.toLowerCase() !== command.fullName) return false;
    if (who !== undefined && who !== client.id && who !== client.name) return false;
    return key === undefined || keyPositions(command.spec, args)
      .some(({ index }) => matchesGlob(utf8(key), args.copy(index)));
  }
}

/** The faults of one server. */
export class Faults implements CommandInspector, RequestGate {
  #rules: Rule[] = [];
  #random: SeededRandom;
  /** Clients whose next request has been delayed already. */
  readonly #delayed = new WeakSet<Client>();
  /** The timers of delayed requests. */
  readonly #timers = new Set<Timer>();

  constructor(private readonly clock: Clock, private readonly seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** The faults in force, in the order in which they were added. */
  get all(): readonly ActiveFault[] {
    return this.#rules;
  }

  /** Adds a fault. */
  add(fault: Fault): ActiveFault {
    const rule: Rule = new Rule(fault, () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    });
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Removes all faults; chance begins anew. */
  clear(): void {
    this.#rules = [];
    this.#random = new SeededRandom(this.seed);
  }

  /** Lets go of what is delayed, because the server ends: no timer is left behind. */
  end(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  holdsUp(client: Client, command: Command, args: Arguments): boolean {
    // Its delay is over, even if the fault was removed meanwhile.
    if (this.#delayed.delete(client) || this.#rules.length === 0) return false;
    const rule = this.#find(client, command, args, isDelay);
    if (rule === undefined || !isDelay(rule.fault)) return false;
    this.#delayed.add(client);
    client.hold(Hold.Fault);
    const timer = this.clock.after(rule.fault.delayMs, () => {
      this.#timers.delete(timer);
      client.release(Hold.Fault);
    });
    this.#timers.add(timer);
    return true;
  }

  run(call: Call, body: () => void): void {
    const { args, client, command, reply } = call;
    const rule = this.#find(client, command, args, (fault) => !isDelay(fault));
    if (rule === undefined) return body();
    const { fault } = rule;
    const start = reply.length;
    if ("reply" in fault) return writeReply(reply, fault.reply);
    if ("dropRequest" in fault) return;
    body();
    if ("dropReply" in fault) reply.truncate(start);
    else if ("closeAfterBytes" in fault) {
      reply.truncate(Math.min(reply.length, start + fault.closeAfterBytes));
      client.closesAfterReply = true;
    }
  }

  #find(
    client: Client,
    command: Command,
    args: Arguments,
    isWanted: (fault: Fault) => boolean,
  ): Rule | undefined {
    return this.#rules.find((rule) =>
      isWanted(rule.fault) && rule.takes(client, command, args, this.#random)
    );
  }
}

function isDelay(fault: Fault): fault is FaultMatch & { readonly delayMs: number } {
  return "delayMs" in fault;
}

function writeReply(reply: ReplyWriter, value: FaultReply): void {
  if (value === null) reply.null();
  else if (value instanceof RespError) reply.error(value.message);
  else if (typeof value === "number") reply.integer(value);
  else if (typeof value === "string") reply.bulkText(value);
  else {
    reply.array(value.length);
    for (const element of value) writeReply(reply, element);
  }
}
