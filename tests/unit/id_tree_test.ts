import { assertEquals } from "@std/assert";
import { IdTree, NameTree } from "../../src/encodings/id_tree.ts";
import { StreamId } from "../../src/encodings/stream_id.ts";
import { compareBytes } from "../../src/lib/bytes.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import { type Chance, property } from "../support/property.ts";

const WORD = 2 ** 32;

/** Ids that differ in one word only, or hardly: a double cannot tell all of them apart. */
function someId(chance: Chance): StreamId {
  const word = () => chance.pick([0, 1, 2, WORD - 2, WORD - 1]);
  return new StreamId(word(), word(), word(), chance.oneIn(2) ? chance.below(50) : word());
}

const valueOf = (id: StreamId) =>
  [id.msHigh, id.msLow, id.seqHigh, id.seqLow]
    .reduce((sum, word) => sum << 32n | BigInt(word), 0n);

arenaProperty(
  "an id tree is a sorted array of ids",
  { trials: 60, size: 400 },
  (chance, arena) => {
    const tree = new IdTree(arena);
    const root = tree.create();
    const elements = new Map<bigint, number>();
    const sorted = () => [...elements.keys()].sort((a, b) => a < b ? -1 : 1);
    chance.run({
      "3 insert": () => {
        const id = someId(chance);
        if (elements.has(valueOf(id))) return;
        const element = arena.allocate(16);
        id.store(arena, element, 0);
        tree.insert(root, element);
        elements.set(valueOf(id), element);
      },
      "remove": () => {
        if (elements.size === 0) return;
        const [value, element] = chance.pick([...elements]);
        tree.remove(root, element);
        arena.free(element);
        elements.delete(value);
      },
      "2 find": () => {
        const id = someId(chance);
        assertEquals(tree.find(root, id), elements.get(valueOf(id)) ?? 0);
        const rank = [...elements.keys()].filter((other) => other < valueOf(id)).length;
        assertEquals(tree.rankOf(root, id), rank);
      },
    });
    const seen: bigint[] = [];
    tree.walk(root, 0, Infinity, false, (element) => {
      seen.push(valueOf(new StreamId().load(arena, element, 0)));
    });
    assertEquals(seen, sorted());
    assertHolds(arena, [...tree.blocks(root), ...elements.values()]);
    for (const _ of tree.dismantle(root, (element) => arena.free(element)));
  },
);

arenaProperty(
  "a name tree is an array of names in the order of their bytes",
  { trials: 100, size: 400 },
  (chance, arena) => {
    const tree = new NameTree(arena);
    const root = tree.create();
    const elements = new Map<string, number>();
    // The tree compares the first six bytes as a number: names agree in them, or end with zeros, or within them.
    const name = () =>
      chance.pick(["", "abcdef", "\xff\xff"]) + chance.text(chance.pick([2, 9]), "\0a\xff");
    chance.run({
      "3 insert": () => {
        const made = name();
        if (elements.has(made)) return;
        const element = tree.createElement(rangeOf(made));
        for (let word = 0; word < 8; word++) assertEquals(arena.load(element, word), 0);
        tree.insert(root, element);
        elements.set(made, element);
      },
      "remove": () => {
        if (elements.size === 0) return;
        const [gone, element] = chance.pick([...elements]);
        tree.remove(root, element);
        arena.free(element);
        elements.delete(gone);
      },
      "2 find": () => {
        const wanted = name();
        assertEquals(tree.find(root, rangeOf(wanted)), elements.get(wanted) ?? 0);
      },
    });
    const seen: string[] = [];
    tree.walk(root, 0, Infinity, false, (element) => {
      seen.push(textOf(tree.name(element)));
    });
    assertEquals(seen, [...elements.keys()].sort((a, b) => a < b ? -1 : 1));
    assertHolds(arena, [...tree.blocks(root), ...elements.values()]);
    tree.destroy(root);
    for (const element of elements.values()) arena.free(element);
  },
);

property(
  "a stream id is an integer of 128 bits: it counts up and down, compares, and is written as two numbers",
  { trials: 2000, size: 0 },
  (chance) => {
    const id = someId(chance);
    const other = someId(chance);
    const value = valueOf(id);
    const last = (1n << 128n) - 1n;
    const difference = value - valueOf(other);
    assertEquals(Math.sign(id.compare(other)), Number(difference > 0n) - Number(difference < 0n));
    assertEquals([id.isZero, id.isMax], [value === 0n, value === last]);
    assertEquals(id.toString(), `${value >> 64n}-${BigInt.asUintN(64, value)}`);
    const bytes = id.toBytes();
    assertEquals(valueOf(StreamId.fromBytes(bytes, 0)), value);
    const order = compareBytes(bytes, 0, 16, other.toBytes(), 0, 16);
    assertEquals(Math.sign(order), Math.sign(id.compare(other)));
    const next = id.clone();
    assertEquals(next.increment(), value !== last);
    assertEquals(valueOf(next), value === last ? last : value + 1n);
    assertEquals(id.decrement(), value !== 0n);
    assertEquals(valueOf(id), value === 0n ? 0n : value - 1n);
  },
);
