import { ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import {
  DENSE_BYTES,
  denseRegister,
  emptyHyperLogLog,
  estimate,
  locate,
  located,
  mergeRegisters,
  raiseDense,
  REGISTERS,
  SparseHyperLogLog,
  toDense,
} from "../../encodings/hyperloglog.ts";
import { fromLatin1 } from "../../lib/bytes.ts";

const SELFTEST_ELEMENTS = 100_000;

/** Largest relative error of the estimate that is accepted: four standard errors. */
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

/** PFSELFTEST: tests whether HyperLogLogs count right. */
export const pfselftest: CommandSpec = command({
  name: "pfselftest",
  group: "hyperloglog",
  summary: "Checks that both encodings agree, and that estimates are as good as they should be.",
  since: "2.8.9",
  isInternal: true,
  complexity: "N/A",
  arity: 1,
  flags: ["admin"],
  run({ reply }) {
    const problem = selfTest();
    if (problem !== undefined) throw new ReplyError(`TESTFAILED ${problem}`);
    reply.ok();
  },
});
