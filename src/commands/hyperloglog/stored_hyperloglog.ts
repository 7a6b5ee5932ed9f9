import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { ReplyError } from "../../command/errors.ts";
import {
  emptyHyperLogLog,
  invalidateCount,
  isDense,
  isHyperLogLog,
  mergeRegisters,
  raiseDense,
  REGISTERS,
  SparseHyperLogLog,
  toDense,
} from "../../encodings/hyperloglog.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { ByteRange } from "../../lib/bytes.ts";

const notOne = new ReplyError("WRONGTYPE Key is not a valid HyperLogLog string value.");

/** The error of a HyperLogLog whose registers make no sense. */
export const damaged: ReplyError = new ReplyError("INVALIDOBJ Corrupted HLL object detected");

const sparse = new SparseHyperLogLog();

/** Memory in which registers are gathered. A command that uses it clears it first. */
export const registers = new Uint8Array(REGISTERS);

/** Checks that an entry, if there is one, is a HyperLogLog. */
export function checkHyperLogLog(call: Call, entry: Address): Address {
  if (entry !== 0 && !isHyperLogLog(call.value(entry))) throw notOne;
  return entry;
}

/** Replaces the value of an entry; returns its address, which may have changed. */
function replaceValue(call: Call, entry: Address, { bytes, start, length }: ByteRange): Address {
  const resized = call.db.resizeString(entry, length);
  const value = call.value(resized);
  value.bytes.set(bytes.subarray(start, start + length), value.start);
  return resized;
}

/** Makes a HyperLogLog dense; returns the entry's address, which may have changed. */
export function makeDense(call: Call, entry: Address): Address {
  const value = call.value(entry);
  if (isDense(value)) return entry;
  const bytes = toDense(value);
  if (bytes === undefined) throw damaged;
  return replaceValue(call, entry, { bytes, start: 0, length: bytes.length });
}

/** Raises registers of an entry. It calls `each` with a function that raises one register; returns how many were raised. */
export function raiseRegisters(
  call: Call,
  entry: Address,
  each: (raise: (register: number, value: number) => void) => void,
): number {
  const maxBytes = call.server.config.number("hll-sparse-max-bytes");
  let target = entry;
  let raised = 0;
  let isSparse = !isDense(call.value(target));
  if (isSparse) sparse.load(call.value(target));
  each((register, value) => {
    if (isSparse) {
      const result = sparse.raise(register, value, maxBytes);
      if (result === "damaged") throw damaged;
      if (result === "changed") raised++;
      if (result !== "too much") return;
      target = makeDense(call, replaceValue(call, target, sparse.range));
      isSparse = false;
    }
    if (raiseDense(call.value(target), register, value)) raised++;
  });
  if (isSparse && raised > 0) target = replaceValue(call, target, sparse.range);
  if (raised > 0) invalidateCount(call.value(target));
  return raised;
}

/** The HyperLogLog under the key in argument 1, which is made if there is none. */
export function entryFor(call: Call): { entry: Address; isNew: boolean } {
  const found = checkHyperLogLog(call, call.lookupForWrite(1, ValueType.String));
  if (found !== 0) return { entry: found, isNew: false };
  const empty = emptyHyperLogLog();
  const entry = call.put(1, RAW_STRING, empty.length, NO_TTL);
  const value = call.value(entry);
  value.bytes.set(empty, value.start);
  return { entry, isNew: true };
}

/** Raises {@link registers} to those of the key in argument `i`; returns the key's entry, or 0 if there is none. */
export function gather(call: Call, i: number): Address {
  const entry = checkHyperLogLog(call, call.lookupForRead(i, ValueType.String));
  if (entry !== 0 && !mergeRegisters(registers, call.value(entry))) throw damaged;
  return entry;
}
