/** What is broken on purpose must be noticed, and the structure named. */
import { assertThrows } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { Memory } from "../../src/arena/memory.ts";
import { PagePool } from "../../src/arena/page_pool.ts";
import { FieldDict } from "../../src/encodings/field_dict.ts";
import { IdTree } from "../../src/encodings/id_tree.ts";
import { intsetAt, writeEmptyIntset } from "../../src/encodings/intset.ts";
import {
  insertElement,
  popFirstElement,
  readElement,
  removeElements,
  seekElement,
  writeEmptyListpack,
} from "../../src/encodings/listpack.ts";
import { PagedVector } from "../../src/encodings/paged_vector.ts";
import { Quicklist } from "../../src/encodings/quicklist.ts";
import { NO_TTL, PLAIN_STRING } from "../../src/keyspace/database.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { CHECKS_INVARIANTS, InvariantError } from "../../src/lib/invariant.ts";
import { newKeyspace } from "../support/fake_client.ts";

const word = (text: string) => ({ bytes: fromLatin1(text), start: 0, length: text.length });
const newFieldDict = (arena: Arena) => new FieldDict(arena, new HalfSipHash(1, 2));

/** An empty listpack with room for more. */
function listpack(): Uint8Array {
  const bytes = new Uint8Array(64);
  writeEmptyListpack(bytes, 0);
  return bytes;
}

/** A block with an id, as trees of ids hold it. */
function idBlock(arena: Arena, ...words: readonly number[]): number {
  const block = arena.allocate(16);
  words.forEach((value, i) => arena.store(block, i, value));
  return block;
}

/** A keyspace with one key. */
function oneKey() {
  const keyspace = newKeyspace();
  const key = word("key");
  const [database] = keyspace.databases;
  const entry = database.put(PLAIN_STRING, key.bytes, 0, key.length, 5, NO_TTL);
  return { keyspace, database, entry };
}

