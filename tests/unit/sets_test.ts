import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";

keyspaceProperty(
  "a table becomes the set that adding its members one by one would make",
  { trials: 60, size: 700 },
  (chance, keyspace) => {
    const { databases: [database], entries, hasher, sets, tables } = keyspace;
    const isOfIntegers = chance.oneIn(2);
    const root = tables.create();
    const members = new Set<string>(["1"]);
    for (let i = 0; i < chance.size; i++) {
      members.add(isOfIntegers ? `${chance.below(2000) - 1000}` : chance.text(5, "ab\xff"));
    }
    for (const member of members) {
      const range = rangeOf(member);
      tables.add(root, hasher.hash(range.bytes, range.start, range.length), range);
    }
    // The first member decides how a small set of several kinds begins.
    let expected = 0;
    tables.forEach(root, (element) => {
      const member = rangeOf(textOf(tables.field(element)));
      if (expected === 0) expected = sets.create(database, rangeOf("expected"), member);
      expected = sets.add(database, expected, member);
    });
    const entry = sets.adoptTable(database, rangeOf("set"), root);
    assertEquals(entries.encoding(entry), entries.encoding(expected));
    assertEquals(sets.count(entry), members.size);
    const seen: string[] = [];
    sets.forEachHashed(entry, (handle, hash) => {
      const { bytes, start, length } = sets.member(entry, handle);
      assertEquals(hash, hasher.hash(bytes, start, length));
      seen.push(textOf(sets.member(entry, handle)));
    });
    assertEquals(seen.sort(), [...members].sort());
    for (const member of members) {
      const { bytes, start, length } = rangeOf(member);
      const known = chance.oneIn(2) ? hasher.hash(bytes, start, length) : undefined;
      assertEquals(textOf(sets.member(entry, sets.find(entry, rangeOf(member), known))), member);
    }
    assertEquals(database.lookup(fromLatin1("set"), 0, 3), entry);
  },
);
