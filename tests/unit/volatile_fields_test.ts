import { assertEquals } from "@std/assert";
import type { Database } from "../../src/keyspace/database.ts";
import { NO_DEADLINE, VolatileFields } from "../../src/keyspace/volatile_fields.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";

interface Field {
  readonly value: string;
  readonly deadlineMs: number;
}

interface Hash {
  readonly root: number;
  /** Stands for its entry in the database. */
  entry: number;
  readonly fields: Map<string, Field>;
}

const firstOf = ({ fields }: Hash) =>
  Math.min(...[...fields.values()].map(({ deadlineMs }) => deadlineMs || Infinity));

arenaProperty(
  "the field with the first deadline is always known, of a hash and of all hashes, and goes first",
  { trials: 60, size: 400 },
  (chance, arena) => {
    const volatile = new VolatileFields(arena, new HalfSipHash(1, 2));
    const { dict } = volatile;
    // All that concerns VolatileFields in a database.
    const database = { fieldsRoot: 0 } as Database;
    const moments = chance.pick([3, 1000]);
    const names = chance.between(1, 50);
    const name = () => `f${chance.below(names)}`;
    let entries = 0;
    const hashes: Hash[] = Array.from({ length: chance.between(1, 4) }, () => {
      const hash = { root: volatile.create(), entry: ++entries, fields: new Map<string, Field>() };
      volatile.enter(database, hash.root, hash.entry);
      return hash;
    });
    const find = ({ root }: Hash, field: string) => {
      const { bytes, start, length } = rangeOf(field);
      return dict.findField(volatile.dictRoot(root), bytes, start, length);
    };
    const check = () => {
      for (const hash of hashes) assertEquals(volatile.firstDeadline(hash.root), firstOf(hash));
      const first = Math.min(...hashes.map(firstOf));
      assertEquals(volatile.dueHash(database, first - 1), 0);
      const due = volatile.dueHash(database, first);
      if (first === Infinity) return assertEquals(due, 0);
      assertEquals(firstOf(hashes.find(({ entry }) => entry === due)!), first);
    };
    chance.run({
      "4 set": () => {
        const { root, fields } = chance.pick(hashes);
        const [field, value, keeps] = [name(), chance.binary(20), chance.oneIn(2)];
        volatile.set(database, root, rangeOf(field), rangeOf(value), keeps);
        const kept = fields.get(field)?.deadlineMs ?? NO_DEADLINE;
        fields.set(field, { value, deadlineMs: keeps ? kept : NO_DEADLINE });
      },
      "4 give or take a deadline": () => {
        const hash = chance.pick(hashes);
        const field = name();
        const element = find(hash, field);
        const known = hash.fields.get(field);
        assertEquals(element !== 0, known !== undefined);
        if (known === undefined) return;
        const deadlineMs = chance.oneIn(4) ? NO_DEADLINE : 1 + chance.below(moments);
        volatile.setDeadline(database, hash.root, element, deadlineMs);
        hash.fields.set(field, { ...known, deadlineMs });
      },
      "remove": () => {
        const hash = chance.pick(hashes);
        const field = name();
        const element = find(hash, field);
        if (element !== 0) volatile.remove(database, hash.root, element);
        assertEquals(hash.fields.delete(field), element !== 0);
      },
      "purge": () => {
        const hash = chance.pick(hashes);
        const [nowMs, limit] = [chance.below(moments), chance.pick([0, 1, 2, 100])];
        const due = [...hash.fields.entries()]
          .filter(([, { deadlineMs }]) => deadlineMs !== NO_DEADLINE && deadlineMs <= nowMs)
          .map(([, { deadlineMs }]) => deadlineMs).sort((a, b) => a - b);
        const gone: number[] = [];
        const removed = volatile.purge(database, hash.root, nowMs, limit, (field) => {
          const text = textOf(field);
          gone.push(hash.fields.get(text)!.deadlineMs);
          hash.fields.delete(text);
        });
        assertEquals(gone, due.slice(0, limit));
        assertEquals(removed, gone.length);
      },
      "move to another entry": () => {
        const hash = chance.pick(hashes);
        hash.entry = ++entries;
        volatile.moved(hash.root, hash.entry);
      },
      "leave and come back": () => {
        const hash = chance.pick(hashes);
        volatile.leave(database, hash.root);
        volatile.enter(database, hash.root, hash.entry);
      },
      check,
    });
    check();
    const blocks = [...volatile.indexBlocks(database.fieldsRoot)];
    for (const { root, fields } of hashes) {
      const found = new Map<string, Field>();
      dict.forEach(volatile.dictRoot(root), (element) => {
        const value = textOf(dict.value(element));
        found.set(textOf(dict.field(element)), { value, deadlineMs: dict.deadline(element) });
      });
      assertEquals(found, fields);
      blocks.push(...volatile.allBlocks(root));
    }
    assertHolds(arena, blocks);
    const isWhole = chance.oneIn(2);
    if (isWhole) volatile.destroyIndex(database.fieldsRoot);
    for (const { root } of hashes) {
      if (!isWhole) volatile.leave(database, root);
      for (const _ of volatile.dismantle(root));
    }
  },
);
