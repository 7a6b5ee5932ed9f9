import type { Address } from "../../arena/memory.ts";
import {
  cacheCount,
  cachedCount,
  emptyHyperLogLog,
  estimate,
  invalidateCount,
  isDense,
  isHyperLogLog,
  locate,
  located,
  mergeRegisters,
  raiseDense,
  REGISTERS,
  SparseHyperLogLog,
  toDense,
} from "../../encodings/hyperloglog.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";

const notOne = new ReplyError("WRONGTYPE Key is not a valid HyperLogLog string value.");
/** The error of a HyperLogLog whose registers make no sense. */
export const damaged: ReplyError = new ReplyError("INVALIDOBJ Corrupted HLL object detected");

const sparse = new SparseHyperLogLog();
const registers = new Uint8Array(REGISTERS);

/** Checks that an entry, if there is one, is a HyperLogLog. */
export function checkHyperLogLog(call: Call, entry: Address): Address {
  if (entry !== 0 && !isHyperLogLog(call.value(entry))) throw notOne;
  return entry;
}

/** Replaces the value of an entry; returns its address anew. */
function replaceValue(call: Call, entry: Address, { bytes, start, length }: ByteRange): Address {
  const resized = call.db.resizeString(entry, length);
  const value = call.value(resized);
  value.bytes.set(bytes.subarray(start, start + length), value.start);
  return resized;
}

/** Makes a HyperLogLog dense; returns the entry's address anew. */
export function makeDense(call: Call, entry: Address): Address {
  const value = call.value(entry);
  if (isDense(value)) return entry;
  const bytes = toDense(value);
  if (bytes === undefined) throw damaged;
  return replaceValue(call, entry, { bytes, start: 0, length: bytes.length });
}

/** Raises registers of an entry: calls `each` with a function that raises one. Returns how many were raised. */
function raiseRegisters(
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

/** The HyperLogLog under the key in argument 1, made if it is not there. */
function entryFor(call: Call): { entry: Address; isNew: boolean } {
  const found = checkHyperLogLog(call, call.lookupStringForWrite(1));
  if (found !== 0) return { entry: found, isNew: false };
  const empty = emptyHyperLogLog();
  const entry = call.put(1, RAW_STRING, empty.length, NO_TTL);
  const value = call.value(entry);
  value.bytes.set(empty, value.start);
  return { entry, isNew: true };
}

/** PFADD: counts elements. */
export const pfadd: CommandSpec = command({
  name: "pfadd",
  group: "hyperloglog",
  summary: "Adds elements to a HyperLogLog; tells whether its estimate may have changed.",
  since: "2.8.9",
  complexity: "O(1) for each element",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key [element [element ...]]",
  run(call) {
    const { args, db, reply } = call;
    const { entry, isNew } = entryFor(call);
    const raised = raiseRegisters(call, entry, (raise) => {
      for (let i = 2; i < args.count; i++) {
        locate(call.range(i));
        raise(located.register, located.value);
      }
    });
    const changes = raised + (isNew ? 1 : 0);
    if (changes > 0) {
      invalidateCount(call.value(call.lookupQuietly(1)));
      call.keyChanged(1, "string", "pfadd", db, changes);
    }
    reply.integer(changes > 0 ? 1 : 0);
  },
});

/** Raises {@link registers} to those of the key in argument `i`; whether there is one. */
function gather(call: Call, i: number): Address {
  const entry = checkHyperLogLog(call, call.lookupStringForRead(i));
  if (entry !== 0 && !mergeRegisters(registers, call.value(entry))) throw damaged;
  return entry;
}

/** PFCOUNT: the estimate. */
export const pfcount: CommandSpec = command({
  name: "pfcount",
  group: "hyperloglog",
  summary: "Estimates how many different elements one or several HyperLogLogs have seen.",
  since: "2.8.9",
  complexity: "O(1) for one key, O(N) with a large constant for N keys",
  arity: -2,
  flags: ["readonly", "may_replicate"],
  keys: [
    keyRange(
      "RW access",
      1,
      -1,
      1,
      "RW because it may change the internal representation of the key, and propagate to replicas",
    ),
  ],
  syntax: "key [key ...]",
  run(call) {
    const { args, reply } = call;
    registers.fill(0);
    if (args.count > 2) {
      for (let i = 1; i < args.count; i++) gather(call, i);
      return reply.integer(estimate(registers));
    }
    const entry = checkHyperLogLog(call, call.lookupStringForRead(1));
    if (entry === 0) return reply.integer(0);
    const cached = cachedCount(call.value(entry));
    if (cached !== undefined) return reply.integer(cached);
    if (!mergeRegisters(registers, call.value(entry))) throw damaged;
    const count = estimate(registers);
    cacheCount(call.value(entry), count);
    call.countChanges(1);
    reply.integer(count);
  },
});

/** PFMERGE: the union. */
export const pfmerge: CommandSpec = command({
  name: "pfmerge",
  group: "hyperloglog",
  summary: "Adds to a HyperLogLog all that several others have seen.",
  since: "2.8.9",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW access insert", 1, 0, 1), keyRange("RO access", 2, -1, 1)],
  syntax: "destkey [sourcekey [sourcekey ...]]",
  run(call) {
    const { args, reply } = call;
    registers.fill(0);
    let wantsDense = false;
    for (let i = 1; i < args.count; i++) {
      const source = gather(call, i);
      wantsDense ||= source !== 0 && isDense(call.value(source));
    }
    const target = entryFor(call).entry;
    const entry = wantsDense ? makeDense(call, target) : target;
    raiseRegisters(call, entry, (raise) => {
      registers.forEach((value, register) => {
        if (value > 0) raise(register, value);
      });
    });
    invalidateCount(call.value(call.lookupQuietly(1)));
    call.keyChanged(1, "string", "pfadd");
    reply.ok();
  },
});
