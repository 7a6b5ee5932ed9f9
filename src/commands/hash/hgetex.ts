import type { Address } from "../../arena/memory.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { timeUnits } from "../shared/expire_time.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { parseFields, replyForFields } from "./fields.ts";
import { deleteIfEmpty, fieldDeadlineAt } from "./hexpire.ts";
import { hashToWrite } from "./hset.ts";

/** The deadline option in argument `i`, with its time behind it; undefined if it is none. */
function deadlineOption(call: Call, i: number): number | undefined {
  const unit = timeUnits.find(({ token }) => call.args.is(i, token));
  if (unit === undefined) return undefined;
  if (i + 1 >= call.args.count) throw errors.syntax;
  return fieldDeadlineAt(call, i + 1, unit);
}

/** Replies with a field's value, or null. */
function replyField(call: Call, entry: Address, handle: number): undefined {
  if (handle === 0) return call.reply.null();
  return call.replyRange(call.server.keyspace.hashes.value(entry, handle));
}

/** HGETDEL: reads fields and removes them. */
export const hgetdel: CommandSpec = command({
  name: "hgetdel",
  group: "hash",
  summary: "Replies with the values of fields, and removes them.",
  since: "8.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW access delete"),
  syntax: "key FIELDS numfields field [field ...]",
  run(call) {
    const { db } = call;
    const { hashes } = call.server.keyspace;
    const fields = parseFields(call, 2);
    let entry = call.lookupHashForWrite(1);
    let removed = 0;
    // Each by its own lookup: removing one may move the others.
    replyForFields(call, 0, fields, (_, i) => {
      const handle = entry === 0 ? 0 : hashes.find(entry, call.range(i));
      replyField(call, entry, handle);
      if (handle === 0) return;
      entry = hashes.remove(db, entry, handle);
      removed++;
    });
    if (removed === 0) return;
    call.keyChanged(1, "hash", "hdel", db, removed);
    deleteIfEmpty(call, entry);
  },
});

/** HGETEX: reads fields and changes their TTLs. */
export const hgetex: CommandSpec = command({
  name: "hgetex",
  group: "hash",
  summary: "Replies with the values of fields, and may give them TTLs or take those away.",
  since: "8.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW access update"),
  syntax:
    "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]",
  run(call) {
    const { args, db } = call;
    const { hashes } = call.server.keyspace;
    const given = deadlineOption(call, 2);
    const persists = args.is(2, "PERSIST");
    const fields = parseFields(call, given !== undefined ? 4 : persists ? 3 : 2);
    const found = call.lookupHashForWrite(1);
    const entry = found !== 0 && given !== undefined ? hashes.toVolatile(db, found) : found;
    let [set, removed, persisted] = [0, 0, 0];
    replyForFields(call, entry, fields, (handle) => {
      replyField(call, entry, handle);
      if (handle === 0) return;
      if (given !== undefined && call.hasPassed(given)) {
        hashes.remove(db, entry, handle);
        removed++;
      } else if (given !== undefined) {
        hashes.setDeadline(db, entry, handle, given);
        set++;
      } else if (persists && hashes.deadline(entry, handle) !== NO_DEADLINE) {
        hashes.setDeadline(db, entry, handle, NO_DEADLINE);
        persisted++;
      }
    });
    if (removed > 0) call.keyChanged(1, "hash", "hdel", db, removed);
    if (set > 0) call.keyChanged(1, "hash", "hexpire", db, set);
    if (persisted > 0) call.keyChanged(1, "hash", "hpersist", db, persisted);
    if (call.isPropagated && set + removed + persisted > 0) {
      const [name, ...time] = given === undefined ? ["HPERSIST"] : ["HPEXPIREAT", given];
      call.propagateAs(name, call.range(1), ...time, ...args.texts(fields.first - 2));
    }
    if (removed > 0) deleteIfEmpty(call, entry);
  },
});

/** What HSETEX's options say. */
interface SetOptions {
  /** Set only if none (FNX) or all (FXX) of the fields are there. */
  readonly condition: "FNX" | "FXX" | undefined;
  readonly deadlineMs: number | undefined;
  readonly keepsTtl: boolean;
  /** Argument with FIELDS. */
  readonly next: number;
}

function parseSetOptions(call: Call): SetOptions {
  const { args } = call;
  let condition: SetOptions["condition"];
  let deadlineMs: number | undefined;
  let keepsTtl = false;
  let i = 2;
  for (; i < args.count && !args.is(i, "FIELDS"); i++) {
    const word = (["FNX", "FXX"] as const).find((name) => args.is(i, name));
    const deadline = deadlineOption(call, i);
    const hasTime = deadlineMs !== undefined || keepsTtl;
    if (word !== undefined && condition === undefined) condition = word;
    else if (args.is(i, "KEEPTTL") && !hasTime) keepsTtl = true;
    else if (deadline !== undefined && !hasTime) {
      deadlineMs = deadline;
      i++;
    } else throw errors.syntax;
  }
  return { condition, deadlineMs, keepsTtl, next: i };
}

/** HSETEX: sets fields with a TTL. */
export const hsetex: CommandSpec = command({
  name: "hsetex",
  group: "hash",
  summary: "Sets fields of a hash, all or none, with a TTL if one is given.",
  since: "8.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax:
    "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields <field value> [<field value> ...]",
  run(call) {
    const { db, reply } = call;
    const { hashes } = call.server.keyspace;
    const { condition, deadlineMs, keepsTtl, next } = parseSetOptions(call);
    const { first, count } = parseFields(call, next, 2);
    const found = call.lookupHashForWrite(1);
    const isThere = (i: number) => found !== 0 && hashes.find(found, call.range(i)) !== 0;
    for (let i = first; condition !== undefined && i < first + 2 * count; i += 2) {
      if (isThere(i) !== (condition === "FXX")) return reply.integer(0);
    }
    let entry = hashToWrite(call);
    if (deadlineMs !== undefined) entry = hashes.toVolatile(db, entry);
    const hasPassed = deadlineMs !== undefined && call.hasPassed(deadlineMs);
    for (let i = first; i < first + 2 * count; i += 2) {
      entry = hashes.set(db, entry, call.range(i), call.range(i + 1), keepsTtl);
      if (deadlineMs === undefined) continue;
      const handle = hashes.find(entry, call.range(i));
      if (hasPassed) entry = hashes.remove(db, entry, handle);
      else hashes.setDeadline(db, entry, handle, deadlineMs);
    }
    call.keyChanged(1, "hash", "hset", db, count);
    if (hasPassed) {
      call.keyEvent(1, "hash", "hdel");
      deleteIfEmpty(call, entry);
    } else if (deadlineMs !== undefined) call.keyEvent(1, "hash", "hexpire");
    if (call.isPropagated && deadlineMs !== undefined) {
      const words = ["PXAT", deadlineMs, ...call.args.texts(next)];
      call.propagateAs("HSETEX", call.range(1), ...words);
    }
    reply.integer(1);
  },
});
