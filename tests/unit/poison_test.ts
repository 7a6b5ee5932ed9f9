/** Whoever reads memory that is no longer valid must see it, so each such range is read here on purpose. */
import { assertEquals } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { VIEW_MASK, VIEW_SHIFT } from "../../src/arena/memory.ts";
import { FieldDict } from "../../src/encodings/field_dict.ts";
import { IdTree } from "../../src/encodings/id_tree.ts";
import { PagedVector } from "../../src/encodings/paged_vector.ts";
import { NO_TTL, PLAIN_STRING } from "../../src/keyspace/database.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { CHECKS_INVARIANTS, POISON, POISON_WORD } from "../../src/lib/invariant.ts";
import { ReplyWriter } from "../../src/resp/reply_writer.ts";
import { ReadResult, RequestReader } from "../../src/resp/request_reader.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { newKeyspace } from "../support/fake_client.ts";

const poison = (length: number) => String.fromCharCode(POISON).repeat(length);

/** A test that needs the checks, which are off unless the run preloads `check_invariants.ts`. */
function poisonTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !CHECKS_INVARIANTS, fn });
}

/** A block's bytes, one character for each. */
function bytesOf(arena: Arena, address: number, from: number, to: number): string {
  const start = (address & VIEW_MASK) * 8;
  return latin1(arena.u8[address >>> VIEW_SHIFT], start + from, to - from);
}

poisonTest("a fresh block is full of poison, and so is a freed one behind its first word", () => {
  const arena = new Arena();
  for (const size of [16, 20_000]) {
    const address = arena.allocate(size);
    assertEquals(bytesOf(arena, address, 0, size), poison(size));
    arena.clear(address, size);
    arena.free(address);
    assertEquals(bytesOf(arena, address, 4, size), poison(size - 4));
  }
});

poisonTest(
  "a value that shrinks, grows or is replaced in its block has poison where nothing was written",
  () => {
    const keyspace = newKeyspace();
    const [database] = keyspace.databases;
    const key = fromLatin1("key");
    database.setString(key, 0, 3, fromLatin1("0123456789"), 0, 10, NO_TTL);
    const entry = database.peek(key, 0, 3);
    const { bytes, start } = keyspace.entries.value(entry);
    assertEquals(database.resizeValue(entry, 7), entry);
    assertEquals(latin1(bytes, start, 10), "0123456" + poison(3));
    bytes.fill(0x20, start + 7, start + 10);
    assertEquals(database.resizeValue(entry, 9), entry);
    assertEquals(latin1(bytes, start, 10), "0123456" + poison(2) + " ");
    assertEquals(database.put(PLAIN_STRING, key, 0, 3, 9, NO_TTL), entry);
    assertEquals(latin1(bytes, start, 10), poison(9) + " ");
  },
);

poisonTest("a field's shorter value leaves poison behind it", () => {
  const arena = new Arena();
  const dict = new FieldDict(arena, new HalfSipHash(1, 2));
  const root = dict.create();
  dict.set(root, rangeOf("field"), rangeOf("0123456789"));
  const { bytes, start, length } = rangeOf("field");
  const element = dict.findField(root, bytes, start, length);
  dict.set(root, rangeOf("field"), rangeOf("abcdefgh"));
  assertEquals(dict.findField(root, bytes, start, length), element);
  const value = dict.value(element);
  assertEquals(latin1(value.bytes, value.start, 10), "abcdefgh" + poison(2));
});

poisonTest("what is popped off a vector is no element any more", () => {
  const arena = new Arena();
  const vectors = new PagedVector(arena);
  const root = vectors.create();
  vectors.push(root, 7);
  vectors.push(root, 8);
  vectors.pop(root);
  const chunk = arena.load(arena.load(root, 0), 0);
  assertEquals([arena.load(chunk, 0), arena.load(chunk, 1)], [7, POISON_WORD]);
});

poisonTest("a node of a tree keeps nothing of what it has lost", () => {
  const arena = new Arena();
  const tree = new IdTree(arena);
  const root = tree.create();
  const elements = Array.from({ length: 100 }, (_, i) => {
    const element = arena.allocate(16);
    for (let word = 0; word < 4; word++) arena.store(element, word, word === 3 ? i : 0);
    tree.insert(root, element);
    return element;
  });
  for (const element of elements.slice(50)) tree.remove(root, element);
  const [, ...nodes] = tree.blocks(root);
  const words = nodes.flatMap((node) =>
    Array.from({ length: arena.sizeOf(node) / 4 }, (_, i) => arena.load(node, i))
  );
  // Those above the leaves hold the first element below each child, too.
  for (const element of elements.slice(50)) assertEquals(words.includes(element), false);
  for (const element of elements.slice(0, 50)) assertEquals(words.includes(element), true);
});

poisonTest(
  "a part of a chunk that a connection has given back is poison, and so is a chunk that replies have left",
  () => {
    const writer = new ReplyWriter();
    writer.ok();
    const first = writer.take();
    writer.ok();
    const second = writer.take();
    writer.recycle(first);
    assertEquals(latin1(first, 0, 5), poison(5));
    assertEquals(latin1(second, 0, 5), "+OK\r\n");
    writer.recycle(second);
    writer.ok();
    const left = writer.take();
    const view = left.subarray();
    writer.recycle(left);
    writer.bulkText("x".repeat(2 ** 17));
    assertEquals(latin1(view, 0, 5), poison(5));
  },
);

poisonTest(
  "the bytes of a request are poison when the next one is read, and an argument that was kept shows it",
  () => {
    const reader = new RequestReader();
    const text = "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n";
    reader.append(fromLatin1(text + "*1\r\n$4\r\nPING\r\n"));
    assertEquals(reader.next(), ReadResult.Request);
    const kept = reader.args.point({ bytes: new Uint8Array(0), start: 0, length: 0 }, 1);
    assertEquals(latin1(kept.bytes, kept.start, kept.length), "key");
    assertEquals(reader.next(), ReadResult.Request);
    assertEquals(latin1(kept.bytes, kept.start, kept.length), poison(3));
    assertEquals(reader.args.text(0), "PING");
  },
);

poisonTest("the bytes of a request are poison when room is made for the next read", () => {
  const reader = new RequestReader();
  reader.append(fromLatin1("PING first\r\nPI"));
  assertEquals(reader.next(), ReadResult.Request);
  const { bytes, starts } = reader.args;
  const start = starts[1];
  reader.prepare();
  assertEquals(latin1(bytes, start, 5), poison(5));
  reader.append(fromLatin1("NG second\r\n"));
  assertEquals(reader.next(), ReadResult.Request);
  assertEquals(reader.args.texts(), ["PING", "second"]);
});