/** What is done to a structure, by what is then said of it. */
const BREAKS: Readonly<Record<string, () => void>> = {
  "the arena: nothing is at 512000000": () => new Arena().free(512000000),
  "the arena: no block begins at": () => {
    const arena = new Arena();
    arena.free(arena.allocate(64) + 1);
  },
  "the arena: block \\d+ has 16 bytes, not 17": () => {
    const arena = new Arena();
    arena.clear(arena.allocate(16), 17);
  },
  "the page pool: page \\d+ is free": () => {
    const pool = new PagePool(new Memory());
    const page = pool.take(3);
    pool.give(page);
    pool.give(page);
  },
  "a listpack: it does not end with byte 7": () => {
    const bytes = listpack();
    bytes[6] = 0;
    insertElement(bytes, 0, 6, word("x"));
  },
  "a listpack: it has 0 elements, not 1": () => popFirstElement(listpack(), 0, 7),
  "a listpack: it has 0 elements, not 2": () => removeElements(listpack(), 0, 6, 6, 2),
  "a listpack: it has 0 elements, not 3": () => void seekElement(listpack(), 0, -3),
  "a listpack: no element begins with byte 255": () => void readElement(listpack(), 6),
  "an intset: its width is 0": () => void intsetAt(new Uint8Array(16), 0, 0),
  "an intset: no element 0 of 0": () => {
    const bytes = new Uint8Array(16);
    writeEmptyIntset(bytes, 0);
    intsetAt(bytes, 0, 0);
  },
  "a paged vector: no element 1 of 1": () => {
    const vectors = new PagedVector(new Arena());
    const root = vectors.create();
    vectors.push(root, 7);
    vectors.get(root, 1);
  },
  "a paged vector: no element -1 of 0": () => {
    const vectors = new PagedVector(new Arena());
    vectors.pop(vectors.create());
  },
  "a tree: element \\d+ is not between neighbours": () => {
    const arena = new Arena();
    const tree = new IdTree(arena);
    const root = tree.create();
    tree.insert(root, idBlock(arena, 0, 1, 0, 1));
    tree.insert(root, idBlock(arena, 0, 1, 0, 1));
  },
  "a tree: 0 is in the place of element": () => {
    const arena = new Arena();
    const tree = new IdTree(arena);
    tree.remove(tree.create(), idBlock(arena, 0, 1, 0, 1));
  },
  "a tree: \\d+ is in the place of element": () => {
    const arena = new Arena();
    const tree = new IdTree(arena);
    const root = tree.create();
    const first = idBlock(arena, 0, 1, 0, 1);
    tree.insert(root, first);
    tree.insert(root, idBlock(arena, 0, 2, 0, 0));
    arena.store(first, 1, 3);
    tree.rank(root, first);
  },
  "a dict: no element 8": () => {
    const dict = newFieldDict(new Arena());
    const root = dict.create();
    dict.add(root, 1, word("field"));
    dict.findElement(root, 1, 8);
  },
  "a dict: what was found has moved": () => {
    const dict = newFieldDict(new Arena());
    const root = dict.create();
    dict.set(root, word("a"), word("1"));
    dict.findField(root, fromLatin1("a"), 0, 1);
    dict.removeFound(root);
    dict.removeFound(root);
  },
  "a dict: it holds \\d+ already": () => {
    const arena = new Arena();
    const dict = newFieldDict(arena);
    const root = dict.create();
    const element = arena.allocate(16);
    dict.insert(root, 1, element);
    dict.insert(root, 1, element);
  },
  "a field dict: element \\d+ is longer than its block": () => {
    const arena = new Arena();
    const dict = newFieldDict(arena);
    const root = dict.create();
    dict.set(root, word("field"), word("value"));
    const element = dict.findField(root, fromLatin1("field"), 0, 5);
    arena.store(element, 1, 1000);
    dict.value(element);
  },
  "a quicklist: no element 5 of 0": () => {
    const lists = new Quicklist(new Arena());
    lists.seek(lists.create(), 5, true);
  },
  "a quicklist: node \\d+ counts 9 elements of 0": () => {
    const lists = new Quicklist(new Arena());
    const root = lists.create();
    lists.addToCount(root, lists.addNode(root, 0, 64), 9);
    lists.popInPlace(root, true);
  },
  "a quicklist: node \\d+ has 0 elements": () => {
    const lists = new Quicklist(new Arena());
    const root = lists.create();
    lists.addToCount(root, lists.addNode(root, 0, 64), -1);
  },
  "an entry: 15 is no type": () => {
    const { keyspace, entry } = oneKey();
    keyspace.arena.store(entry, 0, 15);
    keyspace.entries.type(entry);
  },
  "an entry: \\d+ bytes are more than its block of \\d+ has": () => {
    const { keyspace, entry } = oneKey();
    keyspace.entries.setValueLength(entry, 1000);
    keyspace.entries.value(entry);
  },
  "an entry: its value is no root: 5 bytes": () => {
    const { keyspace, entry } = oneKey();
    keyspace.entries.root(entry);
  },
  "an entry: it has no deadline": () => {
    const { keyspace, entry } = oneKey();
    keyspace.entries.deadline(entry);
  },
  "an entry: it has no place for a deadline": () => {
    const { keyspace, entry } = oneKey();
    keyspace.entries.setDeadline(entry, 1);
  },
  "an entry: a length of \\d+ has another form": () => {
    const { keyspace, entry } = oneKey();
    keyspace.entries.setValueLength(entry, 2 ** 21);
  },
  "a database: entry \\d+ is not where the keys with a TTL say": () => {
    const { keyspace, database, entry } = oneKey();
    const other = word("other");
    database.put(PLAIN_STRING, other.bytes, 0, other.length, 5, 1);
    const moved = database.setDeadline(entry, 1);
    keyspace.entries.setVolatileIndex(moved, 0);
    database.delete(moved);
  },
};

for (const [problem, breakIt] of Object.entries(BREAKS)) {
  Deno.test({
    name: `a broken invariant is told of ${problem.replaceAll("\\d+", "...")}`,
    // `deno task test` turns the checks on.
    ignore: !CHECKS_INVARIANTS,
    fn() {
      const silence = (event: Event) => event.preventDefault();
      globalThis.addEventListener?.("error", silence);
      const error = assertThrows(breakIt, InvariantError, "Broken invariant of");
      globalThis.removeEventListener?.("error", silence);
      if (!new RegExp(problem).test(error.message)) throw error;
    },
  });
}
