import { assertEquals } from "@std/assert";
import { ScoreTable } from "../../src/keyspace/score_table.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";

keyspaceProperty(
  "a score table merges scores of one member, tells them in order, becomes a sorted set, and leaves nothing behind",
  { trials: 40, size: 500 },
  (chance, keyspace) => {
    const merge = chance.pick([
      Math.min,
      Math.max,
      (a: number, b: number) => a + b,
      (_: number, b: number) => b,
    ]);
    const table = new ScoreTable(keyspace);
    const model = new Map<string, number>();
    for (let step = 0; step < chance.size; step++) {
      const member = chance.text(chance.pick([1, 3, 40]), "ab\xff");
      const score = chance.pick([-Infinity, 0, 1, 2.5, chance.below(100)]);
      const old = model.get(member);
      model.set(member, old === undefined ? score : merge(old, score));
      const range = rangeOf(member);
      table.add(range, keyspace.hasher.hash(range.bytes, range.start, range.length), score, merge);
      assertEquals(table.count, model.size);
    }
    const seen: [string, number][] = [];
    table.forEach((member, score) => seen.push([textOf(member), score]));
    const expected = [...model].sort(([a, x], [b, y]) =>
      x !== y ? (x < y ? -1 : 1) : a < b ? -1 : 1
    );
    assertEquals(seen, expected);
    if (model.size > 0 && chance.oneIn(2)) {
      const { databases: [database], sortedSets } = keyspace;
      table.become(database, rangeOf("key"));
      const entry = database.lookup(fromLatin1("key"), 0, 3);
      const stored: [string, number][] = [];
      sortedSets.walk(entry, 0, Infinity, false, (handle) => {
        stored.push([textOf(sortedSets.member(entry, handle)), sortedSets.score(entry, handle)]);
      });
      assertEquals(stored, expected);
      for (const [i, [member]] of expected.entries()) {
        assertEquals(sortedSets.rank(entry, sortedSets.find(entry, rangeOf(member))), i);
      }
    }
    table.destroy();
  },
);
