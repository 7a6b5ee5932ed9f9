import { assert, assertEquals } from "@std/assert";
import { KEEP_TTL, NO_TTL } from "../../src/keyspace/database.ts";
import { expireSlice } from "../../src/keyspace/expire_cycle.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { effort } from "../support/effort.ts";
import { SeededRandom } from "../../src/lib/random.ts";

interface Model {
  value: string;
  deadlineMs: number;
}

function setUp(seed: number) {
  const random = new SeededRandom(seed);
  const keyspace = new Keyspace(4, random);
  keyspace.setTime(1_000_000);
  const find = (database: number, key: string) => {
    const bytes = fromLatin1(key);
    return keyspace.databases[database].lookup(bytes, 0, bytes.length);
  };
  const read = (entry: number): Model => {
    const { entries } = keyspace;
    const { bytes, start, length } = entries.value(entry);
    const value = latin1(bytes, start, length);
    return { value, deadlineMs: entries.hasTtl(entry) ? entries.deadline(entry) : NO_TTL };
  };
  const set = (database: number, key: string, value: string, deadlineMs: number) => {
    const [k, v] = [fromLatin1(key), fromLatin1(value)];
    keyspace.databases[database].setString(k, 0, k.length, v, 0, v.length, deadlineMs);
  };
  return { keyspace, random, find, read, set };
}

Deno.test("Database does what a Map does over random operations, and leaks nothing", () => {
  const { keyspace, random, find, read, set } = setUp(20 + effort);
  const models = keyspace.databases.map(() => new Map<string, Model>());
  const key = () => {
    const n = random.below(3000);
    return n % 50 === 0 ? `${"long".repeat(200)}${n}` : `key:${n}`;
  };
  const value = () => {
    const kind = random.below(10_000);
    const length = random.below(kind < 9500 ? 100 : kind < 9996 ? 2000 : 1_200_000);
    return String.fromCharCode(97 + random.below(26)).repeat(length);
  };
  const alive = (model: Model | undefined) =>
    model !== undefined && (model.deadlineMs === NO_TTL || model.deadlineMs >= keyspace.nowMs);

  for (let step = 0; step < 400_000 * effort; step++) {
    const d = random.below(4);
    const database = keyspace.databases[d];
    const model = models[d];
    const name = key();
    if (!alive(model.get(name))) model.delete(name);
    const entry = find(d, name);
    assertEquals(entry !== 0, model.has(name), name);
    if (entry !== 0) assertEquals(read(entry), model.get(name));
    const deadlineMs = random.below(3) === 0 ? keyspace.nowMs + random.below(5000) : NO_TTL;
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2: {
        const keeps = random.below(4) === 0;
        const text = value();
        set(d, name, text, keeps ? KEEP_TTL : deadlineMs);
        const kept = model.get(name)?.deadlineMs ?? NO_TTL;
        model.set(name, { value: text, deadlineMs: keeps ? kept : deadlineMs });
        break;
      }
      case 3:
        if (entry !== 0) database.delete(entry);
        model.delete(name);
        break;
      case 4:
        if (entry === 0) break;
        database.setDeadline(entry, deadlineMs);
        model.get(name)!.deadlineMs = deadlineMs;
        break;
      case 5: {
        if (entry === 0) break;
        const old = model.get(name)!;
        const length = Math.max(0, old.value.length + random.below(200) - 100);
        database.resizeString(entry, length);
        old.value = old.value.slice(0, length).padEnd(length, "\0");
        break;
      }
      case 6: {
        const target = key();
        if (entry === 0 || target === name) break;
        const to = (d + random.below(2)) % 4;
        const bytes = fromLatin1(target);
        database.copyTo(entry, keyspace.databases[to], bytes, 0, bytes.length);
        models[to].set(target, { ...model.get(name)! });
        break;
      }
      case 7:
        if (random.below(50) === 0) keyspace.setTime(keyspace.nowMs + random.below(1000));
        break;
      case 8:
        if (random.below(20_000) === 0) {
          database.swap(keyspace.databases[(d + 1) % 4]);
          [models[d], models[(d + 1) % 4]] = [models[(d + 1) % 4], models[d]];
        }
    }
    if (step % 80_000 === 0) assertEquals(keyspace.check().problems, []);
  }
  assertEquals(keyspace.check().problems, []);
  models.forEach((model, d) => {
    for (const [name, expected] of model) {
      const entry = find(d, name);
      assertEquals(entry === 0 ? undefined : read(entry), alive(expected) ? expected : undefined);
    }
  });
  for (const database of keyspace.databases) database.clear();
  assertEquals(keyspace.arena.usedBytes, keyspace.baseBytes);
});

