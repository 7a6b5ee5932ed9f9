import { assert, assertEquals } from "@std/assert";
import { FieldDict } from "../../src/encodings/field_dict.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import { CoarseHash } from "../support/coarse_hash.ts";

interface Stored {
  readonly value: string;
  readonly deadlineMs: number;
}

arenaProperty(
  "a field dict is a Map, with and without deadlines, however its hashes collide",
  { trials: 80, size: 400 },
  (chance, arena) => {
    const hasDeadlines = chance.oneIn(2);
    const hasher = chance.oneIn(3) ? new CoarseHash(chance.between(1, 40)) : new HalfSipHash(3, 4);
    const dict = new FieldDict(arena, hasher, hasDeadlines);
    const root = dict.create();
    const model = new Map<string, Stored>();
    const names = chance.between(1, 60);
    const name = () => `${"f".repeat(chance.seed % 7)}${chance.below(names)}`;
    const read = (element: number): [string, Stored] => [
      textOf(dict.field(element)),
      {
        value: textOf(dict.value(element)),
        deadlineMs: hasDeadlines ? dict.deadline(element) : 0,
      },
    ];
    const all = () => {
      const found = new Map<string, Stored>();
      dict.forEach(root, (element) => found.set(...read(element)));
      return found;
    };
    const elements = () => {
      const found: number[] = [];
      dict.forEach(root, (element) => found.push(element));
      return found;
    };
    const find = (field: string) => {
      const { bytes, start, length } = rangeOf(field);
      return dict.findField(root, bytes, start, length);
    };
    chance.run({
      "4 set": () => {
        const field = name();
        const value = chance.binary(chance.pick([0, 5, 30, 500]));
        const isNew = dict.set(root, rangeOf(field), rangeOf(value));
        assertEquals(isNew, !model.has(field));
        model.set(field, { value, deadlineMs: 0 });
      },
      "2 remove": () => {
        const field = name();
        const { bytes, start, length } = rangeOf(field);
        assertEquals(dict.remove(root, bytes, start, length), model.delete(field));
      },
      "2 look up": () => {
        const field = name();
        const element = find(field);
        assertEquals(element === 0 ? undefined : read(element)[1], model.get(field));
      },
      "give a deadline": () => {
        const field = name();
        const element = find(field);
        if (!hasDeadlines || element === 0) return;
        const deadlineMs = chance.below(2 ** 45);
        dict.setDeadline(element, deadlineMs);
        model.set(field, { value: model.get(field)!.value, deadlineMs });
      },
      "pick by chance": () => {
        const element = dict.random(root, chance);
        assertEquals(element === 0, model.size === 0);
        if (element !== 0) assert(model.has(textOf(dict.field(element))));
      },
    });
    assertEquals(dict.count(root), model.size);
    assertEquals(all(), model);
    assertHolds(arena, [...dict.blocks(root), ...elements()]);
    if (chance.oneIn(2)) return dict.destroyAll(root);
    let freed = 0;
    for (const count of dict.dismantle(root)) freed += count;
    assertEquals(freed, model.size);
  },
);
