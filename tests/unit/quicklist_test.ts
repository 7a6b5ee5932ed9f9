import { assert, assertEquals } from "@std/assert";
import { isListpackSound, listpackCount, readElement } from "../../src/encodings/listpack.ts";
import { elementBytes, EMPTY_LISTPACK_BYTES, nextElement } from "../../src/encodings/listpack.ts";
import { Quicklist } from "../../src/encodings/quicklist.ts";
import { ListEncoding, type ListEnd } from "../../src/keyspace/lists.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { arenaProperty, assertHolds, keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import type { Chance } from "../support/property.ts";

const KEY = "list";
const ENDS: readonly ListEnd[] = ["head", "tail"];

function element(chance: Chance): string {
  if (chance.oneIn(3)) return String(chance.between(-300, 70_000));
  if (chance.oneIn(60)) return "long".repeat(chance.between(900, 3000));
  return chance.binary(chance.pick([3, 20, 70, 400]));
}

/** A list that is walked, indexed and searched must be the model, and its nodes whole. */
function assertIs(keyspace: Keyspace, entry: number, model: readonly string[]): void {
  const { lists, entries } = keyspace;
  assertEquals(lists.count(entry), model.length);
  for (const end of ENDS) {
    const seen: string[] = [];
    lists.walk(entry, end === "tail" ? 0 : -1, model.length + 1, end, (value) => {
      seen.push(textOf(value));
    });
    assertEquals(end === "tail" ? seen : seen.reverse(), model);
  }
  let nodes = 0;
  let elements = 0;
  lists.forEachListpack(entry, ({ bytes, start, length }) => {
    assert(isListpackSound(bytes, start, length));
    nodes++;
    elements += listpackCount(bytes, start);
    assert(listpackCount(bytes, start) > 0, "an empty node");
  });
  assertEquals([nodes, elements], [lists.nodeCount(entry), model.length]);
  if (entries.encoding(entry) !== ListEncoding.Quicklist) return;
  const { quicklists } = lists;
  for (let node = quicklists.head(entries.root(entry)); node !== 0; node = quicklists.next(node)) {
    const count = listpackCount(quicklists.bytes(node), quicklists.start(node));
    assertEquals(quicklists.nodeCount(node), count);
  }
}

keyspaceProperty(
  "a list keeps order under any mix of pushes, pops, inserts, replacements and removals, whatever the size of its nodes",
  { trials: 80, size: 250 },
  (chance, keyspace) => {
    const { lists, databases: [database] } = keyspace;
    const sizes = [-1, -2, -5, 0, 1, 2, 3, 8, 50];
    lists.maxListpackSize = chance.pick(sizes);
    const model: string[] = [];
    let entry = 0;
    const ensure = () => {
      if (entry === 0) entry = lists.create(database, rangeOf(KEY));
    };
    /** As the caller must: the key of an empty list goes. */
    const settle = () => {
      if (entry === 0 || model.length > 0) return;
      database.delete(entry);
      entry = 0;
    };
    const someIndex = () => chance.below(model.length);
    const push = (end: ListEnd) => {
      ensure();
      const value = element(chance);
      entry = lists.push(database, entry, rangeOf(value), end);
      if (end === "head") model.unshift(value);
      else model.push(value);
    };
    const pop = (end: ListEnd) => {
      if (entry === 0) return;
      const expected = end === "head" ? model.shift() : model.pop();
      assertEquals(textOf(lists.peek(entry, end)), expected);
      entry = lists.removeEnd(database, entry, end);
      settle();
    };
    chance.run({
      "5 push at the head": () => push("head"),
      "6 push at the tail": () => push("tail"),
      "2 pop at the head": () => pop("head"),
      "2 pop at the tail": () => pop("tail"),
      "4 insert": () => {
        if (entry === 0) return;
        const index = someIndex();
        const isBehind = chance.oneIn(2);
        const value = element(chance);
        const position = lists.at(entry, chance.oneIn(2) ? index : index - model.length)!;
        entry = lists.insert(database, entry, position, rangeOf(value), isBehind);
        model.splice(index + (isBehind ? 1 : 0), 0, value);
      },
      "3 replace": () => {
        if (entry === 0) return;
        const index = someIndex();
        const value = element(chance);
        entry = lists.set(database, entry, index, rangeOf(value));
        model[index] = value;
      },
      "remove a range": () => {
        if (entry === 0) return;
        const index = chance.below(model.length + 2);
        const count = chance.below(chance.oneIn(5) ? model.length + 3 : 4);
        entry = lists.removeRange(database, entry, index, count);
        model.splice(index, count);
        settle();
      },
      "2 remove by value": () => {
        if (entry === 0) return;
        const value = chance.oneIn(4) ? "none" : model[someIndex()];
        const index = model.indexOf(value);
        const position = lists.find(entry, rangeOf(value));
        assertEquals(position === undefined, index < 0);
        if (position === undefined) return;
        entry = lists.remove(database, entry, position);
        model.splice(index, 1);
        settle();
      },
      "look at each side of an element": () => {
        if (entry === 0) return;
        const index = someIndex();
        const position = lists.at(entry, index)!;
        assertEquals(textOf(lists.value(entry, position)), model[index]);
        for (const end of ENDS) {
          const beside = lists.step(entry, position, end);
          const found = beside === undefined ? undefined : textOf(lists.value(entry, beside));
          assertEquals(found, model[end === "head" ? index - 1 : index + 1]);
        }
        assertEquals(lists.at(entry, model.length), undefined);
        assertEquals(lists.at(entry, -model.length - 1), undefined);
      },
      "copy": () => {
        if (entry === 0) return;
        const [{ bytes, start, length }, other] = [rangeOf(KEY), keyspace.databases[1]];
        database.copyTo(entry, other, bytes, start, length);
        const copy = other.lookup(bytes, start, length);
        assertIs(keyspace, copy, model);
        other.delete(copy);
      },
      "change the size of nodes": () => {
        if (chance.oneIn(10)) lists.maxListpackSize = chance.pick(sizes);
      },
      "look at all": () => {
        if (entry !== 0) assertIs(keyspace, entry, model);
      },
    });
    if (entry !== 0) assertIs(keyspace, entry, model);
  },
);

