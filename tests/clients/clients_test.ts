/** The clients that people use, unmodified: ioredis and node-redis from npm, redis-cli and redis-benchmark. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { packageProblem, testUnless } from "../support/npm_clients.ts";

async function missingProgram(command: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "run", command });
  if (state !== "granted") return `needs --allow-run=${command}`;
  return await new Deno.Command(command, { args: ["--version"], stdout: "null" }).output()
    .then(() => undefined, () => `needs ${command} (apt-get install redis-tools)`);
}

const npm = await packageProblem();

testUnless(npm, "ioredis sets, gets, counts, scans and pipelines", async () => {
  const { Redis } = await import("ioredis");
  await using server = await startFrozenServer();
  const redis = new Redis(server.port, "127.0.0.1");
  try {
    assertEquals(await redis.set("k", "v", "EX", 100), "OK");
    assertEquals(await redis.get("k"), "v");
    assertEquals(await redis.getBuffer("k"), Buffer.from("v"));
    assertEquals(await redis.incrby("n", 5), 5);
    assertEquals(await redis.mget("k", "none"), ["v", null]);
    const results = await redis.pipeline().set("a", 1).incr("a").get("a").exec();
    assertEquals(results, [[null, "OK"], [null, 2], [null, "2"]]);
    const keys: string[] = [];
    for await (const batch of redis.scanStream({ match: "*" })) keys.push(...batch as string[]);
    assertEquals(keys.sort(), ["a", "k", "n"]);
    assertEquals(await redis.ttl("k"), 100);
    assertStringIncludes(await redis.info("server"), "server_name:redeno");
    assertEquals(
      await redis.call("NOSUCH").catch((error: Error) => error.message.split(",")[0]),
      "ERR unknown command 'NOSUCH'",
    );
  } finally {
    redis.disconnect();
  }
});

testUnless(npm, "ioredis uses every data type, transactions and channels", async () => {
  const { Redis } = await import("ioredis");
  await using server = await startFrozenServer();
  const redis = new Redis(server.port, "127.0.0.1");
  const other = new Redis(server.port, "127.0.0.1");
  try {
    await redis.hset("hash", { a: "1", b: "2" });
    assertEquals(await redis.hgetall("hash"), { a: "1", b: "2" });
    await redis.sadd("set", "x", "y");
    assertEquals((await redis.smembers("set")).sort(), ["x", "y"]);
    await redis.zadd("zset", 1, "one", 2, "two");
    assertEquals(await redis.zrange("zset", "0", "-1", "WITHSCORES"), ["one", "1", "two", "2"]);
    await redis.xadd("stream", "1-1", "field", "value");
    await redis.xgroup("CREATE", "stream", "group", "0");
    assertEquals(
      await redis.xreadgroup("GROUP", "group", "me", "COUNT", 1, "STREAMS", "stream", ">"),
      [["stream", [["1-1", ["field", "value"]]]]],
    );
    assertEquals(await redis.xack("stream", "group", "1-1"), 1);
    await redis.pfadd("hll", "a", "b");
    assertEquals(await redis.pfcount("hll"), 2);
    await redis.geoadd("geo", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania");
    assertEquals(await redis.geodist("geo", "Palermo", "Catania", "KM"), "166.2742");
    const popped = redis.blpop("queue", 0);
    await other.rpush("queue", "job");
    assertEquals(await popped, ["queue", "job"]);
    const results = await redis.multi().incr("n").hget("hash", "a").exec();
    assertEquals(results, [[null, 1], [null, "1"]]);
    await redis.watch("n");
    await other.incr("n");
    assertEquals(await redis.multi().incr("n").exec(), null);
    const payload = await redis.dumpBuffer("zset");
    await redis.restore("copy", 0, payload!);
    assertEquals(await redis.zscore("copy", "two"), "2");
    const message = new Promise((resolve) => redis.on("message", (...args) => resolve(args)));
    await redis.subscribe("news");
    assertEquals(await other.publish("news", "hello"), 1);
    assertEquals(await message, ["news", "hello"]);
  } finally {
    redis.disconnect();
    other.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  testUnless(
    npm,
    `node-redis uses every data type, transactions and channels in RESP${RESP}`,
    async () => {
      const { createClient } = await import("redis");
      await using server = await startFrozenServer();
      const url = `redis://127.0.0.1:${server.port}`;
      const redis = createClient({ url, RESP });
      const other = createClient({ url, RESP });
      await Promise.all([redis.connect(), other.connect()]);
      try {
        await redis.hSet("hash", { a: "1", b: "2" });
        assertEquals({ ...await redis.hGetAll("hash") }, { a: "1", b: "2" });
        await redis.zAdd("zset", [{ score: 1, value: "one" }, { score: 2, value: "two" }]);
        assertEquals(await redis.zRangeWithScores("zset", 0, -1), [
          { score: 1, value: "one" },
          { score: 2, value: "two" },
        ]);
        await redis.xAdd("stream", "1-1", { field: "value" });
        const [entry] = (await redis.xRange("stream", "-", "+"))!;
        assertEquals([entry.id, { ...entry.message }], ["1-1", { field: "value" }]);
        await redis.pfAdd("hll", ["a", "b"]);
        assertEquals(await redis.pfCount("hll"), 2);
        await redis.geoAdd("geo", { longitude: 13.361389, latitude: 38.115556, member: "Palermo" });
        const near = { longitude: 13, latitude: 38 };
        const circle = { radius: 100, unit: "km" } as const;
        assertEquals(await redis.geoSearch("geo", near, circle), ["Palermo"]);
        const popped = redis.blPop("queue", 0);
        await other.rPush("queue", "job");
        assertEquals((await popped)?.element, "job");
        assertEquals(await redis.multi().incr("n").hGet("hash", "a").exec() as unknown[], [1, "1"]);
        const message = Promise.withResolvers<string>();
        await redis.subscribe("news", (text: string) => message.resolve(text));
        assertEquals(await other.publish("news", "hello"), 1);
        assertEquals(await message.promise, "hello");
      } finally {
        redis.destroy();
        other.destroy();
      }
    },
  );

  testUnless(npm, `node-redis sets, gets, counts and scans in RESP${RESP}`, async () => {
    const { createClient } = await import("redis");
    await using server = await startFrozenServer();
    const redis = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP, name: "me" });
    await redis.connect();
    try {
      assertEquals(await redis.set("k", "v", { expiration: { type: "EX", value: 100 } }), "OK");
      assertEquals(await redis.get("k"), "v");
      assertEquals(await redis.incrBy("n", 5), 5);
      assertEquals(await redis.mGet(["k", "none"]), ["v", null]);
      assertEquals(await redis.setBit("bits", 7, 1), 0);
      assertEquals(await redis.bitCount("bits"), 1);
      assertEquals(await redis.clientGetName(), "me");
      assertEquals((await redis.configGet("hz")).hz, "10");
      const keys: string[] = [];
      for await (const batch of redis.scanIterator()) keys.push(...[batch].flat());
      assertEquals(keys.sort(), ["bits", "k", "n"]);
      assertEquals(await redis.dbSize(), 3);
    } finally {
      redis.destroy();
    }
  });
}

testUnless(npm, "node-redis keeps what it has read, until it is told of a change", async () => {
  const { createClient, BasicClientSideCache } = await import("redis");
  await using server = await startFrozenServer();
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 10, evictPolicy: "LRU" });
  const url = `redis://127.0.0.1:${server.port}`;
  const redis = createClient({ url, RESP: 3, clientSideCache: cache });
  const other = createClient({ url });
  await Promise.all([redis.connect(), other.connect()]);
  try {
    await other.set("k", "old");
    assertEquals(await redis.get("k"), "old");
    assertEquals(await redis.get("k"), "old");
    assertEquals([cache.stats().hitCount, cache.stats().missCount], [1, 1]);
    const told = new Promise((resolve) => cache.on("invalidate", resolve));
    await other.set("k", "new");
    assertEquals(String(await told), "k");
    assertEquals(await redis.get("k"), "new");
  } finally {
    redis.destroy();
    other.destroy();
  }
});

testUnless(npm, "ioredis is told of changes by way of another connection", async () => {
  const { Redis } = await import("ioredis");
  await using server = await startFrozenServer();
  const redis = new Redis(server.port, "127.0.0.1");
  // In RESP2 the news come as messages; in RESP3 they are pushes that ioredis has no event for.
  const listener = new Redis(server.port, "127.0.0.1", { protocol: 2 });
  try {
    const id = await listener.client("ID");
    await listener.subscribe("__redis__:invalidate");
    const told = new Promise((resolve) => listener.on("message", (_, keys) => resolve(keys)));
    await redis.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
    await redis.get("k");
    await redis.set("k", "1");
    assertEquals(String(await told), "k");
  } finally {
    redis.disconnect();
    listener.disconnect();
  }
});

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

testUnless(await missingProgram("redis-cli"), "redis-cli talks to it", async () => {
  await using server = await startFrozenServer();
  const cli = (...args: string[]) => run("redis-cli", "-p", `${server.port}`, ...args);
  assertEquals(await cli("PING"), "PONG\n");
  assertEquals(await cli("SET", "k", "v"), "OK\n");
  assertEquals(await cli("-3", "CONFIG", "GET", "hz"), "hz 10\n");
  assertStringIncludes(await cli("--bigkeys"), "1 strings with 1 bytes");
  assertEquals(await cli("--scan"), "k\n");
  assertStringIncludes(await cli("INFO", "keyspace"), "db0:keys=1");
});

testUnless(await missingProgram("redis-cli"), "redis-cli --pipe loads many requests", async () => {
  await using server = await startFrozenServer();
  const child = new Deno.Command("redis-cli", {
    args: ["-p", `${server.port}`, "--pipe"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const requests = Array.from({ length: 5000 }, (_, i) => `SET key:${i} ${i}\r\n`).join("");
  await writer.write(new TextEncoder().encode(`${requests}INCR\r\n`));
  await writer.close();
  const { stdout } = await child.output();
  assertStringIncludes(new TextDecoder().decode(stdout), "errors: 1, replies: 5001");
  assertEquals(server.running.server.keyspace.size, 5000);
});

testUnless(await missingProgram("redis-benchmark"), "redis-benchmark runs", async () => {
  await using server = await startFrozenServer();
  const tests = "ping_inline,ping_mbulk,set,get,incr,mset";
  const output = await run(
    "redis-benchmark",
    ...["-p", `${server.port}`, "-n", "2000", "-P", "4", "-t", tests, "--csv"],
  );
  assertEquals(
    output.split("\n").filter((line) => /^"(PING|SET|GET|INCR|MSET)/.test(line)).length,
    6,
  );
  assert(!/error/i.test(output), output);
});
