import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { checkArena } from "../../src/arena/checker.ts";
import { Dict } from "../../src/encodings/dict.ts";
import { effort } from "../support/effort.ts";
import { SeededRandom } from "../../src/lib/random.ts";

/** Elements are blocks that hold a number: the key is its four bytes. */
class NumberDict extends Dict {
  protected override matches(element: number, bytes: Uint8Array, start: number): boolean {
    const key = bytes[start] | bytes[start + 1] << 8 | bytes[start + 2] << 16 |
      bytes[start + 3] << 24;
    return (this.arena.load(element, 0) | 0) === key;
  }
}

function setUp(spread = true) {
  const arena = new Arena();
  const dict = new NumberDict(arena);
  const root = dict.create();
  const key = new Uint8Array(4);
  const hashOf = (value: number) => spread ? Math.imul(value ^ value >>> 15, 0x9e3779b1) | 0 : 7;
  const find = (value: number) => {
    new DataView(key.buffer).setInt32(0, value, true);
    return dict.find(root, hashOf(value), key, 0, 4);
  };
  const insert = (value: number) => {
    const element = arena.allocate(16);
    arena.store(element, 0, value);
    dict.insert(root, hashOf(value), element);
  };
  const remove = (value: number) => {
    const element = find(value);
    dict.removeFound(root);
    arena.free(element);
  };
  const valueOf = (element: number) => arena.load(element, 0) | 0;
  const blocks = () => {
    const elements: number[] = [];
    dict.forEach(root, (element) => elements.push(element));
    return [...dict.blocks(root), ...elements];
  };
  return { arena, dict, root, find, insert, remove, valueOf, blocks };
}

Deno.test("Dict holds what a Set holds over random insertions and removals", () => {
  const { arena, dict, root, find, insert, remove, valueOf, blocks } = setUp();
  const model = new Set<number>();
  const random = new SeededRandom(4 + effort);
  const before = arena.usedBytes;
  for (let step = 0; step < 600_000 * effort; step++) {
    const isGrowing = Math.floor(step / 60_000) % 2 === 0;
    const value = random.below(40_000);
    const element = find(value);
    assertEquals(element !== 0, model.has(value));
    if (element !== 0) assertEquals(valueOf(element), value);
    if (element === 0 && (isGrowing || random.below(4) === 0)) {
      insert(value);
      model.add(value);
    } else if (element !== 0 && (!isGrowing || random.below(4) === 0)) {
      remove(value);
      model.delete(value);
    }
    if (step % 100_000 === 0) assertEquals(checkArena(arena, blocks()).problems, []);
  }
  assertEquals(dict.count(root), model.size);
  const seen = new Set<number>();
  dict.forEach(root, (element) => seen.add(valueOf(element)));
  assertEquals(seen, model);
  for (const value of model) remove(value);
  assertEquals(arena.usedBytes, before);
});

Deno.test("Dict.scan() returns every element that is there throughout, at any resizing", () => {
  const random = new SeededRandom(9);
  for (let round = 0; round < 60 * effort; round++) {
    const { dict, root, find, insert, remove, valueOf } = setUp();
    const kept = 1 + random.below(3000);
    for (let value = 0; value < kept; value++) insert(value);
    const seen = new Set<number>();
    let cursor = 0;
    let extra = 1_000_000;
    do {
      cursor = dict.scan(root, cursor, 1 + random.below(50), (e) => seen.add(valueOf(e)));
      const change = random.below(400);
      if (random.below(2) === 0) { for (let i = 0; i < change; i++) insert(extra++); }
      else for (let i = 0; i < change && extra > 1_000_000; i++) if (find(--extra)) remove(extra);
    } while (cursor !== 0);
    for (let value = 0; value < kept; value++) assert(seen.has(value), `missed ${value}`);
  }
});

Deno.test("Dict.scan() returns each element once while nothing changes", () => {
  const { dict, root, insert, valueOf } = setUp();
  for (let value = 0; value < 10_000; value++) insert(value);
  const seen: number[] = [];
  let calls = 0;
  let cursor = 0;
  do {
    cursor = dict.scan(root, cursor, 10, (element) => seen.push(valueOf(element)));
    calls++;
  } while (cursor !== 0);
  assertEquals(seen.length, 10_000);
  assertEquals(new Set(seen).size, 10_000);
  assert(calls > 500 && calls < 1100, `${calls} calls`);
});

Deno.test("Dict.random() finds every element about equally often", () => {
  const { dict, root, insert, valueOf } = setUp();
  for (let value = 0; value < 500; value++) insert(value);
  const random = new SeededRandom(3);
  const counts = new Array(500).fill(0);
  for (let i = 0; i < 100_000; i++) counts[valueOf(dict.random(root, random))]++;
  // 200 expected, standard deviation 14.
  assert(Math.min(...counts) > 200 - 6 * 14.2, `${Math.min(...counts)}`);
  assert(Math.max(...counts) < 200 + 6 * 14.2, `${Math.max(...counts)}`);
});

Deno.test("Dict survives elements whose hashes are all the same", () => {
  const { arena, dict, root, find, insert, remove, blocks } = setUp(false);
  for (let value = 0; value < 90; value++) insert(value);
  for (let value = 0; value < 90; value++) assert(find(value) !== 0);
  for (let value = 0; value < 90; value += 2) remove(value);
  assertEquals(dict.count(root), 45);
  assertEquals(checkArena(arena, blocks()).problems, []);
});