arenaProperty(
  "an end of a quicklist takes an element in place only if the node there has room for it, and is left alone otherwise",
  { trials: 100, size: 200 },
  (chance, arena) => {
    const quicklist = new Quicklist(arena);
    const root = quicklist.create();
    const maxBytes = chance.between(EMPTY_LISTPACK_BYTES, 300);
    const maxCount = chance.pick([1, 2, 7, Infinity]);
    const nodes: string[][] = [];
    const read = (): string[][] => {
      const found: string[][] = [];
      for (let node = quicklist.head(root); node !== 0; node = quicklist.next(node)) {
        const [bytes, start] = [quicklist.bytes(node), quicklist.start(node)];
        assert(isListpackSound(bytes, start, quicklist.length(node)));
        const elements: string[] = [];
        for (let at = start + 6; bytes[at] !== 0xff; at = nextElement(bytes, at)) {
          elements.push(textOf(readElement(bytes, at)));
        }
        found.push(elements);
      }
      return found;
    };
    chance.run({
      "4 push": () => {
        const isHead = chance.oneIn(2);
        const value = chance.text(chance.pick([4, 130]), "ab1");
        const range = rangeOf(value);
        const size = elementBytes(range.bytes, range.start, range.length);
        const node = isHead ? quicklist.head(root) : quicklist.tail(root);
        const end = isHead ? nodes[0] : nodes[nodes.length - 1];
        const mayHold = end !== undefined && end.length < maxCount &&
          quicklist.length(node) + size <= maxBytes;
        const isDone = quicklist.pushInPlace(root, isHead, range, size, maxBytes, maxCount);
        if (isDone) {
          assert(mayHold, "pushed into a full node");
          if (isHead) end.unshift(value);
          else end.push(value);
        } else if (mayHold) quicklist.grow(node, quicklist.length(node) + size);
      },
      "2 pop": () => {
        if (nodes.length === 0) return;
        const isHead = chance.oneIn(2);
        const end = isHead ? nodes[0] : nodes[nodes.length - 1];
        if (!quicklist.popInPlace(root, isHead)) return;
        assert(end.length > 1, "a node was emptied in place");
        if (isHead) end.shift();
        else end.pop();
      },
      "add a node": () => {
        const index = chance.below(nodes.length + 1);
        let previous = 0;
        for (let i = 0; i < index; i++) {
          previous = previous === 0 ? quicklist.head(root) : quicklist.next(previous);
        }
        quicklist.addNode(root, previous, chance.below(300));
        nodes.splice(index, 0, []);
      },
      "remove a node": () => {
        if (nodes.length === 0) return;
        const index = chance.below(nodes.length);
        let node = quicklist.head(root);
        for (let i = 0; i < index; i++) node = quicklist.next(node);
        quicklist.removeNode(root, node);
        nodes.splice(index, 1);
      },
      "find by number": () => {
        const all = nodes.flat();
        if (all.length === 0) return;
        const fromHead = chance.oneIn(2);
        const index = chance.below(all.length);
        const node = quicklist.seek(root, index, fromHead);
        const inOrder = fromHead ? nodes : nodes.toReversed();
        let [at, left] = [0, index];
        while (left >= inOrder[at].length) left -= inOrder[at++].length;
        assertEquals(quicklist.soughtIndex, left);
        assertEquals(quicklist.nodeCount(node), inOrder[at].length);
      },
    });
    assertEquals(read(), nodes);
    assertEquals(quicklist.nodes(root), nodes.length);
    assertEquals(quicklist.count(root), nodes.flat().length);
    assertHolds(arena, quicklist.blocks(root));
    quicklist.destroy(root);
  },
);
