import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import { readRdbFile } from "../../src/rdb/file_reader.ts";
import { RdbFileWriter } from "../../src/rdb/file_writer.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { latin1 } from "../../src/lib/bytes.ts";
import type { Session } from "../../src/session/session.ts";
import {
  RespError,
  startTestServer,
  type TestBranch,
  type TestServer,
} from "../../src/testing/mod.ts";
import { ValueFingerprints } from "../../src/testing/value_fingerprint.ts";
import { effort } from "../support/effort.ts";
import { randomChange } from "../support/random_changes.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

const LIBRARY = (name: string) =>
  `#!lua name=${name}\nredis.register_function('${name}', function() return 1 end)`;

/** Everything that belongs to a branch, as a text. */
function stateOf(server: TestServer["running"]["server"]): string {
  const { keyspace } = server;
  const keys: string[] = [];
  for (const database of keyspace.databases) {
    database.scan(0, Infinity, (entry) => {
      const { entries } = keyspace;
      const { bytes, start, length } = entries.key(entry);
      const name = latin1(bytes, start, length);
      const value = new ValueFingerprints(keyspace).of(database, entry);
      keys.push(`${database.index} ${name} ${value} ${entries.clock(entry)}`);
    });
  }
  const functions = server.functions.texts().map((text) => latin1(text, 0, text.length));
  return [...keys.sort(), ...functions, datasetDigest(keyspace)].join("\n");
}

/** A request that changes much or reads, by chance. */
function rareRequest(random: SeededRandom): string[] {
  const key = () => `key:${random.below(60)}`;
  const database = () => String(random.below(3));
  const requests: (() => string[])[] = [
    () => ["FLUSHDB"],
    () => ["FLUSHDB", "ASYNC"],
    () => ["FLUSHALL"],
    () => ["SWAPDB", database(), database()],
    () => ["DEBUG", "RELOAD"],
    () => ["FUNCTION", "LOAD", "REPLACE", LIBRARY(`lib${random.below(3)}`)],
    () => ["FUNCTION", "FLUSH"],
    () => ["PEXPIRE", key(), String(random.below(5000))],
    () => [
      "HPEXPIRE",
      key(),
      String(random.below(5000)),
      "FIELDS",
      "1",
      `word:${random.below(50)}`,
    ],
    () => [
      "EVAL",
      "redis.call('SET', KEYS[1], 'x') return redis.call('DEL', KEYS[2])",
      "2",
      key(),
      key(),
    ],
    () => ["TOUCH", key(), key(), key()],
    () => ["MGET", key(), key()],
    () => ["SORT", key(), "BY", "key:*", "ALPHA", "GET", "key:*"],
    () => ["KEYS", "*"],
  ];
  return requests[random.below(requests.length)]();
}

async function change(redis: TestServer, session: Session, random: SeededRandom): Promise<void> {
  const isRare = random.below(20) === 0;
  const request = isRare ? rareRequest(random) : randomChange(random, 60);
  await session.call(...request).catch(() => {});
  if (random.below(30) === 0) await redis.clock.advance({ milliseconds: random.below(3000) });
}

function assertSound(keyspace: Keyspace): void {
  assertEquals(keyspace.check().problems, []);
}

for (let seed = 0; seed < 6 * effort; seed++) {
  Deno.test(`any branch can be restored at any time, and again (seed ${seed})`, async () => {
    const policy = seed % 2 === 0 ? "noeviction" : "allkeys-lfu";
    await using redis = await startTestServer({
      clock: "manual",
      seed: seed + 1,
      config: { "zset-max-listpack-entries": "8", "maxmemory-policy": policy },
    });
    const { server } = redis.running;
    const { keyspace } = server;
    const session = redis.running.session();
    const random = new SeededRandom(seed);
    const branches: { branch: TestBranch; state: string }[] = [];
    for (let round = 0; round < 60; round++) {
      for (let i = random.below(60); i > 0; i--) await change(redis, session, random);
      const chosen = branches[random.below(Math.max(1, branches.length))];
      const choice = random.below(4);
      if (choice < 2 && branches.length < 6) {
        branches.push({ branch: redis.branch(), state: stateOf(server) });
      } else if (choice === 2 && chosen !== undefined) {
        chosen.branch[Symbol.dispose]();
        branches.splice(branches.indexOf(chosen), 1);
      } else if (chosen !== undefined) {
        redis.restore(chosen.branch);
        assertEquals(stateOf(server), chosen.state, `round ${round}`);
      }
      assertSound(keyspace);
    }
    for (const { branch, state } of branches) {
      redis.restore(branch);
      assertEquals(stateOf(server), state);
    }
    for (const { branch } of branches) branch[Symbol.dispose]();
    await session.call("FLUSHALL");
    assertSound(keyspace);
    assertEquals(keyspace.arena.usedBytes, keyspace.baseBytes, "all memory is given back");
    assertEquals([keyspace.snapshot, keyspace.branches], [undefined, undefined]);
  });
}

