import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteIfEmpty } from "../shared/emptied_key.ts";
import { deadlineOption } from "./field_times.ts";
import { parseFields } from "./fields.ts";
import { hashToWrite } from "./hset.ts";

/** The options of HSETEX. */
interface SetOptions {
  /** Sets the fields only if none (FNX) or all (FXX) of them exist. */
  readonly condition: "FNX" | "FXX" | undefined;
  readonly deadlineMs: number | undefined;
  readonly keepsTtl: boolean;
  /** Index of the argument FIELDS. */
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
    const { hashes } = call.keyspace;
    const { condition, deadlineMs, keepsTtl, next } = parseSetOptions(call);
    const { first, count } = parseFields(call, next, 2);
    const found = call.lookupForWrite(1, ValueType.Hash);
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
    call.keyChanged(1, "hash", "hset", count);
    if (hasPassed) {
      call.keyEvent(1, "hash", "hdel");
      deleteIfEmpty(call, 1, entry);
    } else if (deadlineMs !== undefined) call.keyEvent(1, "hash", "hexpire");
    if (deadlineMs !== undefined) {
      call.propagateAs("HSETEX", call.range(1), "PXAT", deadlineMs, call.args.words(next));
    }
    reply.integer(1);
  },
});
