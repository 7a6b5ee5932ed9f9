import type { Address } from "../../arena/memory.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type ByteRange, fromLatin1, latin1 } from "../../lib/bytes.ts";
import { INT64_MAX, INT64_MIN, parseBigInt64 } from "../../lib/integer.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../../lib/long_double.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { hashToWrite } from "./hset.ts";

/** The value of the field in argument 2; undefined if there is none. */
function fieldValue(call: Call, entry: Address): ByteRange | undefined {
  const { hashes } = call.keyspace;
  const handle = entry === 0 ? 0 : hashes.find(entry, call.range(2));
  return handle === 0 ? undefined : hashes.value(entry, handle);
}

/** Sets the field in argument 2 to a text. */
function setField(call: Call, text: string): void {
  const bytes = fromLatin1(text);
  const value = { bytes, start: 0, length: bytes.length };
  call.keyspace.hashes.set(call.db, hashToWrite(call), call.range(2), value, true);
}

const base = {
  group: "hash",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key field increment",
} as const;

/** HINCRBY: adds to the integer in a field. */
export const hincrby: CommandSpec = command({
  ...base,
  name: "hincrby",
  summary: "Adds to the integer in a field of a hash; a missing field counts as 0.",
  since: "2.0.0",
  run(call) {
    const amount = call.args.int64(3);
    if (amount === undefined) throw errors.notInteger;
    const value = fieldValue(call, call.lookupForWrite(1, ValueType.Hash));
    const before = value === undefined ? 0n : parseBigInt64(value.bytes, value.start, value.length);
    if (before === undefined) throw errors.hashNotInteger;
    const sum = before + amount;
    if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
    setField(call, sum.toString());
    call.keyChanged(1, "hash", "hincrby");
    call.reply.bigInteger(sum);
  },
});

/** HINCRBYFLOAT: adds to the number in a field. */
export const hincrbyfloat: CommandSpec = command({
  ...base,
  name: "hincrbyfloat",
  summary: "Adds to the number in a field of a hash; a missing field counts as 0.",
  since: "2.6.0",
  run(call) {
    const amount = call.longDouble(3);
    if (typeof amount === "number") throw err("value is NaN or Infinity");
    const value = fieldValue(call, call.lookupForWrite(1, ValueType.Hash));
    const text = value === undefined ? "0" : latin1(value.bytes, value.start, value.length);
    const before = parseLongDouble(text);
    if (before === undefined) throw errors.hashNotFloat;
    const sum = addLongDoubles(before, amount);
    if (typeof sum === "number") throw errors.notFinite;
    const result = formatLongDouble(sum);
    setField(call, result);
    call.keyChanged(1, "hash", "hincrbyfloat")
      .propagateAs("HSET", call.range(1), call.range(2), result);
    call.reply.bulkText(result);
  },
});
