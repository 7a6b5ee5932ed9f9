/** INCR and its family: DECR, DECRBY. @module */
import { KEEP_TTL, TEXT_STRING } from "../../keyspace/database.ts";
import { StringEncoding } from "../../keyspace/entry.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyBytes, fromLatin1, latin1 } from "../../lib/bytes.ts";
import {
  INT64_MAX,
  INT64_MIN,
  parseBigInt64,
  parseInteger,
  writeInteger,
} from "../../lib/integer.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../../lib/long_double.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** The digits of a result, before they are copied into the arena. */
const digits = new Uint8Array(24);

/** Adds to the integer in the key of argument 1 and replies with the sum. `amount` is a safe integer. */
function increment(call: Call, amount: number): undefined {
  const entry = call.lookupForWrite(1, ValueType.String);
  let before = 0;
  if (entry !== 0) {
    const value = call.value(entry);
    before = parseInteger(value.bytes, value.start, value.length);
    if (Number.isNaN(before)) throw errors.notInteger;
  }
  const sum = before + amount;
  if (!Number.isSafeInteger(before) || !Number.isSafeInteger(sum)) {
    return incrementExactly(call, BigInt(amount));
  }
  const length = writeInteger(digits, 0, sum);
  const value = entry === 0 ? undefined : call.value(entry);
  if (value?.length === length) {
    copyBytes(digits, 0, value.bytes, value.start, length);
    call.keyspace.entries.setEncoding(entry, StringEncoding.Plain);
  } else {
    store(call, digits, length);
  }
  call.keyChanged(1, "string", "incrby");
  call.reply.integer(sum);
}

/** As {@link increment}, for numbers that a double does not hold exactly. */
function incrementExactly(call: Call, amount: bigint): undefined {
  const entry = call.lookupForWrite(1, ValueType.String);
  let before: bigint | undefined = 0n;
  if (entry !== 0) {
    const value = call.value(entry);
    before = parseBigInt64(value.bytes, value.start, value.length);
    if (before === undefined) throw errors.notInteger;
  }
  const sum = before + amount;
  if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
  store(call, fromLatin1(sum.toString()), sum.toString().length);
  call.keyChanged(1, "string", "incrby");
  call.reply.bigInteger(sum);
}

function store(call: Call, bytes: Uint8Array, length: number): void {
  const { args, db } = call;
  db.setString(args.bytes, args.starts[1], args.lengths[1], bytes, 0, length, KEEP_TTL);
}

/** Argument 2 as an amount; negated for DECRBY. */
function incrementByArgument(call: Call, isNegated: boolean): undefined {
  const amount = call.integer(2);
  if (Number.isSafeInteger(amount)) return increment(call, isNegated ? -amount : amount);
  const exact = call.args.int64(2)!;
  if (isNegated && exact === INT64_MIN) throw err("decrement would overflow");
  return incrementExactly(call, isNegated ? -exact : exact);
}

const base = {
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
} as const;

/** INCR: adds one. */
export const incr: CommandSpec = command({
  ...base,
  name: "incr",
  summary: "Adds one to the integer that a key holds; a missing key counts as 0.",
  arity: 2,
  syntax: "key",
  run: (call) => increment(call, 1),
});

/** DECR: subtracts one. */
export const decr: CommandSpec = command({
  ...base,
  name: "decr",
  summary: "Subtracts one from the integer that a key holds; a missing key counts as 0.",
  arity: 2,
  syntax: "key",
  run: (call) => increment(call, -1),
});

/** INCRBY: adds a number. */
export const incrby: CommandSpec = command({
  ...base,
  name: "incrby",
  summary: "Adds to the integer that a key holds; a missing key counts as 0.",
  arity: 3,
  syntax: "key increment",
  run: (call) => incrementByArgument(call, false),
});

/** DECRBY: subtracts a number. */
export const decrby: CommandSpec = command({
  ...base,
  name: "decrby",
  summary: "Subtracts from the integer that a key holds; a missing key counts as 0.",
  arity: 3,
  syntax: "key decrement",
  run: (call) => incrementByArgument(call, true),
});

/** INCRBYFLOAT: adds a number with a fraction, in long double arithmetic as Redis 7.2 does. */
export const incrbyfloat: CommandSpec = command({
  ...base,
  name: "incrbyfloat",
  summary: "Adds to the number that a key holds; a missing key counts as 0.",
  since: "2.6.0",
  arity: 3,
  syntax: "key increment",
  run(call) {
    const entry = call.lookupForWrite(1, ValueType.String);
    const value = entry === 0 ? undefined : call.value(entry);
    const before = value === undefined
      ? parseLongDouble("0")
      : parseLongDouble(latin1(value.bytes, value.start, value.length));
    if (before === undefined) throw errors.notFloat;
    const amount = call.longDouble(2);
    const sum = addLongDoubles(before, amount);
    if (typeof sum === "number") throw errors.notFinite;
    const text = formatLongDouble(sum);
    const result = fromLatin1(text);
    const stored = call.value(call.put(1, TEXT_STRING, result.length, KEEP_TTL));
    copyBytes(result, 0, stored.bytes, stored.start, result.length);
    // The result is propagated, because machines differ in adding long doubles.
    call.keyChanged(1, "string", "incrbyfloat").propagateAs("SET", call.range(1), text, "KEEPTTL");
    call.reply.bulkBytes(result);
  },
});
