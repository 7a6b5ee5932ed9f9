import { assertEquals } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { quote, splitWords } from "../../src/lib/quoted_words.ts";
import { type Chance, property } from "../support/property.ts";

const split = (line: string) =>
  splitWords(fromLatin1(line))?.map((word) => latin1(word, 0, word.length));

/** A word as it may stand in a line, and what it says: plain bytes, then perhaps a part in quotes. */
function someWord(chance: Chance): [text: string, meaning: string] {
  const plain = chance.text(3, "ab\\=#");
  const inside = chance.binary(6);
  switch (chance.below(4)) {
    case 0:
      return [plain + quote(fromLatin1(inside)), plain + inside];
    case 1: {
      // In single quotes a backslash is itself, unless an apostrophe follows.
      const meaning = inside.replaceAll(/[\\\0]/g, "");
      return [`${plain}'${meaning.replaceAll("'", "\\'")}'`, plain + meaning];
    }
    case 2: {
      const bytes = [...inside].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
      const escaped = bytes.map((hex) => `\\x${chance.oneIn(2) ? hex : hex.toUpperCase()}`);
      return [`${plain}"${escaped.join("")}"`, plain + inside];
    }
    default:
      return [`${plain}w`, `${plain}w`];
  }
}

Deno.test("a vertical tab or form feed parts words behind a quote or a space, and belongs to a word without quotes", () => {
  assertEquals(split("\va\vb\f \f'c'\v\"d\"\f"), ["a\vb\f", "c", "d"]);
});

property(
  "words are what stands between spaces, in either quotes or in none",
  { trials: 3000, size: 8 },
  (chance) => {
    const words = chance.list(chance.size, () => someWord(chance));
    const space = () => chance.pick([" ", "\t", "  ", "\r\n", " \v\f"]);
    const line = words.map(([text]) => text + space()).join("");
    assertEquals(split(chance.pick(["", " "]) + line), words.map(([, meaning]) => meaning), line);
  },
);

property(
  "quotes that are not closed, or that something follows directly, make a line unreadable",
  { trials: 1000, size: 6 },
  (chance) => {
    const line = chance.list(chance.size, () => `${someWord(chance)[0]} `).join("");
    const closed = `${line}${quote(fromLatin1(chance.binary(4)))}`;
    assertEquals(split(closed.slice(0, -1)), undefined, closed);
    assertEquals(split(`${closed}x`), undefined, closed);
    assertEquals(split(`${line}'it`), undefined);
  },
);

property(
  "a line ends at a zero byte, as it does in C",
  { trials: 3000, size: 12 },
  (chance) => {
    const parts = ["a", " ", '"', "'", "\\", "\\x4", "\0", "\\\0"];
    const line = chance.list(chance.size, () => chance.pick(parts)).join("");
    assertEquals(split(line), split(line.split("\0")[0]), JSON.stringify(line));
  },
);
