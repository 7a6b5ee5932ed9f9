import { assertEquals } from "@std/assert";
import { compareScored, MemberDict, ScoreTree } from "../../src/encodings/scored_members.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { arenaProperty, assertHolds, keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import type { Chance } from "../support/property.ts";

type Scored = readonly [member: string, score: number];

/** By score, and by bytes where scores are the same; so are zero and minus zero. */
function inOrder([a, x]: Scored, [b, y]: Scored): number {
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const score = (chance: Chance) =>
  chance.oneIn(4)
    ? chance.pick([-Infinity, Infinity, 0, -0, 5e-324, 1.7e308])
    : chance.between(-4, 4) / 2;

arenaProperty(
  "members with scores are found by member, and stand in order of score and bytes",
  { trials: 120, size: 400 },
  (chance, arena) => {
    const dict = new MemberDict(arena);
    const tree = new ScoreTree(arena);
    const hasher = new HalfSipHash(1, 2);
    const [byMember, byScore] = [dict.create(), tree.create()];
    const model = new Map<string, number>();
    const member = () => chance.text(chance.pick([2, 4]), "ab\xff\0");
    const find = (name: string) => {
      const { bytes, start, length } = rangeOf(name);
      return dict.find(byMember, hasher.hash(bytes, start, length), bytes, start, length);
    };
    chance.run({
      "3 set": () => {
        const [name, value] = [member(), score(chance)];
        const found = find(name);
        assertEquals(found !== 0, model.has(name));
        model.set(name, value);
        if (found !== 0) {
          tree.remove(byScore, found);
          dict.setScore(found, value);
          return tree.insert(byScore, found);
        }
        const { bytes, start, length } = rangeOf(name);
        const element = dict.createElement(rangeOf(name), value);
        dict.insert(byMember, hasher.hash(bytes, start, length), element);
        tree.insert(byScore, element);
      },
      "2 remove": () => {
        const name = member();
        const found = find(name);
        assertEquals(found !== 0, model.delete(name));
        if (found === 0) return;
        dict.removeFound(byMember);
        tree.remove(byScore, found);
        arena.free(found);
      },
      "rank": () => {
        const found = find(member());
        if (found === 0) return;
        const it: Scored = [textOf(dict.member(found)), dict.score(found)];
        const before = [...model].filter((other) => inOrder(other, it) < 0).length;
        assertEquals(tree.rank(byScore, found), before);
      },
    });
    const elements: number[] = [];
    tree.walk(byScore, 0, Infinity, false, (element) => {
      elements.push(element);
    });
    const seen = elements.map((element) => [textOf(dict.member(element)), dict.score(element)]);
    assertEquals(seen, [...model].sort(inOrder));
    assertEquals(elements.toSorted((a, b) => compareScored(arena, a, b)), elements);
    assertHolds(arena, [...dict.blocks(byMember), ...tree.blocks(byScore), ...elements]);
    for (const element of elements) arena.free(element);
    dict.destroy(byMember);
    tree.destroy(byScore);
  },
);

keyspaceProperty(
  "a sorted set is a sorted array, whichever of its encodings it outgrows",
  { trials: 120, size: 200 },
  (chance, keyspace) => {
    const { sortedSets, databases: [database] } = keyspace;
    sortedSets.maxListpackEntries = chance.pick([0, 1, 3, 20, 128]);
    sortedSets.maxListpackValue = chance.pick([0, 1, 10, 64]);
    const model = new Map<string, number>();
    const member = () => chance.oneIn(30) ? "long".repeat(20) : chance.text(3, "ab1");
    let entry = 0;
    const settle = () => {
      if (model.size > 0) return;
      database.delete(entry);
      entry = 0;
    };
    chance.run({
      "4 set": () => {
        const [name, value] = [member(), score(chance)];
        if (entry === 0) entry = sortedSets.create(database, rangeOf("zset"));
        const old = sortedSets.find(entry, rangeOf(name));
        assertEquals(old !== 0, model.has(name));
        entry = sortedSets.set(database, entry, rangeOf(name), value, old);
        model.set(name, value);
      },
      "remove": () => {
        if (entry === 0) return;
        const name = chance.oneIn(2) ? member() : chance.pick([...model.keys()]);
        const handle = sortedSets.find(entry, rangeOf(name));
        assertEquals(handle !== 0, model.delete(name));
        if (handle !== 0) entry = sortedSets.remove(database, entry, handle);
        settle();
      },
      "remove a range": () => {
        if (entry === 0 || !chance.oneIn(4)) return;
        const rank = chance.below(model.size);
        const count = chance.between(1, model.size - rank);
        entry = sortedSets.removeRange(database, entry, rank, count);
        for (const [name] of [...model].sort(inOrder).slice(rank, rank + count)) model.delete(name);
        settle();
      },
      "rank": () => {
        if (entry === 0) return;
        const [name, value] = chance.pick([...model]);
        const handle = sortedSets.find(entry, rangeOf(name));
        assertEquals(sortedSets.score(entry, handle) + 0, value + 0);
        const before = [...model].filter((other) => inOrder(other, [name, value]) < 0).length;
        assertEquals(sortedSets.rank(entry, handle), before);
      },
    });
    if (entry === 0) return;
    assertEquals(sortedSets.count(entry), model.size);
    for (const isReversed of [false, true]) {
      const rank = chance.below(model.size);
      const count = chance.between(1, model.size);
      const seen: Scored[] = [];
      sortedSets.walk(entry, rank, count, isReversed, (handle) => {
        const member = textOf(sortedSets.member(entry, handle));
        // A listpack does not know the sign of zero, so it is left out of account.
        seen.push([member, sortedSets.score(entry, handle) + 0]);
      });
      const sorted = [...model].map(([name, value]): Scored => [name, value + 0]).sort(inOrder);
      const expected = isReversed
        ? sorted.slice(0, rank + 1).reverse().slice(0, count)
        : sorted.slice(rank, rank + count);
      assertEquals(seen, expected);
    }
  },
);
