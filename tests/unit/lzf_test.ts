import { assert, assertEquals } from "@std/assert";
import { compress, decompress, mayDecompressTo } from "../../src/rdb/lzf.ts";
import { type Chance, property } from "../support/property.ts";

/** Bytes in which earlier ones come again: near, far, and farther back than a match reaches. */
function someBytes(chance: Chance): Uint8Array<ArrayBuffer> {
  const letters = chance.pick([1, 3, 40, 256]);
  const parts: number[] = [];
  while (parts.length < chance.size) {
    const length = chance.pick([1, 2, 3, 4, 31, 33, 263, 264, 265, 9000]);
    if (parts.length > 0 && chance.oneIn(2)) {
      const from = Math.max(0, parts.length - chance.pick([1, 2, 300, 8191, 8192, 8193, 20_000]));
      for (let i = 0; i < length; i++) parts.push(parts[from + i]);
    } else {
      for (let i = Math.min(length, 300); i > 0; i--) parts.push(chance.below(letters));
    }
  }
  return Uint8Array.from(parts.slice(0, chance.size));
}

/** What a compressed string says, read as plainly as the format is described, and whether it makes sense. */
function plainly(compressed: readonly number[]): { out: number[]; isSound: boolean } {
  const out: number[] = [];
  let isSound = true;
  const input = [...compressed];
  while (input.length > 0) {
    const control = input.shift()!;
    if (control < 32) {
      if (input.length <= control) isSound = false;
      out.push(...input.splice(0, control + 1));
      continue;
    }
    const length = (control >> 5) === 7 ? 7 + (input.shift() ?? 0) : control >> 5;
    const low = input.shift();
    const from = out.length - ((control & 31) << 8 | (low ?? 0)) - 1;
    if (low === undefined || from < 0) isSound = false;
    for (let i = 0; i < length + 2; i++) out.push(out[from + i] ?? 0);
  }
  return { out, isSound };
}

property(
  "what is compressed is at least four bytes shorter, and read as it was, whatever was compressed before",
  { trials: 150, size: 30_000 },
  (chance) => {
    const original = someBytes(chance);
    // What lies before it, be it the same, is none of its business.
    const start = chance.pick([0, 3, original.length]);
    const bytes = new Uint8Array(start + original.length + 3).fill(chance.below(256));
    if (start === original.length) bytes.set(original);
    bytes.set(original, start);
    const compressed = compress(bytes, start, original.length)?.slice();
    assertEquals(compress(bytes, start, original.length)?.slice(), compressed);
    if (compressed === undefined) return;
    assert(compressed.length <= original.length - 4);
    assert(mayDecompressTo(compressed.length, original.length));
    const back = new Uint8Array(original.length + 4).fill(0xee);
    assert(decompress(compressed, 0, compressed.length, back, 2, original.length));
    assertEquals(back.subarray(2, -2), original);
    assertEquals([back[0], back[1], back.at(-2), back.at(-1)], [0xee, 0xee, 0xee, 0xee]);
    const tooFew = original.length - 1;
    assert(!decompress(compressed, 0, compressed.length, back, 2, tooFew), "more than asked for");
    assert(!decompress(compressed, 0, compressed.length, back, 2, tooFew + 2), "less");
  },
);

property(
  "any bytes are read as the format says, or refused",
  { trials: 4000, size: 40 },
  (chance) => {
    const someByte = () => chance.pick([0, 1, 32, 64, 224, chance.below(40), chance.below(256)]);
    const compressed = chance.list(chance.size, someByte);
    const { out, isSound } = plainly(compressed);
    const around = new Array(30).fill(0xee);
    const back = new Uint8Array(out.length + 60).fill(0xee);
    const bytes = Uint8Array.from([7, ...compressed, 7]);
    assertEquals(decompress(bytes, 1, compressed.length, back, 30, out.length), isSound);
    if (isSound) assertEquals([...back.subarray(30, -30)], out);
    assertEquals([...back.subarray(0, 30), ...back.subarray(-30)], [...around, ...around]);
  },
);
