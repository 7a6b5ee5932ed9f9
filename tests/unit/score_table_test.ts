import { assertEquals } from "@std/assert";
import { ScoreTable } from "../../src/keyspace/score_table.ts";
import { keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";

keyspaceProperty(
  "a score table merges scores of one member, tells them in order, and leaves nothing behind",
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
      table.add(rangeOf(member), score, merge);
      assertEquals(table.count, model.size);
    }
    const seen: [string, number][] = [];
    table.forEach((member, score) => seen.push([textOf(member), score]));
    const expected = [...model].sort(([a, x], [b, y]) =>
      x !== y ? (x < y ? -1 : 1) : a < b ? -1 : 1
    );
    assertEquals(seen, expected);
    table.destroy();
  },
);
