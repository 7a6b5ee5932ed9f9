import { assertEquals } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { checkArena } from "../../src/arena/checker.ts";
import { CountedTree } from "../../src/encodings/counted_tree.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";

/** Elements are blocks that hold a number; seven of them share a key. */
class NumberTree extends CountedTree {
  protected override keyOf(element: number): number {
    return Math.floor(this.arena.loadDouble(element, 0) / 7);
  }

  protected override compareTied(a: number, b: number): number {
    return this.arena.loadDouble(a, 0) - this.arena.loadDouble(b, 0);
  }
}

Deno.test("CountedTree does what a sorted array does over random insertions and removals", () => {
  const arena = new Arena();
  const tree = new NumberTree(arena);
  const before = arena.usedBytes;
  const root = tree.create();
  const random = new SeededRandom(60 + effort);
  const elements = new Map<number, number>();
  let sorted: number[] = [];
  const value = (element: number) => arena.loadDouble(element, 0);
  for (let step = 0; step < 60_000 * effort; step++) {
    const isGrowing = Math.floor(step / 10_000) % 2 === 0;
    const number = random.below(6000);
    const element = elements.get(number);
    if (element === undefined && (isGrowing || random.below(5) === 0)) {
      const made = arena.allocate(8);
      arena.storeDouble(made, 0, number);
      tree.insert(root, made);
      elements.set(number, made);
    } else if (element !== undefined && (!isGrowing || random.below(5) === 0)) {
      assertEquals(value(element), number);
      tree.remove(root, element);
      arena.free(element);
      elements.delete(number);
    }
    assertEquals(tree.count(root), elements.size);
    if (step % 1000 === 0) {
      sorted = [...elements.keys()].sort((a, b) => a - b);
      const seen: number[] = [];
      tree.walk(root, 0, Infinity, false, (e) => seen.push(value(e)));
      assertEquals(seen, sorted);
      const reversed: number[] = [];
      tree.walk(root, sorted.length - 1, Infinity, true, (e) => reversed.push(value(e)));
      assertEquals(reversed, [...sorted].reverse());
      for (let i = 0; i < sorted.length; i += 97) {
        assertEquals(tree.rank(root, elements.get(sorted[i])!), i);
        assertEquals(tree.lowerRank(root, (e) => value(e) < sorted[i]), i);
        tree.walk(root, i, 1, false, (e) => assertEquals(value(e), sorted[i]));
      }
      const blocks = [...tree.blocks(root), ...elements.values()];
      assertEquals(checkArena(arena, blocks).problems, []);
    }
  }
  for (const element of elements.values()) {
    tree.remove(root, element);
    arena.free(element);
  }
  tree.destroy(root);
  assertEquals(arena.usedBytes, before);
});

Deno.test("CountedTree.load() makes a tree that does what one made by insertions does", () => {
  const random = new SeededRandom(70 + effort);
  const sizes = [0, 1, 2, 27, 28, 29, 56, 57, 28 * 28, 28 * 28 + 1, 30_000, random.below(5000)];
  for (const size of sizes) {
    const arena = new Arena();
    const tree = new NumberTree(arena);
    const before = arena.usedBytes;
    const make = (number: number) => {
      const element = arena.allocate(8);
      arena.storeDouble(element, 0, number);
      return element;
    };
    const root = tree.create();
    // Even numbers are loaded, odd ones go in between.
    let elements = Array.from({ length: size }, (_, i) => make(2 * i));
    tree.load(root, Uint32Array.from(elements));
    const check = () => {
      assertEquals(tree.count(root), elements.length);
      const seen: number[] = [];
      tree.walk(root, 0, Infinity, false, (element) => seen.push(element));
      assertEquals(seen, elements);
      const reversed: number[] = [];
      tree.walk(root, elements.length - 1, Infinity, true, (element) => reversed.push(element));
      assertEquals(reversed, elements.toReversed());
      for (let i = 0; i < elements.length; i += 1 + random.below(50)) {
        assertEquals(tree.rank(root, elements[i]), i);
        assertEquals(tree.at(root, i), elements[i]);
      }
      assertEquals(checkArena(arena, [...tree.blocks(root), ...elements]).problems, []);
    };
    check();
    const odd = elements.map((_, i) => make(2 * i + 1));
    for (const element of odd) tree.insert(root, element);
    elements = elements.flatMap((element, i) => [element, odd[i]]);
    check();
    elements = elements.filter((element) => {
      if (random.below(4) === 0) return true;
      tree.remove(root, element);
      arena.free(element);
      return false;
    });
    check();
    for (const element of elements) arena.free(element);
    tree.destroy(root);
    assertEquals(arena.usedBytes, before);
  }
});
