import {
  DENSE_BYTES,
  denseRegister,
  describeSparse,
  emptyHyperLogLog,
  estimate,
  isDense,
  locate,
  located,
  mergeRegisters,
  raiseDense,
  REGISTERS,
  SparseHyperLogLog,
  toDense,
} from "../../encodings/hyperloglog.ts";
import { fromLatin1 } from "../../lib/bytes.ts";
import { err, ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { checkHyperLogLog, makeDense } from "./pfadd.ts";

/** PFDEBUG: a look inside a HyperLogLog. */
export const pfdebug: CommandSpec = command({
  name: "pfdebug",
  group: "hyperloglog",
  summary: "Shows the registers or the encoding of a HyperLogLog, or makes it dense.",
  since: "2.8.9",
  complexity: "N/A",
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  keys: [keyRange("RW access", 2, 0, 1)],
  syntax: "subcommand key",
  run(call) {
    const { args, reply } = call;
    const entry = checkHyperLogLog(call, call.lookupStringForWrite(2));
    if (entry === 0) throw err("The specified key does not exist");
    const wasDense = isDense(call.value(entry));
    if (args.is(1, "GETREG")) {
      const dense = call.value(makeDense(call, entry));
      reply.array(REGISTERS);
      for (let i = 0; i < REGISTERS; i++) reply.integer(denseRegister(dense, i));
    } else if (args.is(1, "DECODE")) {
      if (wasDense) throw err("HLL encoding is not sparse");
      reply.bulkText(describeSparse(call.value(entry)));
    } else if (args.is(1, "ENCODING")) {
      reply.simple(wasDense ? "dense" : "sparse");
    } else if (args.is(1, "TODENSE")) {
      makeDense(call, entry);
      reply.integer(wasDense ? 0 : 1);
    } else throw err(`Unknown PFDEBUG subcommand '${args.cText(1)}'`);
    const isChanged = !wasDense && isDense(call.value(call.lookupQuietly(2)));
    if (isChanged) call.countChanges(1);
  },
});

const SELFTEST_ELEMENTS = 100_000;
/** Relative error that the estimate stays below with near certainty: four standard errors. */
const TOLERANCE = 4 * 1.04 / Math.sqrt(REGISTERS);

/** Counts elements in both encodings and compares; returns what is wrong, if anything. */
function selfTest(): string | undefined {
  const dense = { bytes: new Uint8Array(DENSE_BYTES), start: 0, length: DENSE_BYTES };
  const sparse = new SparseHyperLogLog();
  const empty = emptyHyperLogLog();
  sparse.load({ bytes: empty, start: 0, length: empty.length });
  let isSparse = true;
  const registers = new Uint8Array(REGISTERS);
  for (let count = 1; count <= SELFTEST_ELEMENTS; count++) {
    const bytes = fromLatin1(`element ${count}`);
    locate({ bytes, start: 0, length: bytes.length });
    const { register, value } = located;
    raiseDense(dense, register, value);
    if (denseRegister(dense, register) < value) return `register ${register} was not raised`;
    isSparse &&= sparse.raise(register, value, DENSE_BYTES) !== "too much";
    const isCheckpoint = /^[1-9]0*$/.test(String(count));
    if (!isCheckpoint) continue;
    registers.fill(0);
    mergeRegisters(registers, dense);
    const estimated = estimate(registers);
    if (Math.abs(estimated - count) > Math.max(1, count * TOLERANCE)) {
      return `too big an error: card:${count} est:${estimated}`;
    }
    const converted = isSparse ? toDense(sparse.range) : undefined;
    const isSame = converted === undefined ||
      converted.subarray(16).every((byte, i) => byte === dense.bytes[16 + i]);
    if (isSparse && (converted === undefined || !isSame)) return "dense/sparse disagree";
  }
  return undefined;
}

/** PFSELFTEST: does it count right? */
export const pfselftest: CommandSpec = command({
  name: "pfselftest",
  group: "hyperloglog",
  summary: "Checks that both encodings agree, and that estimates are as good as they should be.",
  since: "2.8.9",
  complexity: "N/A",
  arity: 1,
  flags: ["admin"],
  run({ reply }) {
    const problem = selfTest();
    if (problem !== undefined) throw new ReplyError(`TESTFAILED ${problem}`);
    reply.ok();
  },
});
