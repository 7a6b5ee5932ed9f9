import { assertEquals } from "@std/assert";
import { countBits, findBit } from "../../src/lib/bits.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { formatDouble, parseDouble, readDouble } from "../../src/lib/double.ts";
import { matchesGlob } from "../../src/lib/glob.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { parseBigInt64, parseInteger, writeInteger } from "../../src/lib/integer.ts";
import { quote, splitWords } from "../../src/lib/quoted_words.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";

Deno.test("parseInteger() and parseBigInt64() accept exactly what Redis does", () => {
  const both = (text: string) => {
    const bytes = fromLatin1(text);
    return [parseInteger(bytes, 0, bytes.length), parseBigInt64(bytes, 0, bytes.length)];
  };
  for (const text of ["0", "1", "-1", "123456789012345", "9007199254740993"]) {
    assertEquals(both(text), [Number(text), BigInt(text)]);
  }
  assertEquals(both("9223372036854775807"), [2 ** 63, 2n ** 63n - 1n]);
  assertEquals(both("-9223372036854775808"), [-(2 ** 63), -(2n ** 63n)]);
  const wrong = ["", "-", "+1", "01", "-0", "00", " 1", "1 ", "1.0", "1e3", "0x1", "a"];
  for (const text of [...wrong, "9223372036854775808", "-9223372036854775809", "1".repeat(30)]) {
    assertEquals(both(text), [NaN, undefined], text);
  }
});

Deno.test("writeInteger() writes what String() does", () => {
  const random = new SeededRandom(1);
  const buffer = new Uint8Array(24);
  const edges = [
    0,
    -0,
    9,
    10,
    -1,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    1e9,
    3e9,
    1e12,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
  ];
  for (let i = 0; i < 20_000; i++) {
    const value = edges[i] ??
      Math.trunc((random.below(2 ** 53) - 2 ** 52) / 10 ** random.below(16));
    const end = writeInteger(buffer, 2, value);
    assertEquals(latin1(buffer, 2, end - 2), String(value + 0));
  }
});

Deno.test("formatDouble() writes numbers that read back the same", () => {
  const samples: Record<string, number> = {
    "3": 3,
    "0.1": 0.1,
    "-0": -0,
    "1e+20": 1e20,
    "1.5e-07": 1.5e-7,
    "0.0001": 0.0001,
    "inf": Infinity,
    "-inf": -Infinity,
    "3.141": 3.141,
    "12345678901234568": 12345678901234568,
  };
  for (const [text, value] of Object.entries(samples)) assertEquals(formatDouble(value), text);
  const random = new SeededRandom(2);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 20_000; i++) {
    view.setInt32(0, random.int32());
    view.setInt32(4, random.int32());
    const value = view.getFloat64(0);
    if (Number.isFinite(value)) assertEquals(parseDouble(formatDouble(value)), value);
  }
});

Deno.test("matchesGlob() agrees with a regular expression that means the same", () => {
  const random = new SeededRandom(6);
  const parts = ["*", "?", "a", "b", "[ab]", "[^a]", "[a-b]", "\\*", "\\a"];
  const meanings = [".*", ".", "a", "b", "[ab]", "[^a]", "[a-b]", "\\*", "a"];
  for (let round = 0; round < 40_000; round++) {
    const chosen = Array.from({ length: random.below(7) }, () => random.below(parts.length));
    const pattern = chosen.map((i) => parts[i]).join("");
    const expression = new RegExp(`^${chosen.map((i) => meanings[i]).join("")}$`, "s");
    const text = Array.from({ length: random.below(9) }, () => "ab*c"[random.below(4)]).join("");
    const matches = matchesGlob(fromLatin1(pattern), fromLatin1(text));
    assertEquals(matches, expression.test(text), `${pattern} ${text}`);
  }
});

Deno.test("matchesGlob() is not slowed down by many stars", () => {
  const pattern = fromLatin1("a*".repeat(1000) + "b");
  assertEquals(matchesGlob(pattern, new Uint8Array(20_000).fill(0x61)), false);
});

Deno.test("splitWords() takes apart what quote() puts together", () => {
  const random = new SeededRandom(8);
  for (let round = 0; round < 5000; round++) {
    const words = Array.from(
      { length: 1 + random.below(4) },
      () => Uint8Array.from({ length: random.below(12) }, () => random.below(256)),
    );
    assertEquals(splitWords(fromLatin1(words.map(quote).join(" "))), words);
  }
});

Deno.test("HalfSipHash depends on the key, the length and every bit", () => {
  const [a, b] = [new HalfSipHash(1, 2), new HalfSipHash(1, 3)];
  const seen = new Set<number>();
  const bytes = new Uint8Array(64);
  for (let length = 0; length <= 64; length++) {
    seen.add(a.hash(bytes, 0, length)).add(b.hash(bytes, 0, length));
  }
  for (let bit = 0; bit < 512; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    seen.add(a.hash(bytes, 0, 64)).add(b.hash(bytes, 0, 64));
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  assertEquals(seen.size, 2 * 65 + 2 * 512);
});

Deno.test("countBits() and findBit() agree with counting one by one", () => {
  const random = new SeededRandom(12);
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: 1 + random.below(40) }, () => {
      const kind = random.below(3);
      return kind === 0 ? 0 : kind === 1 ? 255 : random.below(256);
    });
    const first = random.below(bytes.length * 8);
    const last = first + random.below(bytes.length * 8 - first);
    let count = 0;
    const found = [-1, -1];
    for (let at = last; at >= first; at--) {
      const bit = bytes[at >> 3] >> 7 - at % 8 & 1;
      count += bit;
      found[bit] = at;
    }
    assertEquals(countBits(bytes, first, last), count);
    assertEquals([0, 1].map((bit) => findBit(bytes, first, last, bit)), found);
  }
});

Deno.test("readDouble reads what parseDouble reads, bit for bit", () => {
  const random = new SeededRandom(7 + effort);
  const alphabet = "0123456789.-+e ";
  const texts = ["", "-", ".", "-.", "1.", ".5", "-.5", "-0", "0", "007.50", "inf", "-inf", "nan"];
  for (let i = 0; i < 200_000 * effort; i++) {
    const length = 1 + random.below(20);
    const letters = random.below(3) === 0 ? alphabet.length : 11;
    let text = "";
    for (let j = 0; j < length; j++) text += alphabet[random.below(letters)];
    texts.push(text);
  }
  for (const text of texts) {
    const actual = readDouble(fromLatin1(text), 0, text.length);
    const expected = parseDouble(text) ?? NaN;
    if (!Object.is(actual, expected)) throw new Error(`${text}: ${actual}, not ${expected}`);
  }
});
