/**
 * What becomes of a command that finds no memory, or a bug, in the middle of a change: it is refused before it begins, or runs to its end from
 * the reserve, or the server ends and the append-only file says what was before. It never goes on with a key that is half changed.
 */
import { assert, assertEquals } from "@std/assert";
import { OutOfMemoryError } from "../../src/arena/memory.ts";
import { latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { ValueFingerprints } from "../../src/testing/value_fingerprint.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { show } from "../support/resp_client.ts";

type Words = readonly (string | Uint8Array)[];

const DIRECTIVES = { appendonly: "yes", appendfsync: "always" };

/** All keys with what tells their values apart. */
function stateOf({ server: { keyspace } }: LocalServer): string[] {
  const fingerprints = new ValueFingerprints(keyspace);
  const keys: string[] = [];
  for (const database of keyspace.databases) {
    database.scan(0, Infinity, (entry) => {
      const { bytes, start, length } = keyspace.entries.key(entry);
      const name = `${database.index}:${latin1(bytes, start, length)}`;
      keys.push(`${name} ${fingerprints.of(database, entry)}`);
    });
  }
  return keys.sort();
}

function assertSound({ server }: LocalServer, context: string): void {
  assertEquals(server.keyspace.check().problems, [], context);
}

/** What a server on the files of a dead one has. */
async function recoveredState(host: MemoryHost): Promise<string[]> {
  const recovered = await new LocalServer(host.afterKill(), DIRECTIVES).start();
  const state = stateOf(recovered);
  recovered.server.stop();
  return state;
}

const words = (count: number, prefix = "word") =>
  Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
const numbered = (count: number) => words(count).flatMap((word, i) => [String(i), word]);

/** Keys of every type, small and large. */
const DATA: readonly Words[] = [
  ["SET", "string", "1"],
  ["SET", "text", "x".repeat(40)],
  ["RPUSH", "list", "a", "b", "c"],
  ["RPUSH", "long-list", ...words(300)],
  ["SADD", "integers", "1", "2", "3"],
  ["SADD", "set", "a", "b", "c"],
  ["SADD", "large-set", ...words(200)],
  ["ZADD", "zset", "1", "a", "2", "b", "3", "c"],
  ["ZADD", "large-zset", ...numbered(200)],
  ["HSET", "hash", "a", "1", "b", "2"],
  ["HSET", "large-hash", ...words(400)],
  ["HSET", "timed-hash", "a", "1", "b", "2"],
  ["HEXPIRE", "timed-hash", "1000", "FIELDS", "1", "a"],
  ["GEOADD", "places", "1", "1", "a", "2", "2", "b"],
  ["PFADD", "hll", "a", "b"],
  ...words(20).map((word, i) => ["XADD", "stream", `${i + 1}-1`, "field", word]),
  ["XGROUP", "CREATE", "stream", "group", "0"],
  ["XREADGROUP", "GROUP", "group", "me", "COUNT", "3", "STREAMS", "stream", ">"],
];

const BIG = "y".repeat(9000);

/** Requests that change something, most of them in several places. */
const CHANGES: readonly Words[] = [
  ["SET", "new", "1"],
  ["SET", "string", BIG, "EX", "100"],
  ["MSET", "string", BIG, "new", BIG, "newer", "1"],
  ["APPEND", "text", BIG],
  ["SETRANGE", "string", "20000", "x"],
  ["SETBIT", "text", "90000", "1"],
  ["BITFIELD", "text", "SET", "u8", "100000", "1", "SET", "u8", "0", "2"],
  ["BITOP", "OR", "new", "string", "text"],
  ["INCR", "counter"],
  ["INCRBYFLOAT", "string", "1.25"],
  ["GETEX", "string", "EX", "100"],
  ["EXPIRE", "large-set", "100"],
  ["LPUSH", "list", ...words(10), BIG, "last"],
  ["RPUSH", "list", "a", ...words(400)],
  ["LPUSH", "long-list", ...words(600)],
  ["RPUSH", "new", "a", BIG, BIG],
  ["LINSERT", "list", "AFTER", "b", BIG],
  ["LINSERT", "long-list", "AFTER", "word:150", BIG],
  ["LSET", "list", "1", BIG],
  ["LSET", "long-list", "150", BIG],
  ["LREM", "long-list", "0", "word:150"],
  ["LTRIM", "long-list", "290", "-1"],
  ["LMOVE", "list", "new", "LEFT", "LEFT"],
  ["LPOP", "long-list", "299"],
  ["SADD", "integers", "4", "x", ...words(200)],
  ["SADD", "set", ...words(100)],
  ["SADD", "large-set", ...words(500, "more")],
  ["SADD", "new", "1", "2", "x"],
  ["SMOVE", "set", "new", "a"],
  ["SREM", "large-set", ...words(190)],
  ["SUNIONSTORE", "set", "set", "large-set"],
  ["SDIFFSTORE", "new", "large-set", "set"],
  ["ZADD", "zset", ...numbered(150)],
  ["ZADD", "large-zset", ...words(300, "more").flatMap((word) => ["7", word])],
  ["ZADD", "new", "1", "a", "2", BIG],
  ["ZINCRBY", "large-zset", "1000", "word:1"],
  ["ZREM", "large-zset", ...words(190)],
  ["ZPOPMIN", "large-zset", "150"],
  ["ZUNIONSTORE", "zset", "2", "zset", "large-zset"],
  ["ZRANGESTORE", "zset", "large-zset", "0", "150"],
  ["ZREMRANGEBYRANK", "large-zset", "0", "150"],
  ["GEOADD", "places", "3", "3", "c", "4", "4", BIG],
  ["GEOSEARCHSTORE", "zset", "places", "FROMMEMBER", "a", "BYRADIUS", "9000", "km"],
  ["HSET", "hash", ...words(800)],
  ["HSET", "hash", "a", "9", "z", BIG],
  ["HSET", "large-hash", ...words(800, "more")],
  ["HSET", "new", ...words(20)],
  ["HINCRBY", "hash", "new", "5"],
  ["HDEL", "large-hash", ...words(398)],
  ["HEXPIRE", "hash", "100", "FIELDS", "2", "a", "b"],
  ["HEXPIRE", "large-hash", "100", "FIELDS", "2", "word:0", "word:2"],
  ["HSETEX", "timed-hash", "EX", "100", "FIELDS", "2", "x", "1", "y", BIG],
  ["HPERSIST", "timed-hash", "FIELDS", "1", "a"],
  ["PFADD", "hll", ...words(300)],
  ["PFADD", "new", "a"],
  ["PFMERGE", "new", "hll"],
  ["PFCOUNT", "hll"],
  ["SORT", "long-list", "ALPHA", "STORE", "new"],
  ["SORT", "long-list", "ALPHA", "STORE", "set"],
  ["COPY", "large-set", "new"],
  ["COPY", "long-list", "set", "REPLACE"],
  ["COPY", "large-zset", "new"],
  ["COPY", "large-hash", "new"],
  ["COPY", "timed-hash", "new"],
  ["COPY", "stream", "new"],
  ["RENAME", "large-set", "string"],
  ["RENAME", "timed-hash", "a-much-longer-name-for-a-key-than-it-was-before"],
  ["MOVE", "large-hash", "1"],
  ["XADD", "stream", "*", ...words(40)],
  ["XADD", "new", "*", "field", BIG],
  ["XGROUP", "CREATE", "stream", "second", "0"],
  ["XGROUP", "CREATE", "new", "g", "0", "MKSTREAM"],
  ["XGROUP", "CREATECONSUMER", "stream", "group", "you"],
  ["XREADGROUP", "GROUP", "group", "you", "STREAMS", "stream", ">"],
  ["XCLAIM", "stream", "group", "you", "0", "1-1", "2-1"],
  ["XAUTOCLAIM", "stream", "group", "you", "0", "0"],
  ["XACK", "stream", "group", "1-1", "2-1"],
  ["XTRIM", "stream", "MAXLEN", "3"],
  ["DEL", "string", "long-list", "large-zset", "stream"],
  ["FLUSHALL"],
  ["SWAPDB", "0", "1"],
];

async function prepared(host: MemoryHost): Promise<LocalServer> {
  const local = await new LocalServer(host, DIRECTIVES).start();
  local.run(...DATA);
  return local;
}

/** Makes the `n`th allocation from now on fail; the function returned ends that, and tells whether it came so far. */
function failAt({ server: { keyspace: { arena } } }: LocalServer, n: number): () => boolean {
  let left = n;
  arena.allocate = (bytes) => {
    if (--left === 0) throw new OutOfMemoryError("by the test", bytes);
    return Object.getPrototypeOf(arena).allocate.call(arena, bytes);
  };
  return () => {
    Reflect.deleteProperty(arena, "allocate");
    return left <= 0;
  };
}

/** Requests that only read, and make something in the arena to do so. */
const READS: readonly Words[] = [
  ["SUNION", "set", "large-set"],
  ["SDIFF", "large-set", "set"],
  ["SINTERCARD", "2", "set", "large-set"],
  ["ZUNION", "2", "zset", "large-zset"],
  ["ZINTER", "2", "zset", "large-set", "WITHSCORES"],
  ["SORT_RO", "long-list", "ALPHA"],
  ["GEOSEARCH", "places", "FROMMEMBER", "a", "BYRADIUS", "9000", "km"],
  ["DUMP", "stream"],
];

/** Which allocation of a command fails. */
const ALLOCATIONS = effort === 1
  ? [1, 2, 4, 9, 30, 200]
  : [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 17, 23, 31, 50, 80, 130, 220, 400];

for (const request of CHANGES) {
  const name = request.join(" ").slice(0, 50);
  Deno.test(`${name} ends the server if there is no memory in the middle of it`, async () => {
    let host = new MemoryHost();
    let local = await prepared(host);
    const before = stateOf(local);
    for (const n of ALLOCATIONS) {
      const end = failAt(local, n);
      const [reply] = local.run(request);
      const context = `${name}, allocation ${n}, reply ${reply && show(reply)}`;
      const hasFailed = end();
      assertEquals(local.server.hasFailed, hasFailed, context);
      if (!hasFailed) {
        assertSound(local, context);
        assertEquals(await recoveredState(host), stateOf(local), context);
        break;
      }
      assertEquals(reply, undefined, context);
      assertEquals(await recoveredState(host), before, context);
      host = new MemoryHost();
      local = await prepared(host);
    }
    local.server.stop();
  });
}

Deno.test("a command that only reads is refused if there is no memory, and leaves nothing behind", async () => {
  const local = await prepared(new MemoryHost());
  const before = stateOf(local);
  let refused = 0;
  for (const request of READS) {
    for (const n of ALLOCATIONS) {
      const end = failAt(local, n);
      const [reply] = local.run(request);
      const context = `${request.join(" ")}, allocation ${n}, reply ${show(reply)}`;
      if (!end()) break;
      refused++;
      assertEquals(show(reply).includes("OOM"), true, context);
      assertSound(local, context);
      assertEquals(stateOf(local), before, context);
    }
  }
  assert(refused > 10, `${refused} refused`);
  local.server.stop();
});

/** Lets the `n`th call from now on of a method throw what only a bug throws. */
function breakAt<Name extends string>(
  object: Record<Name, (...words: never[]) => unknown>,
  name: Name,
  n: number,
): void {
  const method = object[name];
  let left = n;
  object[name] = (...words) => {
    if (--left === 0) throw new TypeError("a bug of the test");
    return method.apply(object, words);
  };
}

Deno.test("a bug in the middle of a change ends the server; the file has what was before it", async () => {
  const host = new MemoryHost();
  const local = await new LocalServer(host, DIRECTIVES).start();
  breakAt(local.server.keyspace.lists, "push", 3);
  const replies = local.run(["SET", "a", "1"], ["RPUSH", "list", "1", "2", "3"], ["SET", "b", "1"]);
  assertEquals(replies, []);
  assertEquals(local.server.hasFailed, true);
  const log = local.log.join("");
  assert(log.includes("Internal error in 'rpush'") && log.includes("a bug of the test"), log);
  const recovered = await new LocalServer(host.afterKill(), DIRECTIVES).start();
  assertEquals(recovered.ask("EXISTS", "a"), "1");
  assertEquals(recovered.ask("EXISTS", "list", "b"), "0");
  recovered.server.stop();
});

Deno.test("a bug in a transaction ends the server; the file has none of the transaction", async () => {
  const host = new MemoryHost();
  const local = await new LocalServer(host, DIRECTIVES).start();
  local.run(["SET", "before", "1"]);
  breakAt(local.server.keyspace.lists, "push", 3);
  const requests = [["SET", "a", "1"], ["RPUSH", "list", "1", "2", "3"], ["SET", "b", "1"]];
  assertEquals(local.run(["MULTI"], ...requests, ["EXEC"]), []);
  const recovered = await new LocalServer(host.afterKill(), DIRECTIVES).start();
  assertEquals(recovered.ask("EXISTS", "before"), "1");
  assertEquals(recovered.ask("EXISTS", "a", "list", "b"), "0");
  recovered.server.stop();
});

Deno.test("a bug in a command that only reads is an error reply, and the server goes on", async () => {
  const local = await prepared(new MemoryHost());
  breakAt(local.server.keyspace.lists, "walk", 1);
  const [reply, next] = local.run(["LRANGE", "list", "0", "-1"], ["LRANGE", "list", "0", "0"]);
  assertEquals([reply.text, next.elements.length], ["ERR internal error", 1]);
  assertEquals(local.server.hasFailed, false);
  local.server.stop();
});

/** A request of many elements, by chance, that does the same whenever it is run again. */
function randomRequest(random: SeededRandom): Words {
  const key = (type: string) => `${type}:${random.below(3)}`;
  const count = 1 + random.below(random.below(4) === 0 ? 900 : 20);
  // Now and then more than the reserve of the arena.
  const isHuge = random.below(8) === 0;
  const word = () =>
    "w".repeat(random.below(isHuge || random.below(30) === 0 ? 12_000 : 20)) + random.below(5000);
  const many = (make: () => string[]) => Array.from({ length: count }, make).flat();
  const number = () => String(random.below(1000));
  const requests: readonly (() => Words)[] = [
    () => ["SET", key("string"), "v".repeat(random.below(isHuge ? 9_000_000 : 30_000))],
    () => ["MSET", ...many(() => [`string:${random.below(2000)}`, word()])],
    () => ["APPEND", key("string"), word()],
    () => ["SETRANGE", key("string"), String(random.below(200_000)), word()],
    () => ["SETBIT", key("string"), String(random.below(2_000_000)), "1"],
    () => ["RPUSH", key("list"), ...many(() => [word()])],
    () => ["LPUSH", key("list"), ...many(() => [word()])],
    () => ["LTRIM", key("list"), "0", number()],
    () => ["LMOVE", key("list"), key("list"), "LEFT", "RIGHT"],
    () => ["SORT", key("list"), "ALPHA", "STORE", key("list")],
    () => ["SADD", key("set"), ...many(() => [random.below(2) === 0 ? number() : word()])],
    () => ["SREM", key("set"), ...many(() => [number()])],
    () => ["SUNIONSTORE", key("set"), key("set"), key("set")],
    () => ["ZADD", key("zset"), ...many(() => [number(), word()])],
    () => ["ZUNIONSTORE", key("zset"), "2", key("zset"), key("set")],
    () => ["ZRANGESTORE", key("zset"), key("zset"), "0", number()],
    () => ["ZREMRANGEBYRANK", key("zset"), "0", number()],
    () => ["HSET", key("hash"), ...many(() => [word(), word()])],
    () => ["HEXPIRE", key("hash"), "1000", "FIELDS", "1", word()],
    () => ["HDEL", key("hash"), ...many(() => [number()])],
    () => ["XADD", key("stream"), "*", ...many(() => [word(), word()])],
    () => ["XTRIM", key("stream"), "MAXLEN", "2"],
    () => ["PFADD", key("hll"), ...many(() => [word()])],
    () => ["COPY", key("set"), "set:1", "REPLACE"],
    () => ["COPY", key("list"), "list:1", "REPLACE"],
    () => ["COPY", key("hash"), "hash:1", "REPLACE"],
    () => ["COPY", key("zset"), "zset:1", "REPLACE"],
    () => ["RENAME", key("hash"), "hash:1"],
    () => ["EXPIRE", `string:${random.below(2000)}`, "100000"],
    () => ["DEL", key("list"), key("set"), key("zset"), key("hash"), key("stream"), key("string")],
  ];
  return requests[random.below(requests.length)]();
}

/** Requests that need far more memory than they are long, on keys of several megabytes. */
const NEED_MUCH: readonly Words[] = [
  ["COPY", "set", "new"],
  ["COPY", "list", "old", "REPLACE"],
  ["SUNIONSTORE", "old", "set", "set"],
  ["ZUNIONSTORE", "old", "2", "set", "zset"],
  ["ZRANGESTORE", "old", "zset", "0", "-1"],
  ["GEOSEARCHSTORE", "old", "zset", "FROMLONLAT", "0", "0", "BYRADIUS", "30000", "km"],
  ["SORT", "list", "ALPHA", "STORE", "old"],
  ["BITOP", "NOT", "old", "string"],
  ["APPEND", "string", "x"],
  ["SETRANGE", "old", "9000000", "x"],
  ["SETBIT", "old", "90000000", "1"],
  ["BITFIELD", "old", "SET", "u8", "90000000", "1"],
];

Deno.test("what needs much memory is refused before it has changed anything", async () => {
  const host = new MemoryHost();
  const local = await new LocalServer(host, DIRECTIVES).start();
  const long = words(1500, "w".repeat(3000));
  local.run(
    ["SET", "old", "value"],
    ["SET", "string", "x".repeat(5_000_000)],
    ["RPUSH", "list", ...long],
    ["SADD", "set", ...long],
    ["ZADD", "zset", ...long.flatMap((word) => ["1", word])],
  );
  const { arena } = local.server.keyspace;
  arena.limitBytes = arena.byteLength;
  for (let i = 0; arena.hasRoom(2 ** 20, 2 ** 20); i++) {
    local.run(["SET", `filler:${i}`, "x".repeat(2 ** 19)]);
  }
  const before = stateOf(local);
  for (const request of NEED_MUCH) {
    const [reply] = local.run(request);
    const context = `${request.join(" ")}: ${reply && show(reply)}`;
    assertEquals(local.server.hasFailed, false, `${context}\n${local.log.at(-1)}`);
    assert(show(reply).includes("OOM"), context);
    assertEquals(stateOf(local), before, context);
    assertSound(local, context);
  }
  assertEquals(await recoveredState(host), before);
  local.server.stop();
});

Deno.test("with a small arena every command is either refused or runs to its end, and both go on", async () => {
  let [refused, passed] = [0, 0];
  for (let seed = 0; seed < 12 * effort; seed++) {
    const random = new SeededRandom(seed);
    const host = new MemoryHost();
    const local = await new LocalServer(host, DIRECTIVES).start();
    // What is done there without an error is done here: no memory is missing.
    const model = new LocalServer(new MemoryHost(), {}, local.clock);
    const { arena } = local.server.keyspace;
    arena.limitBytes = arena.byteLength + random.below(3) * 2 ** 22;
    for (let step = 0; step < 250; step++) {
      const request = randomRequest(random);
      const [reply] = local.run(request);
      const context = `seed ${seed}, step ${step}: ${request.join(" ").slice(0, 60)}`;
      assertEquals(local.server.hasFailed, false, `${context}\n${local.log.at(-1)}`);
      if (show(reply).includes("OOM")) {
        refused++;
        continue;
      }
      passed++;
      assertEquals(show(reply), show(model.run(request)[0]), context);
      if (step % 25 === 0) assertEquals(stateOf(local), stateOf(model), context);
    }
    assertEquals(stateOf(local), stateOf(model), `seed ${seed}`);
    assertSound(local, `seed ${seed}`);
    assertEquals(await recoveredState(host), stateOf(local), `seed ${seed}`);
    const replies = local.run(["FLUSHALL"], ["SET", "a", "1"]);
    assertEquals(replies.map(({ text }) => text), ["OK", "OK"]);
    assertSound(local, `seed ${seed}`);
    local.server.stop();
  }
  assert(refused > 100 * effort && passed > 500 * effort, `${refused} refused, ${passed} passed`);
});