Deno.test("expireSlice() deletes every key whose time has come, and no other", () => {
  const { keyspace, random, find, set } = setUp(4);
  const start = keyspace.nowMs;
  for (let i = 0; i < 50_000; i++) {
    set(i % 4, `k${i}`, "v", i % 3 === 0 ? NO_TTL : start + 1 + random.below(10_000));
  }
  keyspace.setTime(start + 5000);
  const due =
    keyspace.databases.flatMap((database) =>
      Array.from({ length: database.volatileSize }, (_, i) => database.volatileAt(i))
    ).filter((entry) => keyspace.entries.deadline(entry) < keyspace.nowMs).length;
  for (let i = 0; i < 200; i++) expireSlice(keyspace, () => 0, 1);
  assertEquals(keyspace.stats.expired, due);
  assertEquals(keyspace.size, 50_000 - due);
  for (let i = 0; i < 50_000; i += 3) assert(find(i % 4, `k${i}`) !== 0);
  assertEquals(keyspace.check().problems, []);
});

Deno.test("expireSlice() stops when its time is up", () => {
  const { keyspace, set } = setUp(4);
  for (let i = 0; i < 10_000; i++) set(0, `k${i}`, "v", keyspace.nowMs + 1);
  keyspace.setTime(keyspace.nowMs + 10);
  let elapsed = 0;
  assert(expireSlice(keyspace, () => elapsed++, 5));
  assert(keyspace.stats.expired > 0 && keyspace.stats.expired < 1000);
  assertEquals(keyspace.stats.expireCyclesCut, 1);
});

Deno.test("LazyFree frees in steps all that a database held", () => {
  const { keyspace, set } = setUp(4);
  for (let i = 0; i < 20_000; i++) set(0, `k${i}`, "v", i % 2 === 0 ? NO_TTL : 2_000_000);
  keyspace.lazyFree.add(keyspace.databases[0]);
  assertEquals(keyspace.size, 0);
  assertEquals(keyspace.lazyFree.pending, 20_000);
  let steps = 0;
  while (!keyspace.lazyFree.isIdle) {
    keyspace.lazyFree.step(1000);
    steps++;
  }
  assert(steps >= 20);
  assertEquals(keyspace.check().problems, []);
  assertEquals(keyspace.arena.usedBytes, keyspace.baseBytes);
});

function addSet(keyspace: Keyspace, name: string, size: number): void {
  const member = (i: number) => ({ bytes: fromLatin1(`m${i}`), start: 0, length: `m${i}`.length });
  const database = keyspace.databases[0];
  const key = { bytes: fromLatin1(name), start: 0, length: name.length };
  let entry = keyspace.sets.create(database, key, member(0));
  entry = keyspace.sets.toTable(database, entry);
  for (let i = 0; i < size; i++) {
    entry = keyspace.sets.add(database, entry, member(i));
  }
}

Deno.test("LazyFree counts values, not their elements", () => {
  const { keyspace, set } = setUp(4);
  const database = keyspace.databases[0];
  const { lazyFree } = keyspace;
  for (const size of [64, 65, 10_000]) {
    const before = lazyFree.freed;
    addSet(keyspace, "s", size);
    database.delete(database.lookup(fromLatin1("s"), 0, 1), true);
    assertEquals(lazyFree.pending, size > 64 ? 1 : 0);
    lazyFree.finish();
    assertEquals(lazyFree.pending, 0);
    assertEquals(lazyFree.freed - before, size > 64 ? 1 : 0);
  }
  for (let i = 0; i < 1000; i++) set(0, `k${i}`, "v", NO_TTL);
  addSet(keyspace, "s", 10_000);
  const before = lazyFree.freed;
  lazyFree.add(database);
  assertEquals(lazyFree.pending, 1001);
  lazyFree.step(100);
  assertEquals(lazyFree.pending + lazyFree.freed - before, 1001);
  lazyFree.finish();
  assertEquals(lazyFree.freed - before, 1001);
});
