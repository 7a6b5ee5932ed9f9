import type { Address } from "../../arena/memory.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { parseFields, replyForFields } from "./fields.ts";

/** What is replied for a field that is not there. */
const NO_FIELD = -2;
/** What is replied for a field without a TTL. */
const NO_TTL = -1;
/** What HEXPIRE replies for a field: a condition was not met, the TTL was set, the time has passed and the field is gone. */
const Outcome = { Unmet: 0, Set: 1, Deleted: 2 } as const;

/** The latest deadline of a field, in milliseconds since 1970. */
const MAX_DEADLINE_MS = 2 ** 48 - 2;

/** How a command means and tells times. */
interface TimeForm {
  /** Milliseconds in one unit. */
  readonly milliseconds: number;
  /** Whether it counts from 1970, not from now. */
  readonly isAbsolute: boolean;
}

const FORMS = {
  seconds: { milliseconds: 1000, isAbsolute: false },
  milliseconds: { milliseconds: 1, isAbsolute: false },
  "unix-time-seconds": { milliseconds: 1000, isAbsolute: true },
  "unix-time-milliseconds": { milliseconds: 1, isAbsolute: true },
} as const;

/** The deadline that argument `i` means, in milliseconds since 1970. */
export function fieldDeadlineAt(call: Call, i: number, form: TimeForm): number {
  const amount = call.integer(i);
  if (amount < 0) throw err("invalid expire time, must be >= 0");
  const deadlineMs = amount * form.milliseconds + (form.isAbsolute ? 0 : call.nowMs);
  if (deadlineMs > MAX_DEADLINE_MS) {
    throw err(`invalid expire time in '${call.command.fullName}' command`);
  }
  return deadlineMs;
}

type Condition = "NX" | "XX" | "GT" | "LT";

/** Whether a field with this deadline ({@link NO_DEADLINE} for none) may get another. A field without one counts as living for ever. */
function allows(condition: Condition | undefined, currentMs: number, nextMs: number): boolean {
  const hasDeadline = currentMs !== NO_DEADLINE;
  switch (condition) {
    case "NX":
      return !hasDeadline;
    case "XX":
      return hasDeadline;
    case "GT":
      return hasDeadline && nextMs > currentMs;
    case "LT":
      return !hasDeadline || nextMs < currentMs;
    default:
      return true;
  }
}

/** Removes the key of a hash that has no fields left; whether it was. */
export function deleteIfEmpty(call: Call, entry: Address): boolean {
  if (call.server.keyspace.hashes.count(entry) > 0) return false;
  call.db.delete(entry);
  call.keyEvent(1, "generic", "del");
  return true;
}

function expireCommand(name: string, amount: keyof typeof FORMS): CommandSpec {
  return command({
    name,
    group: "hash",
    summary: `Lets fields of a hash expire: ${amount} from now or since 1970.`,
    since: "7.4.0",
    complexity: "O(N*log(M)) where N is the number of fields and M that of fields with a TTL",
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey("RW update"),
    syntax: `key ${amount} [NX | XX | GT | LT] FIELDS numfields field [field ...]`,
    run(call) {
      const { args, db, reply } = call;
      const { hashes } = call.server.keyspace;
      const deadlineMs = fieldDeadlineAt(call, 2, FORMS[amount]);
      const condition = (["NX", "XX", "GT", "LT"] as const).find((word) => args.is(3, word));
      const at = condition === undefined ? 3 : 4;
      const fields = parseFields(call, at, 1, errors.expireFieldsNotPositive);
      const found = call.lookupHashForWrite(1);
      const entry = found === 0 ? 0 : hashes.toVolatile(db, found);
      let [set, deleted] = [0, 0];
      replyForFields(call, entry, fields, (handle) => {
        if (handle === 0) return reply.integer(NO_FIELD);
        if (!allows(condition, hashes.deadline(entry, handle), deadlineMs)) {
          return reply.integer(Outcome.Unmet);
        }
        if (call.hasPassed(deadlineMs)) {
          hashes.remove(db, entry, handle);
          deleted++;
          return reply.integer(Outcome.Deleted);
        }
        hashes.setDeadline(db, entry, handle, deadlineMs);
        set++;
        reply.integer(Outcome.Set);
      });
      if (deleted > 0) call.keyChanged(1, "hash", "hdel", db, deleted);
      if (set > 0) call.keyChanged(1, "hash", "hexpire", db, set);
      if (call.isPropagated && set + deleted > 0) {
        call.propagateAs("HPEXPIREAT", call.range(1), deadlineMs, ...args.texts(3));
      }
      if (deleted > 0) deleteIfEmpty(call, entry);
    },
  });
}

