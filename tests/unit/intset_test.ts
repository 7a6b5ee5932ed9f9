import { assert, assertEquals } from "@std/assert";
import {
  EMPTY_INTSET_BYTES,
  findInIntset,
  intsetAt,
  intsetCount,
  intsetWidth,
  widthOf,
  writeIntsetHeader,
  writeIntsetValue,
} from "../../src/encodings/intset.ts";
import { SetEncoding } from "../../src/keyspace/sets.ts";
import { keyspaceProperty } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import { property } from "../support/property.ts";

const ascending = (a: bigint, b: bigint) => a < b ? -1 : a > b ? 1 : 0;
/** As the server holds it: a number where that is exact. */
const held = (value: bigint) => Number.isSafeInteger(Number(value)) ? Number(value) : value;

property(
  "an intset finds each of its integers, and the place of every other, at every width",
  { trials: 400, size: 60 },
  (chance) => {
    const limit = chance.pick([16, 32, 64]);
    const some = () => BigInt.asIntN(limit, chance.int64());
    const model = [...new Set(chance.list(chance.size, some))].sort(ascending);
    const width = Math.max(2, ...model.map((value) => widthOf(held(value))));
    const start = chance.below(9);
    const bytes = new Uint8Array(start + EMPTY_INTSET_BYTES + width * model.length).fill(0xee);
    writeIntsetHeader(bytes, start, width, model.length);
    model.forEach((value, index) => {
      writeIntsetValue(bytes, start + EMPTY_INTSET_BYTES + index * width, width, held(value));
    });
    assertEquals([intsetCount(bytes, start), intsetWidth(bytes, start)], [model.length, width]);
    model.forEach((value, index) => {
      assertEquals(BigInt(intsetAt(bytes, start, index)), value);
      assertEquals(findInIntset(bytes, start, held(value)), index);
    });
    for (const value of [...model.flatMap((value) => [value - 1n, value + 1n]), some(), 0n]) {
      const place = model.filter((other) => other < value).length;
      const expected = model.includes(value) ? place : -1 - place;
      assertEquals(findInIntset(bytes, start, held(value)), expected, `${value}`);
    }
  },
);

property("an integer's width is the smallest that holds it", { trials: 300, size: 0 }, (chance) => {
  const value = chance.int64();
  const width = [2, 4, 8].find((bytes) => BigInt.asIntN(bytes * 8, value) === value);
  assertEquals(widthOf(held(value)), width);
});

keyspaceProperty(
  "a set is a Set, whichever of its encodings it outgrows",
  { trials: 80, size: 200 },
  (chance, keyspace) => {
    const { sets, entries, databases: [database] } = keyspace;
    sets.maxIntsetEntries = chance.pick([0, 1, 3, 20, 512]);
    sets.maxListpackEntries = chance.pick([0, 1, 3, 20, 128]);
    sets.maxListpackValue = chance.pick([0, 1, 10, 64]);
    const hasWords = chance.oneIn(2);
    const member = () =>
      hasWords && chance.oneIn(10)
        ? chance.text(chance.pick([3, 70]), "ab")
        : String(BigInt.asIntN(chance.pick([5, 17, 33, 64]), chance.int64()));
    const model = new Set<string>();
    let entry = 0;
    const all = () => {
      const found: string[] = [];
      sets.forEach(entry, (handle) => found.push(textOf(sets.member(entry, handle))));
      return found;
    };
    chance.run({
      "4 add": () => {
        const added = member();
        if (entry === 0) entry = sets.create(database, rangeOf("set"), rangeOf(added));
        if (sets.find(entry, rangeOf(added)) === 0) {
          assert(!model.has(added));
          entry = sets.add(database, entry, rangeOf(added));
        } else assert(model.has(added));
        model.add(added);
      },
      "2 remove": () => {
        if (entry === 0) return;
        const gone = chance.oneIn(3) ? member() : chance.pick([...model]);
        const handle = sets.find(entry, rangeOf(gone));
        assertEquals(handle !== 0, model.delete(gone));
        if (handle !== 0) entry = sets.remove(database, entry, handle);
        if (model.size > 0) return;
        database.delete(entry);
        entry = 0;
      },
      "pick by chance": () => {
        if (entry !== 0) assert(model.has(textOf(sets.member(entry, sets.random(entry, chance)))));
      },
    });
    if (entry === 0) return;
    assertEquals(sets.count(entry), model.size);
    assertEquals(new Set(all()), model);
    if (entries.encoding(entry) !== SetEncoding.Intset) return;
    assertEquals(all(), [...model].map(BigInt).sort(ascending).map(String));
  },
);
