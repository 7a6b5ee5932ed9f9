import { assert, assertEquals } from "@std/assert";
import {
  cacheCount,
  cachedCount,
  DENSE_BYTES,
  denseRegister,
  describeSparse,
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
} from "../../src/encodings/hyperloglog.ts";
import type { ByteRange } from "../../src/lib/bytes.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { type Chance, property } from "../support/property.ts";

const HEADER_BYTES = 16;
/** The largest value of a sparse register, and of any. */
const [SPARSE_MAX, MAX] = [32, 51];

const whole = (bytes: Uint8Array): ByteRange => ({ bytes, start: 0, length: bytes.length });

/** Registers near each other and at the ends, so that runs are split, joined and filled. */
function someRegister(chance: Chance, spread: number): number {
  if (chance.oneIn(20)) return chance.pick([0, 1, 63, 64, 65, REGISTERS - 1]);
  return chance.below(spread);
}

/** Whether every register of a HyperLogLog is as in the model; merging tells. */
function assertIs(range: ByteRange, model: Uint8Array): void {
  const registers = new Uint8Array(REGISTERS);
  assert(mergeRegisters(registers, range), "damaged");
  assertEquals(registers, model);
}

property(
  "a sparse HyperLogLog is an array of registers, until it would be too long or a register too large",
  { trials: 100, size: 300 },
  (chance) => {
    const sparse = new SparseHyperLogLog();
    sparse.load(whole(emptyHyperLogLog()));
    const maxBytes = chance.pick([0, 18, 20, 40, 100, 3000, 20_000]);
    const spread = chance.pick([10, 200, REGISTERS]);
    const largest = chance.pick([1, 3, SPARSE_MAX + 2]);
    const model = new Uint8Array(REGISTERS);
    for (let step = 0; step < chance.size; step++) {
      const register = someRegister(chance, spread);
      const value = chance.between(1, largest);
      const before = sparse.range.length;
      const raised = sparse.raise(register, value, maxBytes);
      if (value > SPARSE_MAX) assertEquals(raised, "too much");
      else if (value <= model[register]) assertEquals(raised, "unchanged");
      else assert(raised === "changed" || raised === "too much", raised);
      if (raised === "changed") model[register] = value;
      assert(sparse.range.length <= Math.max(before, maxBytes), "longer than allowed");
    }
    assertIs(sparse.range, model);
    const counts = describeSparse(sparse.range).split(" ").map((run) => Number(/\d+$/.exec(run)));
    assertEquals(counts.reduce((sum, count) => sum + count), REGISTERS);
    assertIs(whole(toDense(sparse.range)!), model);
  },
);

property(
  "a dense HyperLogLog is an array of registers, and raising one touches no other",
  { trials: 60, size: 500 },
  (chance) => {
    const bytes = new Uint8Array(DENSE_BYTES + 6).fill(0xee);
    bytes.set(toDense(whole(emptyHyperLogLog()))!, 3);
    const range = { bytes, start: 3, length: DENSE_BYTES };
    const model = new Uint8Array(REGISTERS);
    for (let step = 0; step < chance.size; step++) {
      const register = someRegister(chance, REGISTERS);
      const value = chance.between(0, MAX);
      assertEquals(raiseDense(range, register, value), value > model[register]);
      model[register] = Math.max(model[register], value);
      assertEquals(denseRegister(range, register), model[register]);
    }
    assert(isHyperLogLog(range) && isDense(range));
    assertIs(range, model);
    assertEquals([...bytes.subarray(0, 3), ...bytes.subarray(-3)], new Array(6).fill(0xee));
  },
);

property(
  "merging gives each register the largest value, dense or sparse, in any order",
  { trials: 40, size: 300 },
  (chance) => {
    const expected = new Uint8Array(REGISTERS);
    const merged = new Uint8Array(REGISTERS);
    const some = () => {
      const sparse = new SparseHyperLogLog();
      sparse.load(whole(emptyHyperLogLog()));
      for (let step = 0; step < chance.size; step++) {
        const [register, value] = [chance.below(500), chance.between(1, SPARSE_MAX)];
        sparse.raise(register, value, Infinity);
        expected[register] = Math.max(expected[register], value);
      }
      return chance.oneIn(2) ? sparse.range : whole(toDense(sparse.range)!);
    };
    for (const range of chance.list(4, some)) assert(mergeRegisters(merged, range));
    assertEquals(merged, expected);
  },
);

