/** The packages that serverless programs use Redis by, over HTTP, unmodified: @upstash/redis and what builds on it. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startServer } from "../../src/mod.ts";
import { packageProblem, testUnless } from "../support/npm_clients.ts";
import { until } from "../support/until.ts";

const problem = await packageProblem();
const TOKEN = "full";
const READ_ONLY = "reading";

/** Where a program finds the server, as it is told by `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`. */
interface Place {
  readonly url: string;
  readonly token: string;
}

/** Defines a test of packages that use HTTP. */
function testOver(
  name: string,
  body: (place: Place, server: Awaited<ReturnType<typeof startServer>>) => Promise<void>,
): void {
  testUnless(problem, name, async () => {
    const server = await startServer({
      port: "0",
      "http-port": "0",
      "http-token": TOKEN,
      "http-read-only-token": READ_ONLY,
    });
    try {
      await body({ url: `http://127.0.0.1:${server.httpPort}`, token: TOKEN }, server);
    } finally {
      await server.stop();
    }
  });
}

testOver("@upstash/redis: every type of value", async (place) => {
  const { Redis } = await import("@upstash/redis");
  const redis = new Redis({ ...place, enableAutoPipelining: false });
  assertEquals(await redis.set("text", "välue ✓"), "OK");
  assertEquals(await redis.get("text"), "välue ✓");
  await redis.set("object", { a: [1, { b: null }], c: "✓" }, { ex: 100 });
  assertEquals(await redis.get("object"), { a: [1, { b: null }], c: "✓" });
  assertEquals(await redis.ttl("object"), 100);
  assertEquals(await redis.get("nosuch"), null);
  assertEquals(await redis.incrby("n", 41), 41);
  assertEquals(await redis.incr("n"), 42);
  assertEquals(await redis.mget("n", "nosuch", "text"), [42, null, "välue ✓"]);
  await redis.hset("hash", { name: "Ada", age: 36, tags: ["x"] });
  assertEquals(await redis.hgetall("hash"), { name: "Ada", age: 36, tags: ["x"] });
  assertEquals(await redis.hget("hash", "age"), 36);
  assertEquals(await redis.rpush<unknown>("list", "a", { b: 1 }, 3), 3);
  assertEquals(await redis.lrange("list", 0, -1), ["a", { b: 1 }, 3]);
  assertEquals(await redis.sadd("set", "x", "y"), 2);
  assertEquals((await redis.smembers("set")).sort(), ["x", "y"]);
  await redis.zadd("zset", { score: 1.5, member: "a" }, { score: 2, member: "b" });
  assertEquals(await redis.zrange("zset", 0, -1, { withScores: true }), ["a", 1.5, "b", 2]);
  assertEquals(await redis.zscore("zset", "a"), 1.5);
  const id = await redis.xadd("stream", "*", { field: "value", n: 1 });
  assertEquals(await redis.xrange("stream", "-", "+"), { [id]: { field: "value", n: 1 } });
  assertEquals(await redis.eval("return {KEYS[1], ARGV[1], 3}", ["k"], ["v"]), ["k", "v", 3]);
  const script = redis.createScript<string>("return ARGV[1] .. '!'");
  assertEquals(await script.exec([], ["hi"]), "hi!");
  const [cursor, keys] = await redis.scan(0, { match: "h*" });
  assertEquals([cursor, keys], ["0", ["hash"]]);
  const error = await assertRejects(() => redis.incr("text"));
  assertMatch(
    String(error),
    /ERR value is not an integer or out of range, command was: \["incr","text"\]/,
  );
});

testOver("@upstash/redis: without base64, and with texts left alone", async (place) => {
  const { Redis } = await import("@upstash/redis");
  const redis = new Redis({ ...place, responseEncoding: false, automaticDeserialization: false });
  await redis.set("n", "007");
  assertEquals<unknown>(await redis.get("n"), "007");
  await redis.set("quoted", '"\\ \u0001');
  assertEquals<unknown>(await redis.get("quoted"), '"\\ \u0001');
});

testOver("@upstash/redis: pipelines, transactions, and reads that follow writes", async (place) => {
  const { Redis } = await import("@upstash/redis");
  const redis = new Redis({ ...place, enableAutoPipelining: false });
  const pipeline = redis.pipeline();
  pipeline.set("a", 1);
  pipeline.incr("a");
  pipeline.get<number>("a");
  assertEquals(await pipeline.exec(), ["OK", 2, 2]);
  const failing = redis.pipeline().set("text", "x").incr("text").get("text");
  const results = await failing.exec({ keepErrors: true });
  assertEquals(results.map(({ error }) => error === undefined), [true, false, true]);
  await assertRejects(() => redis.pipeline().incr("text").exec(), Error, "not an integer");
  const transaction = await redis.multi().incr("a").incr("a").exec();
  assertEquals(transaction, [3, 4]);
  for (let i = 0; i < 20; i++) {
    await redis.set("own", i);
    assertEquals(await redis.get("own"), i);
  }
});

