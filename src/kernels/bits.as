// AssemblyScript (TypeScript's syntax, WebAssembly's types). `deno task kernels` compiles it into wasm.ts.
//
// Each function reads and writes memory of its own, from the address and for the number of bytes that it is given. 16 bytes are
// handled at a time, by the processor's vector instructions, the rest one by one.

/** Where callers put their bytes; behind it are DESK_BYTES. */
export const DESK: usize = memory.data(2 * 32768, 16);

/** A vector of counters of 8 bits holds the sum of so many population counts, each of which is 8 at most. */
const SUMS: usize = 31;

/** How many bits are set. */
export function countBits(at: usize, length: usize): u32 {
  const end = at + length;
  let sums = i64x2.splat(0);
  while (at + 16 <= end) {
    const stop = min(end - 15, at + 16 * SUMS);
    let bytes = i8x16.splat(0);
    for (; at < stop; at += 16) bytes = i8x16.add(bytes, i8x16.popcnt(v128.load(at)));
    const words = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(words));
    sums = i64x2.add(sums, i64x2.extend_high_i32x4_u(words));
  }
  let count = <u32> (i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1));
  for (; at < end; at++) count += popcnt<u32>(load<u8>(at));
  return count;
}

/** How many bytes from the first on are `uniform`. */
export function countUniform(at: usize, length: usize, uniform: u32): usize {
  const start = at;
  const end = at + length;
  const pattern = i8x16.splat(<i8> uniform);
  while (at + 16 <= end && i8x16.all_true(i8x16.eq(v128.load(at), pattern))) at += 16;
  while (at < end && load<u8>(at) === <u8> uniform) at++;
  return at - start;
}

/** Replaces each bit of `target` with itself AND that of `source`. As with OR and XOR, `length` is rounded up to 16. */
export function and(target: usize, source: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(target + i, v128.and(v128.load(target + i), v128.load(source + i)));
  }
}

/** See {@link and}. */
export function or(target: usize, source: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(target + i, v128.or(v128.load(target + i), v128.load(source + i)));
  }
}

/** See {@link and}. */
export function xor(target: usize, source: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(target + i, v128.xor(v128.load(target + i), v128.load(source + i)));
  }
}

/** Replaces each bit with its opposite. `length` is rounded up to 16. */
export function not(target: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(target + i, v128.not(v128.load(target + i)));
  }
}
