import { assertEquals } from "@std/assert";
import { countBits, findBit } from "../../src/lib/bits.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import {
  formatDigits,
  formatDouble,
  formatFixed,
  parseDouble,
  parseLenientDouble,
  readDouble,
} from "../../src/lib/double.ts";
import { matchesGlob } from "../../src/lib/glob.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { INT64_MAX, parseBigInt64, parseInteger, writeInteger } from "../../src/lib/integer.ts";
import {
  ceilLongDouble,
  formatLongDouble,
  type LongDouble,
  multiplyLongDouble,
  parseLongDouble,
} from "../../src/lib/long_double.ts";
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
    "1.5e-7": 1.5e-7,
    "1.23456789012e+4": 12345.6789012,
    "12345.678901": 12345.678901,
    "9223372036854776000": 2 ** 63,
    "4611686018427387904": 2 ** 62,
    "5e-324": 5e-324,
    "-0.1": -0.1,
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
    // Redis's stars want a byte to begin at: that the empty text is matched by nothing is tested below.
    const text = Array.from({ length: 1 + random.below(9) }, () => "ab*c"[random.below(4)]).join(
      "",
    );
    const matches = matchesGlob(fromLatin1(pattern), fromLatin1(text));
    assertEquals(matches, expression.test(text), `${pattern} ${text}`);
  }
});

Deno.test("matchesGlob() gives up on more than a thousand stars that something follows, and on empty texts", () => {
  const matches = (pattern: string, text: string) =>
    matchesGlob(fromLatin1(pattern), fromLatin1(text));
  assertEquals(matches("*a".repeat(1000), "a".repeat(1000)), true);
  assertEquals(matches("*a".repeat(1000) + "***", "a".repeat(1000)), true);
  assertEquals(matches("*a".repeat(1001), "a".repeat(1001)), false);
  assertEquals(matches("", ""), true);
  for (const pattern of ["*", "**", "?", "[^a]"]) assertEquals(matches(pattern, ""), false);
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
    const start = random.below(9);
    const length = 1 + random.below(40);
    // Anywhere in its memory, and now and then all the same but for a few bytes.
    const bytes = new Uint8Array(start + length + random.below(9)).subarray(start, start + length);
    const kinds = 1 + random.below(3);
    const usual = random.below(2);
    for (let i = 0; i < length; i++) {
      const kind = random.below(20) === 0 ? random.below(3) : (usual + random.below(kinds)) % 3;
      bytes[i] = kind === 0 ? 0 : kind === 1 ? 255 : random.below(256);
    }
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

Deno.test("parseDouble() and parseLenientDouble() read what C's strtod does", () => {
  const same: Record<string, number> = {
    "0x10": 16,
    "-0X.8": -0.5,
    "0x1p3": 8,
    "0x1.8P-1": 0.75,
    "0x.p1": NaN,
    "0x": NaN,
    "0xg": NaN,
    "0x1p": NaN,
    "0x0p99999999999999999999": 0,
    "0x1p-1074": 5e-324,
    "0x1.fffffffffffff8p0": 2,
    "0x1.fffffffffffff7p0": 2 - 2 ** -52,
    "0x1.fffffffffffffp1023": Number.MAX_VALUE,
    "+inf": Infinity,
    "-Infinity": -Infinity,
    "infin": NaN,
    "nan": NaN,
    "1e": NaN,
    "5.": 5,
    ".": NaN,
  };
  for (const [text, value] of Object.entries(same)) {
    assertEquals(parseDouble(text) ?? NaN, value, text);
    assertEquals(parseLenientDouble(text) ?? NaN, value, text);
    assertEquals(readDouble(fromLatin1(text), 0, text.length), value, text);
  }
  const lenient: Record<string, number> = {
    "": 0,
    " 1": 1,
    "\t\v-2": -2,
    "1\0junk": 1,
    "\0": 0,
    "1e400": Infinity,
    "-0x1p1024": -Infinity,
    "1e-400": 0,
    "0x1p-1076": 0,
  };
  for (const [text, value] of Object.entries(lenient)) {
    assertEquals(parseDouble(text), undefined, text);
    assertEquals(parseLenientDouble(text), value, text);
  }
  for (const text of [" ", "1 ", "\u00a01", "1 \0"]) {
    assertEquals(parseLenientDouble(text), undefined);
  }
  assertEquals(parseLenientDouble(" 1e400", true), undefined);
  assertEquals(parseLenientDouble(" 2", true), 2);
});

Deno.test("long doubles are read in hexadecimal, and up to their own limits", () => {
  const shown = (text: string) => {
    const value = parseLongDouble(text);
    return typeof value === "object" ? formatLongDouble(value) : value;
  };
  assertEquals(shown("0x10"), "16");
  assertEquals(shown("-0x1.8p1"), "-3");
  assertEquals(shown("0x1ffffffffffffffff"), "36893488147419103232");
  assertEquals(shown("0x1p20000"), undefined);
  assertEquals(shown("1e5000"), undefined);
  assertEquals(shown("1e-5000"), undefined);
  assertEquals(shown(`0.${"0".repeat(4000)}1`), "0");
  assertEquals(shown(`${"1".repeat(4000)}e-4000`), "0.11111111111111111");
  assertEquals(shown(`1${"0".repeat(5200)}`), undefined);
  const milliseconds = (text: string) =>
    ceilLongDouble(multiplyLongDouble(parseLongDouble(text) as LongDouble, 1000n), INT64_MAX);
  assertEquals(milliseconds("0.001"), 1n);
  assertEquals(milliseconds("1e-4000"), 1n);
  assertEquals(milliseconds("-0.0005"), 0n);
  assertEquals(milliseconds("-1.5001"), -1500n);
  assertEquals(milliseconds("1e400"), INT64_MAX);
  assertEquals(milliseconds("-1e400"), -INT64_MAX);
});

Deno.test("formatFixed() and formatDigits() write what C's printf does", () => {
  assertEquals(formatFixed(1e22, 6), "10000000000000000000000.000000");
  assertEquals(formatFixed(Infinity, 6), "inf");
  assertEquals(formatFixed(-0, 2), "-0.00");
  assertEquals(formatDigits(0.1), "0.10000000000000001");
  assertEquals(formatDigits(1e-7), "9.9999999999999995e-08");
  assertEquals(formatDigits(2 ** 62), "4.6116860184273879e+18");
  assertEquals(formatDigits(-1500), "-1500");
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
