import { assertEquals } from "@std/assert";
import { PagedVector } from "../../src/encodings/paged_vector.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";

arenaProperty(
  "a paged vector is an array, at every number of pages",
  { trials: 30, size: 60 },
  (chance, arena) => {
    const vectors = new PagedVector(arena);
    const root = vectors.create();
    const model: number[] = [];
    const push = () => {
      const value = chance.int32() >>> 0;
      assertEquals(vectors.push(root, value), model.length);
      model.push(value);
    };
    chance.run({
      push,
      // Around the ends of pages of 1,024 elements, and beyond the first directory of four.
      "2 push many": () => {
        for (let left = chance.pick([1023, 1024, 1025, 2048, 300]); left > 0; left--) push();
      },
      "2 pop": () => {
        const count = Math.min(model.length, chance.pick([1, 2, 1024, 1500, 9000]));
        for (let left = count; left > 0; left--) assertEquals(vectors.pop(root), model.pop());
      },
      set: () => {
        if (model.length === 0) return;
        const index = chance.below(model.length);
        vectors.set(root, index, model[index] = chance.below(1000));
      },
      clear: () => {
        if (!chance.oneIn(20)) return;
        vectors.clear(root);
        model.length = 0;
      },
    });
    assertEquals(vectors.count(root), model.length);
    assertEquals(model.map((_, index) => vectors.get(root, index)), model);
    assertHolds(arena, vectors.blocks(root));
    if (model.length === 0) assertEquals([...vectors.blocks(root)], [root]);
    vectors.destroy(root);
  },
);