/** HEXPIRE: seconds from now. */
export const hexpire: CommandSpec = expireCommand("hexpire", "seconds");
/** HPEXPIRE: milliseconds from now. */
export const hpexpire: CommandSpec = expireCommand("hpexpire", "milliseconds");
/** HEXPIREAT: seconds since 1970. */
export const hexpireat: CommandSpec = expireCommand("hexpireat", "unix-time-seconds");
/** HPEXPIREAT: milliseconds since 1970. */
export const hpexpireat: CommandSpec = expireCommand("hpexpireat", "unix-time-milliseconds");

function ttlCommand(name: string, unit: keyof typeof FORMS): CommandSpec {
  const { milliseconds, isAbsolute } = FORMS[unit];
  return command({
    name,
    group: "hash",
    summary:
      `Tells when fields of a hash expire, in ${unit}; -1 without a TTL, -2 without a field.`,
    since: "7.4.0",
    complexity: "O(N) where N is the number of fields",
    arity: -5,
    flags: ["readonly", "fast"],
    keys: oneKey("RO access"),
    syntax: "key FIELDS numfields field [field ...]",
    run(call) {
      const { reply } = call;
      const fields = parseFields(call, 2);
      const entry = call.lookupHashForRead(1);
      replyForFields(call, entry, fields, (handle) => {
        if (handle === 0) return reply.integer(NO_FIELD);
        const deadlineMs = call.server.keyspace.hashes.deadline(entry, handle);
        if (deadlineMs === NO_DEADLINE) return reply.integer(NO_TTL);
        reply.integer(Math.ceil((deadlineMs - (isAbsolute ? 0 : call.nowMs)) / milliseconds));
      });
    },
  });
}

/** HTTL: seconds left. */
export const httl: CommandSpec = ttlCommand("httl", "seconds");
/** HPTTL: milliseconds left. */
export const hpttl: CommandSpec = ttlCommand("hpttl", "milliseconds");
/** HEXPIRETIME: the deadline in seconds. */
export const hexpiretime: CommandSpec = ttlCommand("hexpiretime", "unix-time-seconds");
/** HPEXPIRETIME: the deadline in milliseconds. */
export const hpexpiretime: CommandSpec = ttlCommand("hpexpiretime", "unix-time-milliseconds");

/** HPERSIST: takes TTLs away. */
export const hpersist: CommandSpec = command({
  name: "hpersist",
  group: "hash",
  summary: "Takes the TTLs of fields away, so that they do not expire.",
  since: "7.4.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW update"),
  syntax: "key FIELDS numfields field [field ...]",
  run(call) {
    const { db, reply } = call;
    const { hashes } = call.server.keyspace;
    const fields = parseFields(call, 2);
    const entry = call.lookupHashForWrite(1);
    let changed = 0;
    replyForFields(call, entry, fields, (handle) => {
      if (handle === 0) return reply.integer(NO_FIELD);
      if (hashes.deadline(entry, handle) === NO_DEADLINE) return reply.integer(NO_TTL);
      hashes.setDeadline(db, entry, handle, NO_DEADLINE);
      changed++;
      reply.integer(1);
    });
    if (changed > 0) call.keyChanged(1, "hash", "hpersist", db, changed);
  },
});