Deno.test("a server with branches replies as one without", async () => {
  for (let seed = 0; seed < 2 * effort; seed++) {
    const options = { clock: "manual", seed } as const;
    await using plain = await startTestServer(options);
    await using branched = await startTestServer(options);
    branched.clock.set(plain.clock.now());
    const random = new SeededRandom(seed);
    for (let i = 0; i < 1000; i++) {
      if (random.below(50) === 0) branched.branch();
      const request = random.below(10) === 0 ? rareRequest(random) : randomChange(random, 30);
      const answers = [plain, branched].map((redis) =>
        redis.call(...request).then(Deno.inspect, (error) => error.message)
      );
      assertEquals(await answers[1], await answers[0], `seed ${seed}: ${request.join(" ")}`);
      const step = { milliseconds: random.below(300) };
      if (random.below(5) === 0) {
        for (const { clock } of [plain, branched]) await clock.advance(step);
      }
    }
    assertEquals(stateOf(branched.running.server), stateOf(plain.running.server));
  }
});

Deno.test("databases that were exchanged and emptied again and again are back where they were", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  const { server } = redis.running;
  const session = redis.running.session();
  for (let seed = 0; seed < 60 * effort; seed++) {
    const random = new SeededRandom(seed);
    const database = () => String(random.below(6));
    const mix = async () => {
      for (let i = random.below(12); i > 0; i--) {
        await session.call("SWAPDB", database(), database());
        await session.call("SELECT", database());
        await session.call("SET", `k${random.below(4)}`, `v${random.below(100)}`);
        if (random.below(4) === 0) await session.call("FLUSHDB");
      }
    };
    await mix();
    using outer = redis.branch();
    const outside = stateOf(server);
    await mix();
    using inner = redis.branch();
    const inside = stateOf(server);
    await mix();
    for (let i = 0; i < 4; i++) {
      const isInner = random.below(2) === 0;
      redis.restore(isInner ? inner : outer);
      assertEquals(stateOf(server), isInner ? inside : outside, `seed ${seed}`);
      if (random.below(2) === 0) await mix();
    }
    assertSound(server.keyspace);
  }
});

Deno.test("a branch is restored for clients as if each key had been written or deleted", async () => {
  await using redis = await startTestServer({ config: { "notify-keyspace-events": "KA" } });
  await redis.seed({ old: "1", same: "1", list: ["a"] });
  using before = redis.branch();
  await redis.call("DEL", "list");
  await redis.seed({ old: "2", new: "1" });

  using waiter = redis.running.session();
  const popped = waiter.call("BLPOP", "list", 0);
  using watcher = redis.running.session();
  await watcher.call("WATCH", "old");
  using other = redis.running.session();
  await other.call("WATCH", "same");
  using tracker = await RespClient.connect(redis.port);
  await tracker.call("HELLO", "3");
  await tracker.call("CLIENT", "TRACKING", "ON");
  for (const key of ["old", "same", "new"]) await tracker.call("GET", key);
  using listener = await RespClient.connect(redis.port);
  await listener.call("PSUBSCRIBE", "__keyspace@0__:*");

  redis.restore(before);
  assertEquals(await popped, ["list", "a"]);
  for (const [session, expected] of [[watcher, null], [other, "PONG"]] as const) {
    await session.call("MULTI");
    await session.call("PING");
    assertEquals(await session.call("EXEC").then((reply) => reply && String(reply)), expected);
  }
  const told = [show(await tracker.read()), show(await tracker.read())].sort();
  assertEquals(told, ['>2[$"invalidate" *1[$"new"]]', '>2[$"invalidate" *1[$"old"]]']);
  const events: string[] = [];
  // Of the keys, in any order, and of the list that was popped behind them.
  for (let i = 0; i < 5; i++) {
    const { elements } = await listener.read();
    events.push(`${elements[2].text!.split(":")[1]} ${elements[3].text}`);
  }
  assertEquals(events.sort(), ["list del", "list lpop", "list restore", "new del", "old restore"]);
  assertEquals(await redis.dump(), 'db0\n  old (string)\n    "1"\n  same (string)\n    "1"');
});

Deno.test("DEBUG BRANCH does the same for tests in any language", async () => {
  await using redis = await startTestServer();
  const debug = (...words: string[]) => redis.call("DEBUG", "BRANCH", ...words);
  await redis.seed({ k: "1" });
  assertEquals(await debug("create", "one"), "OK");
  await redis.seed({ k: "2" });
  await debug("CREATE", "two");
  await redis.call("FLUSHALL");
  assertEquals(await debug("LIST"), ["one", "two"]);
  await debug("RESTORE", "one");
  assertEquals(await redis.get("k"), "1");
  await debug("RESTORE", "two");
  assertEquals(await redis.get("k"), "2");
  await debug("CREATE", "one");
  await debug("DROP", "two");
  await redis.call("DEL", "k");
  await debug("RESTORE", "one");
  assertEquals(await redis.get("k"), "2");
  await assertRejects(() => debug("RESTORE", "two"), RespError, "ERR No such branch: 'two'");
  await assertRejects(() => debug("DROP", "two"), RespError, "No such branch");
  await assertRejects(() => debug("RESTORE"), RespError, "DEBUG BRANCH CREATE name");
  await assertRejects(() => debug("FORGET", "one"), RespError, "DEBUG BRANCH CREATE name");
  assertEquals(
    (await redis.call("DEBUG", "HELP") as string[]).some((line) =>
      line.startsWith("BRANCH CREATE")
    ),
    true,
  );
});

