import { assert, assertEquals } from "@std/assert";
import { keyPositions } from "../../src/command/key_positions.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import {
  command,
  type CommandSpec,
  countedKeys,
  keyRange,
  type KeySpec,
} from "../../src/command/spec.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { property } from "../support/property.ts";

const withKeys = (...keys: KeySpec[]): CommandSpec =>
  command({
    name: "test",
    group: "generic",
    summary: "",
    since: "",
    complexity: "O(1)",
    arity: -1,
    flags: [],
    keys,
  });

function indexes(spec: CommandSpec, words: readonly string[]): number[] {
  const args = new Arguments();
  args.assign(words.map(fromLatin1));
  return keyPositions(spec, args).map(({ index }) => index);
}

const wordsOf = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`);

property(
  "keys in a range are every so many words from its first to its last, which may count from the end",
  { trials: 500, size: 12 },
  (chance) => {
    const words = wordsOf(chance.size + 2);
    const [first, step] = [chance.between(1, 4), chance.between(1, 3)];
    const last = chance.pick([-1, -2, -3, chance.below(6)]);
    const end = last < 0 ? words.length + last : first + last;
    if (end >= words.length) return;
    const expected = words.map((_, i) => i)
      .filter((i) => i >= first && i <= end && (i - first) % step === 0);
    assertEquals(indexes(withKeys(keyRange("RO", first, last, step)), words), expected);
  },
);

property(
  "counted keys are as many words as the number before them says; there are none if it is no such number",
  { trials: 1000, size: 10 },
  (chance) => {
    const at = chance.between(1, 3);
    const words = wordsOf(chance.size + 1);
    const count = chance.between(-3, 9);
    const isNumber = !chance.oneIn(3);
    if (at < words.length) {
      words[at] = isNumber ? `${count}` : chance.pick(["", `0${count}`, `${count}x`, "1.5", "nan"]);
    }
    const isThere = isNumber && at < words.length && count >= 1 && at + count < words.length;
    const expected = isThere ? Array.from({ length: count }, (_, i) => at + 1 + i) : [];
    assertEquals(indexes(withKeys(countedKeys("RO", at)), words), expected, words.join(","));
  },
);

const WORDS = [
  ...["", "k", "0", "1", "2", "-1", "-5", "9", "1e9", "nan", "STORE", "store", "STREAMS", "KEYS"],
  ...["BY", "GET", "LIMIT", "COUNT", "BLOCK", "GROUP", "AUTH", "AUTH2", "STOREDIST", "EX", "NX"],
];
const ALL = commandSpecs.flatMap((spec) => [spec, ...spec.subcommands ?? []]);

property(
  "whatever words a request has, its keys are among them, each told once",
  { trials: 6000, size: 9 },
  (chance) => {
    const spec = chance.pick(ALL);
    const least = Math.abs(spec.arity);
    const count = spec.arity > 0 ? least : least + chance.below(chance.size + 1);
    const words = Array.from({ length: count }, (_, i) => i === 0 ? spec.name : chance.pick(WORDS));
    const found = indexes(spec, words);
    for (const index of found) {
      const isWord = Number.isInteger(index) && index >= 1 && index < words.length;
      assert(isWord, `${words.join(" ")}: ${index}`);
    }
    assertEquals(new Set(found).size, found.length, `${words.join(" ")}: ${found}`);
  },
);
