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
import type {
  ActiveFault,
  Fault,
  FaultControl,
  FaultMatch,
  FaultReply,
} from "../command/fault_control.ts";
import type { CommandInspector, RequestGate } from "../execution/test_hooks.ts";
import { matchesGlob } from "../lib/glob.ts";
import { SeededRandom } from "../lib/random.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import { RespError } from "../resp/reply_reader.ts";
import { utf8 } from "../lib/bytes.ts";

/** A fault that waits: a delay or a stall. */
type Wait = FaultMatch & ({ readonly delayMs: number } | { readonly stall: true });

class Rule implements ActiveFault {
  hits = 0;
  #met = 0;

  constructor(readonly id: number, readonly fault: Fault, readonly remove: () => void) {}

  /** Whether it acts on this request, which then counts. */
  takes(client: Client, command: Command, args: Arguments, random: SeededRandom): boolean {
    return this.hits < this.#most && this.#meets(client, command, args) && this.counts(random);
  }

  /** Whether it acts on something that it meets, which then counts. */
  counts(random: SeededRandom): boolean {
    const { after = 0, chance = 1 } = this.fault;
    if (this.hits >= this.#most || ++this.#met <= after) return false;
    if (chance < 1 && random.below(2 ** 30) >= chance * 2 ** 30) return false;
    this.hits++;
    return true;
  }

  get #most(): number {
    return this.fault.times ?? Infinity;
  }

  #meets(client: Client, command: Command, args: Arguments): boolean {
    const { command: name, key, client: who } = this.fault;
    // Otherwise nobody could end a fault that meets everything.
    if (name === undefined && command.fullName === "debug") return false;
    if (name !== undefined && name.toLowerCase() !== command.fullName) return false;
    if (who !== undefined && who !== client.id && who !== client.name) return false;
    return key === undefined || keyPositions(command.spec, args)
      .some(({ index }) => matchesGlob(utf8(key), args.copy(index)));
  }
}

/** What faults need of their server. */
export interface FaultsParts {
  readonly clock: Clock;
  readonly executor: {
    gate: RequestGate | undefined;
    inspector: CommandInspector | undefined;
  };
}

/** The faults of one server. Until there is one, nobody asks for them. */
export class Faults implements CommandInspector, FaultControl, RequestGate {
  #rules: Rule[] = [];
  #seed = 1;
  #random = new SeededRandom(1);
  #lastId = 0;
  #isAttached = false;
  /** Clients whose next request has been delayed already. */
  readonly #delayed = new WeakSet<Client>();
  /** The timers of delayed requests. */
  readonly #timers = new Set<Timer>();
  /** The clients that a fault stalls. */
  readonly #stalled = new Map<Client, Rule>();

  constructor(private readonly parts: FaultsParts) {}

  get all(): readonly ActiveFault[] {
    return this.#rules;
  }

  add(fault: Fault): ActiveFault {
    this.attach();
    const rule: Rule = new Rule(++this.#lastId, fault, () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
      this.#freeStalled();
    });
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  clear(seed: number = this.#seed): void {
    this.#rules = [];
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#freeStalled();
  }

  /** Makes the executor ask for faults, around whatever inspects commands already. */
  attach(): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    const { executor } = this.parts;
    const { inspector } = executor;
    executor.gate = this;
    executor.inspector = inspector === undefined
      ? this
      : { run: (call, body) => this.run(call, () => inspector.run(call, body)) };
  }

  /** Whether to close a new connection at once. */
  refusesConnection(): boolean {
    return this.#rules.some((rule) =>
      "refuseConnection" in rule.fault && rule.counts(this.#random)
    );
  }

  /** Lets go of what is delayed, because the server ends: no timer is left behind. */
  end(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#stalled.clear();
  }

  holdsUp(client: Client, command: Command, args: Arguments): boolean {
    // Its delay is over, even if the fault was removed meanwhile.
    if (this.#delayed.delete(client) || this.#rules.length === 0) return false;
    const rule = this.#find(client, command, args, waits);
    if (rule === undefined || !waits(rule.fault)) return false;
    this.#delayed.add(client);
    client.hold(Hold.Fault);
    if ("stall" in rule.fault) {
      this.#stalled.set(client, rule);
      return true;
    }
    const timer = this.parts.clock.after(rule.fault.delayMs, () => {
      this.#timers.delete(timer);
      client.release(Hold.Fault);
    });
    this.#timers.add(timer);
    return true;
  }

  run(call: Call, body: () => void): void {
    const { args, client, command, reply } = call;
    const rule = this.#find(
      client,
      command,
      args,
      (fault) => !waits(fault) && !("refuseConnection" in fault),
    );
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

  /** Lets the clients go on whose fault is gone. */
  #freeStalled(): void {
    for (const [client, rule] of this.#stalled) {
      if (this.#rules.includes(rule)) continue;
      this.#stalled.delete(client);
      client.release(Hold.Fault);
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

function waits(fault: Fault): fault is Wait {
  return "delayMs" in fault || "stall" in fault;
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