/** MurmurHash64A as its definition has it, in big integers. */
function murmur(text: string): bigint {
  const [m, seed] = [0xc6a4a7935bd1e995n, 0xadc83b19n];
  const cut = (value: bigint) => BigInt.asUintN(64, value);
  const word = (part: string) =>
    [...part].reduceRight((sum, byte) => sum << 8n | BigInt(byte.charCodeAt(0)), 0n);
  let hash = seed ^ cut(BigInt(text.length) * m);
  let at = 0;
  for (; at + 8 <= text.length; at += 8) {
    let k = cut(word(text.slice(at, at + 8)) * m);
    k = cut((k ^ k >> 47n) * m);
    hash = cut((hash ^ k) * m);
  }
  if (at < text.length) hash = cut((hash ^ word(text.slice(at))) * m);
  hash = cut((hash ^ hash >> 47n) * m);
  return hash ^ hash >> 47n;
}

property(
  "an element's register is the lowest 14 bits of its hash, its value the place of the next bit that is set",
  { trials: 3000, size: 40 },
  (chance) => {
    const text = chance.binary(chance.size);
    locate(rangeOf(text));
    const hash = murmur(text);
    const pattern = hash >> 14n | 1n << 50n;
    let value = 1;
    while ((pattern >> BigInt(value - 1) & 1n) === 0n) value++;
    assertEquals(located, { register: Number(hash & 16383n), value });
  },
);

property(
  "an estimate is within four standard errors of the truth",
  { trials: 8, size: 60_000 },
  (chance) => {
    const registers = new Uint8Array(REGISTERS);
    for (let i = 0; i < chance.size; i++) {
      locate(rangeOf(`${chance.seed}:${i}`));
      registers[located.register] = Math.max(registers[located.register], located.value);
    }
    const error = Math.abs(estimate(registers) - chance.size);
    assert(error <= 1 + chance.size * 4 * 0.0081, `${estimate(registers)} for ${chance.size}`);
  },
);

property("a cached count is kept until it is out of date", { trials: 100, size: 0 }, (chance) => {
  const range = whole(emptyHyperLogLog());
  assertEquals(cachedCount(range), 0);
  const count = chance.below(2 ** chance.between(1, 52));
  cacheCount(range, count);
  assertEquals(cachedCount(range), count);
  invalidateCount(range);
  assertEquals(cachedCount(range), undefined);
});

property(
  "a damaged sparse HyperLogLog is found out, or has all its registers: whoever reads it says the same",
  { trials: 300, size: 120 },
  (chance) => {
    const sparse = new SparseHyperLogLog();
    sparse.load(whole(emptyHyperLogLog()));
    for (let step = 0; step < chance.size; step++) {
      sparse.raise(chance.below(REGISTERS), chance.between(1, 9), Infinity);
    }
    const { bytes, length } = sparse.range;
    const damaged = bytes.slice(0, chance.oneIn(3) ? chance.between(HEADER_BYTES, length) : length);
    for (let left = chance.between(1, 3); left > 0 && damaged.length > HEADER_BYTES; left--) {
      damaged[chance.between(HEADER_BYTES, damaged.length - 1)] = chance.below(256);
    }
    const range = whole(damaged);
    const registers = new Uint8Array(REGISTERS);
    const isSound = mergeRegisters(registers, range);
    const dense = toDense(range);
    assertEquals(dense !== undefined, isSound);
    if (dense !== undefined) assertIs(whole(dense), registers);
    describeSparse(range);
    const changed = new SparseHyperLogLog();
    changed.load(range);
    const register = chance.below(REGISTERS);
    const raised = changed.raise(register, chance.between(1, SPARSE_MAX), Infinity);
    if (isSound) assert(raised !== "damaged");
    if (!isSound || raised !== "changed") return;
    assert(mergeRegisters(new Uint8Array(REGISTERS), changed.range));
  },
);
