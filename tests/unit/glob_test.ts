import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { matchesAll, matchesGlob } from "../../src/lib/glob.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { property } from "../support/property.ts";

type Fold = (character: string) => string;

/** Whether a class that begins behind its bracket has a character; and what of the pattern follows the class. */
function inClass(pattern: string, character: string, fold: Fold): [boolean, string] {
  const isNegated = pattern[0] === "^";
  let rest = isNegated ? pattern.slice(1) : pattern;
  let isIn = false;
  while (rest !== "" && rest[0] !== "]") {
    if (rest[0] === "\\" && rest.length > 1) {
      isIn ||= rest[1] === character;
      rest = rest.slice(2);
    } else if (rest[1] === "-" && rest.length > 2) {
      const [low, high] = [fold(rest[0]), fold(rest[2])].sort();
      isIn ||= low <= fold(character) && fold(character) <= high;
      rest = rest.slice(3);
    } else {
      isIn ||= fold(rest[0]) === fold(character);
      rest = rest.slice(1);
    }
  }
  return [isIn !== isNegated, rest.slice(1)];
}

/** As the module's comment says it, every way of a star tried. */
function matches(pattern: string, text: string, fold: Fold): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") {
    for (let length = 0; length <= text.length; length++) {
      if (matches(pattern.slice(1), text.slice(length), fold)) return true;
    }
    return false;
  }
  if (text === "") return false;
  if (pattern[0] === "?") return matches(pattern.slice(1), text.slice(1), fold);
  if (pattern[0] === "[") {
    const [isIn, rest] = inClass(pattern.slice(1), text[0], fold);
    return isIn && matches(rest, text.slice(1), fold);
  }
  const literal = pattern[0] === "\\" && pattern.length > 1 ? pattern.slice(1) : pattern;
  return fold(literal[0]) === fold(text[0]) && matches(literal.slice(1), text.slice(1), fold);
}

property(
  "a glob matches what its definition says, classes, escapes and unfinished ones too, in any case if asked",
  { trials: 15_000, size: 8 },
  (chance) => {
    const pattern = chance.text(chance.size, "aAbc*?[]^-\\");
    // Of the empty text the definition and Redis say different things.
    const text = chance.text(5, "aAbcC-]^\\*") + chance.pick(["a", "B", "*"]);
    const { bytes, start, length } = rangeOf(text);
    for (const ignoreCase of [false, true]) {
      const fold: Fold = ignoreCase ? (character) => character.toLowerCase() : (same) => same;
      const found = matchesGlob(fromLatin1(pattern), bytes, start, length, ignoreCase);
      assertEquals(found, matches(pattern, text, fold), `${pattern} ${text} ${ignoreCase}`);
    }
    if (matchesAll(fromLatin1(pattern))) assertEquals(pattern, "*");
  },
);