testOver(
  "@upstash/redis: automatic pipelines send what is asked at once in one request",
  async (place) => {
    const { Redis } = await import("@upstash/redis");
    const redis = new Redis({ ...place, enableAutoPipelining: true });
    await Promise.all(Array.from({ length: 100 }, (_, i) => redis.set(`k${i}`, i)));
    const values = await Promise.all(Array.from({ length: 100 }, (_, i) => redis.get(`k${i}`)));
    assertEquals(values, Array.from({ length: 100 }, (_, i) => i));
    const mixed = await Promise.all([
      redis.get("k1"),
      redis.incr("k1"),
      redis.get("k2"),
      redis.incr("k2"),
    ]);
    assertEquals([mixed[1], mixed[3]], [2, 3]);
    const info = String(await redis.exec<string>(["INFO", "commandstats"]));
    assertMatch(info, /cmdstat_set:calls=100,/);
  },
);

testOver("@upstash/redis: channels, by name and by pattern", async (place) => {
  const { Redis } = await import("@upstash/redis");
  const redis = new Redis(place);
  const subscription = redis.subscribe<{ n: number }>(["news"]);
  const patterns = redis.psubscribe<{ n: number }>(["n*"]);
  const received = Promise.withResolvers<unknown>();
  const matched = Promise.withResolvers<unknown>();
  subscription.on("message", ({ channel, message }) => received.resolve([channel, message]));
  patterns.on("pmessage", (message) => matched.resolve(message));
  const isHeard = async () => await redis.publish("news", { n: 1 }) === 2;
  await until("both subscriptions", isHeard);
  assertEquals(await received.promise, ["news", { n: 1 }]);
  assertEquals(await matched.promise, { pattern: "n*", channel: "news", message: { n: 1 } });
  await subscription.unsubscribe();
  await patterns.unsubscribe();
});

testOver("@upstash/redis: wrong and reading tokens", async ({ url }) => {
  const { Redis } = await import("@upstash/redis");
  const wrong = new Redis({ url, token: "wrong", retry: false });
  await assertRejects(() => wrong.get("k"), Error, "WRONGPASS invalid or missing auth token");
  const reading = new Redis({ url, token: READ_ONLY, retry: false });
  assertEquals(await reading.get("k"), null);
  await assertRejects(() => reading.set("k", 1), Error, "NOPERM");
});

testOver("@upstash/ratelimit: each kind of limit lets so many through", async (place, server) => {
  const { Redis } = await import("@upstash/redis");
  const { Ratelimit } = await import("@upstash/ratelimit");
  const redis = new Redis(place);
  const limiters = {
    fixed: Ratelimit.fixedWindow(5, "1 h"),
    sliding: Ratelimit.slidingWindow(5, "1 h"),
    bucket: Ratelimit.tokenBucket(5, "1 h", 5),
  };
  for (const [prefix, limiter] of Object.entries(limiters)) {
    for (const ephemeralCache of [false, new Map()] as const) {
      const ratelimit = new Ratelimit({
        redis,
        limiter,
        prefix: prefix + typeof ephemeralCache,
        ephemeralCache,
        analytics: true,
      });
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => ratelimit.limit("ada")));
      assertEquals(outcomes.filter(({ success }) => success).length, 5, prefix);
      await Promise.all(outcomes.map(({ pending }) => pending));
      assertEquals((await ratelimit.limit("bob")).remaining, 4);
      assertEquals((await ratelimit.getRemaining("ada")).remaining, 0);
      await ratelimit.resetUsedTokens("ada");
      assert((await ratelimit.limit("ada")).success);
    }
  }
  using session = server.session();
  assertMatch(String(await session.call("INFO", "commandstats")), /cmdstat_evalsha:/);
});

testOver("@upstash/lock: one holder at a time", async (place) => {
  const { Redis } = await import("@upstash/redis");
  const { Lock } = await import("@upstash/lock");
  const redis = new Redis(place);
  const retry = { attempts: 1, delay: 1 };
  // Written against an earlier version of the SDK, whose type is another one.
  const made = () => new Lock({ id: "job", redis: redis as never, lease: 10_000, retry });
  const [ada, bob] = [made(), made()];
  assertEquals([await ada.acquire(), await bob.acquire()], [true, false]);
  assertEquals([await ada.getStatus(), await bob.getStatus()], ["ACQUIRED", "FREE"]);
  assertEquals([await bob.release(), await ada.extend(5000), await ada.release()], [
    false,
    true,
    true,
  ]);
  assertEquals(await bob.acquire(), true);
  await bob.release();
});

testOver("@vercel/kv: a client of its own settings", async (place) => {
  const { createClient } = await import("@vercel/kv");
  const kv = createClient(place);
  await kv.set("user", { name: "Ada" }, { ex: 60 });
  assertEquals(await kv.get("user"), { name: "Ada" });
  await kv.lpush("queue", 1, 2);
  assertEquals(await kv.lrange<number>("queue", 0, -1), [2, 1]);
  const keys: string[] = [];
  for await (const key of kv.scanIterator({ match: "*" })) keys.push(key);
  assertEquals(keys.sort(), ["queue", "user"]);
});