Deno.test("replicas follow a restore, in one transaction, and cannot restore a branch of their own", async () => {
  await using primary = await startTestServer({ config: { "repl-diskless-sync-delay": "0" } });
  await using replica = await startTestServer();
  await replica.call("REPLICAOF", "127.0.0.1", primary.port);
  using socket = await RespClient.connect(replica.port);
  const info = () => socket.ask("INFO", "replication");
  await until("the replica's data", async () => (await info()).includes("link_status:up"));
  const session = primary.running.session();
  const random = new SeededRandom(5);
  for (let i = 0; i < 500; i++) await session.call(...randomChange(random, 40)).catch(() => {});
  using before = primary.branch();
  const state = datasetDigest(primary.running.server.keyspace);
  for (let i = 0; i < 500; i++) {
    await session.call(...randomChange(random, 40)).catch(() => {});
    if (i === 250) await session.call("FUNCTION", "LOAD", LIBRARY("gone"));
    if (i === 300) await session.call("SWAPDB", 0, 1);
  }
  primary.restore(before);
  await until(
    "the replica to follow",
    async () => (await socket.ask("DEBUG", "DIGEST")).includes(state),
  );
  assertEquals(await replica.call("FUNCTION", "LIST"), []);
  using own = replica.branch();
  assertThrows(() => replica.restore(own), RespError, "A replica cannot restore a branch");
  await assertRejects(() => replica.call("DEBUG", "BRANCH", "RESTORE", own.name), RespError);
});

Deno.test("what an append-only file holds after a restore is the data of the branch", async () => {
  await using redis = await startTestServer({
    ...{ clock: "manual", disk: "memory", config: { appendonly: "yes" } },
  });
  const digest = () => datasetDigest(redis.running.server.keyspace);
  await redis.seed({ a: { $value: "1", $ttl: 100 }, h: { f: "1" }, s: [{ x: 1 }] });
  await redis.call("HEXPIRE", "h", 1000, "FIELDS", 1, "f");
  await redis.call("FUNCTION", "LOAD", LIBRARY("kept"));
  const before = redis.branch();
  const state = digest();
  for (const isFlushed of [false, true]) {
    await redis.seed({ a: "2", b: "new" });
    await redis.call("DEL", "s");
    await redis.call("HSET", "h", "f", "2");
    await redis.call("FUNCTION", "FLUSH");
    if (isFlushed) await redis.call("FLUSHALL");
    redis.restore(before);
  }
  await redis.restart("kill");
  assertEquals(digest(), state);
  assertEquals(await redis.call("HTTL", "h", "FIELDS", 1, "f"), [1000]);
  assertEquals(redis.running.server.functions.libraries.size, 1);
});

Deno.test("a branch of a cluster's node is refused, and so is one that was dropped", async () => {
  await using node = await startTestServer({ config: { "cluster-enabled": "yes" } });
  assertThrows(() => node.branch(), RespError, "A node of a cluster cannot remember branches");
  await using redis = await startTestServer();
  const branch = redis.branch();
  branch[Symbol.dispose]();
  assertThrows(() => redis.restore(branch), RespError, "No such branch");
});

Deno.test("a snapshot that is being written goes on while branches are made and restored", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  const { keyspace } = redis.running.server;
  const session = redis.running.session();
  for (let seed = 0; seed < 20 * effort; seed++) {
    const random = new SeededRandom(seed);
    const mix = async (count: number) => {
      for (let i = 0; i < count; i++) await change(redis, session, random);
    };
    await mix(100);
    using outer = redis.branch();
    await mix(50);
    const expected = datasetDigest(keyspace);
    const { nowMs } = keyspace;
    const pieces: Uint8Array[] = [];
    const options = { compresses: false, hasChecksum: true, facts: {} };
    const writer = new RdbFileWriter(keyspace, options, (bytes) => pieces.push(bytes.slice()));
    const snapshot = new Snapshot(keyspace, writer);
    using inner = redis.branch();
    for (let isDone = false; !isDone;) {
      await mix(5);
      if (random.below(3) === 0) redis.restore(random.below(2) === 0 ? inner : outer);
      isDone = snapshot.step(() => 1, 1, 3);
    }
    snapshot.end();
    writer.end();
    const loaded = new Keyspace(16, new SeededRandom(1));
    loaded.setTime(nowMs);
    readRdbFile(loaded, concat(pieces));
    assertEquals(datasetDigest(loaded), expected, `seed ${seed}`);
  }
});
