import { assert, assertEquals, assertThrows } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { directives } from "../../src/config/directives.ts";
import {
  ConfigError,
  formatMemory,
  integer,
  memory,
  memoryOrPercent,
  octal,
  oneOf,
  parseMemory,
  someOf,
  yesNo,
} from "../../src/config/kinds.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { splitWords } from "../../src/lib/quoted_words.ts";
import { type Chance, property } from "../support/property.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 2 ** 10,
  m: 1e6,
  mb: 2 ** 20,
  g: 1e9,
  gb: 2 ** 30,
};

/** Each letter upper-case or lower-case. */
const inAnyCase = (chance: Chance, word: string) =>
  [...word].map((letter) => chance.oneIn(2) ? letter.toUpperCase() : letter).join("");

property("an amount of memory is a number times its unit", { trials: 500, size: 0 }, (chance) => {
  const number = chance.below(10 ** chance.between(0, 9));
  const unit = chance.pick(Object.keys(UNITS));
  const digits = chance.pick(["", "0", "00"]) + number;
  assertEquals(parseMemory(digits + inAnyCase(chance, unit)), number * UNITS[unit]);
  for (const wrong of [`-${digits}${unit}`, `${digits} ${unit}`, `${digits}x`, `${digits}.5mb`]) {
    assertEquals(parseMemory(wrong), undefined, wrong);
  }
});

property(
  "an amount of memory is written in the largest unit that divides it, and read back the same",
  { trials: 500, size: 0 },
  (chance) => {
    const bytes = chance.below(1000) * chance.pick([1, 2 ** 10, 2 ** 20, 2 ** 30, 1023]);
    const text = formatMemory(bytes);
    assertEquals(parseMemory(text), bytes);
    const divisor = [2 ** 30, 2 ** 20, 2 ** 10].find((unit) => bytes > 0 && bytes % unit === 0);
    assertEquals(
      text,
      divisor === undefined
        ? `${bytes}`
        : `${bytes / divisor}${{ [2 ** 30]: "gb", [2 ** 20]: "mb", [2 ** 10]: "kb" }[divisor]}`,
    );
  },
);

property(
  "a whole number is taken within its limits and nowhere else",
  { trials: 500, size: 0 },
  (chance) => {
    const min = chance.between(-50, 50);
    const max = min + chance.below(60);
    const value = chance.between(min - 3, max + 3);
    for (const kind of [integer(min, max), ...value < 0 ? [] : [memory(min, max)]]) {
      if (value >= min && value <= max) assertEquals(kind.parse([String(value)]), value);
      else assertThrows(() => kind.parse([String(value)]), ConfigError, `${min} and ${max}`);
      for (const words of [[], ["1", "1"], ["1 "], ["one"]]) {
        assertThrows(() => kind.parse(words), ConfigError);
      }
    }
  },
);

property("words are taken in any case, and no others", { trials: 200, size: 0 }, (chance) => {
  const choices = ["alpha", "beta", "gamma"];
  const choice = chance.pick(choices);
  assertEquals(oneOf(...choices).parse([inAnyCase(chance, choice)]), choice);
  assertThrows(() => oneOf(...choices).parse([choice.slice(1)]), ConfigError, choices.join(", "));
  const flag = chance.pick(["yes", "no"]);
  const value = yesNo.parse([inAnyCase(chance, flag)]);
  assertEquals([value, yesNo.format(value)], [flag === "yes", flag]);
  assertThrows(() => yesNo.parse([chance.pick(["", "y", "true", "1"])]), ConfigError);
});

property(
  "several words are kept in one order, the first only if it stands alone",
  { trials: 200, size: 5 },
  (chance) => {
    const choices = ["none", "a", "b", "c"];
    const words = chance.list(chance.size, () => chance.pick(choices));
    if (words.length === 0) return;
    const expected = choices.filter((choice) => words.includes(choice));
    const shown = expected.length > 1 ? expected.filter((choice) => choice !== "none") : expected;
    assertEquals(someOf(...choices).parse(words), shown.join(" "));
  },
);

property("a share of memory is a percentage up to 100", { trials: 200, size: 0 }, (chance) => {
  const percent = chance.below(120);
  if (percent > 100) return assertThrows(() => memoryOrPercent.parse([`${percent}%`]), ConfigError);
  const value = memoryOrPercent.parse([`${percent}%`]);
  assertEquals(value, percent === 0 ? 0 : -percent);
  assertEquals(memoryOrPercent.format(value), percent === 0 ? "0" : `${percent}%`);
  assertThrows(() => memoryOrPercent.parse([`0${percent}%`]), ConfigError);
});

property("a number in base 8 is shown as it was given", { trials: 100, size: 0 }, (chance) => {
  const value = chance.below(0o1000);
  assertEquals(octal.parse([`0${value.toString(8)}`]), value);
  assertEquals(octal.format(value), value.toString(8));
  assertThrows(() => octal.parse([chance.pick(["8", "1000", "-1", ""])]), ConfigError);
});

const WORDS = [
  ...["yes", "no", "0", "1", "-1", "100", "3600", "1024", "10mb", "1gb", "5%", "0.5", "99.9"],
  ...["normal", "replica", "pubsub", "Ag$K", "lx", "save", "nosave", "now", "default", "/tmp/x"],
  ...["everysec", "always", "noeviction", "notice", "a b", "127.0.0.1", "*", "777"],
];

const LISTS = directives.filter(({ takesWords }) => takesWords);

const wordsOf = (line: string) =>
  splitWords(fromLatin1(line))!.map((word) => latin1(word, 0, word.length));

property(
  "whatever a directive takes, it shows and writes in words that it takes for the same; the rest it refuses with a reason",
  { trials: 6000, size: 5 },
  (chance) => {
    const directive = chance.pick(chance.oneIn(3) ? LISTS : directives);
    // In a list of words an empty one, or a quote, has no meaning.
    const known = directive.takesWords ? WORDS : [...WORDS, "", '"', "\\"];
    const words = chance.list(chance.size, () => chance.pick(known));
    const config = new Config();
    const what = `${directive.name} ${words.join("|")}`;
    try {
      config.load(directive, words, false);
    } catch (error) {
      return assert(error instanceof ConfigError, `${what}: ${error}`);
    }
    const shown = config.format(directive);
    const again = new Config();
    again.load(directive, [shown], false);
    assertEquals(again.format(directive), shown, what);
    const loaded = new Config();
    config.lines(directive).forEach((line, i) => {
      loaded.load(directive, directive.takesWords ? wordsOf(line) : [line], i > 0);
    });
    assertEquals(loaded.format(directive), shown, `${what}: ${config.lines(directive)}`);
  },
);

Deno.test("a directive takes its default for what it is", () => {
  for (const directive of directives) {
    const config = new Config();
    const shown = config.format(directive);
    // An empty default may be one that nobody can set.
    if (shown === "") continue;
    config.load(directive, [shown], false);
    assertEquals(config.format(directive), shown, directive.name);
  }
});
