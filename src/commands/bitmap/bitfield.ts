import { ValueType } from "../../keyspace/value_type.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, type KeyFlag, oneKey } from "../../command/spec.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { bitOffset } from "./bit_offset.ts";
import { growString, isShorter } from "./grown_string.ts";

const OVERFLOWS = ["WRAP", "SAT", "FAIL"] as const;
type Overflow = typeof OVERFLOWS[number];

/** One GET, SET or INCRBY of a BITFIELD. */
interface Operation {
  readonly kind: "get" | "set" | "incrby";
  readonly isSigned: boolean;
  readonly bits: number;
  readonly offset: number;
  readonly value: bigint;
  readonly overflow: Overflow;
}

/** The operation that argument `i` begins; undefined if it begins none, or too few words follow. */
function operationAt(args: Arguments, i: number): Operation["kind"] | "overflow" | undefined {
  const left = args.count - i - 1;
  if (left >= 1 && args.is(i, "OVERFLOW")) return "overflow";
  if (left >= 2 && args.is(i, "GET")) return "get";
  if (left >= 3 && args.is(i, "SET")) return "set";
  return left >= 3 && args.is(i, "INCRBY") ? "incrby" : undefined;
}

/** The number of words of each operation. */
const WORDS = { overflow: 2, get: 3, set: 4, incrby: 4 } as const;

/** Whether all operations are GET. */
function onlyReads(args: Arguments): boolean {
  for (let i = 2; i < args.count;) {
    const kind = operationAt(args, i);
    if (kind !== "get" && kind !== "overflow") return false;
    i += WORDS[kind];
  }
  return true;
}

function parseOperations(call: Call): Operation[] {
  const { args } = call;
  const operations: Operation[] = [];
  let overflow: Overflow = "WRAP";
  for (let i = 2; i < args.count;) {
    const kind = operationAt(args, i);
    if (kind === undefined) throw errors.syntax;
    if (kind === "overflow") {
      const given = OVERFLOWS.find((type) => args.is(i + 1, type));
      if (given === undefined) throw err("Invalid OVERFLOW type specified");
      overflow = given;
      i += WORDS[kind];
      continue;
    }
    const type = /^([iu])([1-9][0-9]?)$/.exec(args.cText(i + 1));
    const isSigned = type?.[1] === "i";
    const bits = Number(type?.[2]);
    if (type === null || bits > (isSigned ? 64 : 63)) throw errors.bitfieldType;
    const offset = bitOffset(call, i + 2, bits);
    let value: bigint | undefined = 0n;
    if (kind !== "get") {
      value = args.int64(i + 3);
      if (value === undefined) throw errors.notInteger;
    }
    operations.push({ kind, isSigned, bits, offset, value, overflow });
    i += WORDS[kind];
  }
  return operations;
}

/** The field of `bits` bits from bit `offset` of a string on. Bits beyond the end are zero. */
function readField(value: ByteRange | undefined, { offset, bits, isSigned }: Operation): bigint {
  let field = 0n;
  const lastByte = Math.floor((offset + bits - 1) / 8);
  for (let at = Math.floor(offset / 8); at <= lastByte; at++) {
    const byte = value !== undefined && at < value.length ? value.bytes[value.start + at] : 0;
    field = field << 8n | BigInt(byte);
  }
  field >>= BigInt((lastByte + 1) * 8 - offset - bits);
  return isSigned ? BigInt.asIntN(bits, field) : BigInt.asUintN(bits, field);
}

function writeField(value: ByteRange, { offset, bits }: Operation, field: bigint): void {
  for (let i = 0; i < bits; i++) {
    const at = offset + i;
    const byte = value.start + Math.floor(at / 8);
    const mask = 0x80 >> at % 8;
    if ((field >> BigInt(bits - 1 - i) & 1n) === 1n) value.bytes[byte] |= mask;
    else value.bytes[byte] &= ~mask;
  }
}

/** The number as OVERFLOW makes it fit the field; undefined for FAIL if it does not fit. */
function fit(number: bigint, { bits, isSigned, overflow }: Operation): bigint | undefined {
  const max = isSigned ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  if (number >= min && number <= max) return number;
  if (overflow === "FAIL") return undefined;
  if (overflow === "SAT") return number > max ? max : min;
  return isSigned ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
}

const READS: readonly KeyFlag[] = ["RO", "access"];
const WRITES: readonly KeyFlag[] = ["RW", "access", "update"];

function runBitfield(call: Call, isReadOnly: boolean): undefined {
  const { reply } = call;
  const operations = parseOperations(call);
  const writes = operations.filter(({ kind }) => kind !== "get");
  if (isReadOnly && writes.length > 0) throw errors.bitfieldReadOnly;
  let entry = writes.length === 0
    ? call.lookupForRead(1, ValueType.String)
    : call.lookupForWrite(1, ValueType.String);
  let hasGrown = false;
  if (writes.length > 0) {
    const lastBit = Math.max(...writes.map(({ offset, bits }) => offset + bits - 1));
    const bytes = Math.floor(lastBit / 8) + 1;
    hasGrown = isShorter(call, entry, bytes);
    entry = growString(call, entry, bytes);
  }
  const value = entry === 0 ? undefined : call.value(entry);
  let changes = 0;
  reply.array(operations.length);
  for (const operation of operations) {
    const before = readField(value, operation);
    if (operation.kind === "get") {
      reply.bigInteger(before);
      continue;
    }
    const isSet = operation.kind === "set";
    // In Redis 7.2 SET first takes the number as an unsigned field would store it, and only then checks whether it fits.
    const wanted = isSet && !operation.isSigned && operation.value < 0n
      ? BigInt.asUintN(64, operation.value)
      : operation.value;
    const after = fit(isSet ? wanted : before + operation.value, operation);
    if (after === undefined) {
      reply.null();
      continue;
    }
    writeField(value!, operation, after);
    reply.bigInteger(isSet ? before : after);
    if (hasGrown || after !== before) changes++;
  }
  // Redis 7.2 reports nothing if a string has grown for writes that all failed; its append-only file does not have the change then.
  if (changes > 0 || hasGrown) call.keyChanged(1, "string", "setbit", Math.max(changes, 1));
  else call.propagatesRequest = false;
}

/** BITFIELD: treats a string as an array of integers of any width. */
export const bitfield: CommandSpec = command({
  name: "bitfield",
  group: "bitmap",
  summary: "Reads and changes integers of any width inside a string.",
  since: "3.2.0",
  complexity: "O(1) for each operation",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: oneKey(
    "RW access update variable_flags",
    "This command allows both access and modification of the key",
  ),
  findKeys: (args) => [{ index: 1, flags: onlyReads(args) ? READS : WRITES }],
  syntax: "key [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] " +
    "<SET encoding offset value | INCRBY encoding offset increment>> ...]",
  run: (call) => runBitfield(call, false),
});

/** BITFIELD_RO: BITFIELD with nothing but GET. */
export const bitfieldReadOnly: CommandSpec = command({
  name: "bitfield_ro",
  group: "bitmap",
  summary: "Reads integers of any width inside a string.",
  since: "6.0.0",
  complexity: "O(1) for each operation",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key [GET encoding offset [GET encoding offset ...]]",
  run: (call) => runBitfield(call, true),
});
