/** Packages that lock and limit, unmodified: redlock and rate-limiter-flexible. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { packageProblem, testUnless } from "../support/npm_clients.ts";

const npm = await packageProblem();

testUnless(npm, "redlock gives a lock to one, until it is released or runs out", async () => {
  const { Redis } = await import("ioredis");
  const { default: Redlock, ExecutionError } = await import("redlock");
  await using server = await startFrozenServer({ inspectsChanges: true });
  const redis = new Redis(server.port, "127.0.0.1");
  const impatient = { retryCount: 0 };
  const [mine, theirs] = [new Redlock([redis], impatient), new Redlock([redis], impatient)];
  try {
    let lock = await mine.acquire(["a", "b"], 10_000);
    await assertRejects(() => theirs.acquire(["b"], 10_000), ExecutionError);
    assertEquals(await redis.exists("a", "b"), 2);
    lock = await lock.extend(20_000);
    assertEquals(await redis.pttl("a"), 20_000);
    await lock.release();
    assertEquals(await redis.exists("a", "b"), 0);

    const forgotten = await theirs.acquire(["b"], 10_000);
    server.clock.advance({ milliseconds: 10_001 });
    const next = await mine.acquire(["b"], 10_000);
    await assertRejects(() => forgotten.extend(10_000), ExecutionError);
    await assertRejects(() => forgotten.release(), ExecutionError);
    assertEquals(await redis.get("b"), next.value);
    await next.release();

    const result = await mine.using(["c"], 10_000, async (signal) => {
      await assertRejects(() => theirs.acquire(["c"], 10_000), ExecutionError);
      return signal.aborted;
    });
    assertEquals([result, await redis.exists("c")], [false, 0]);
  } finally {
    redis.disconnect();
  }
});

for (const client of ["ioredis", "node-redis"] as const) {
  testUnless(
    npm,
    `rate-limiter-flexible counts points and lets them run out, by ${client}`,
    async () => {
      const { RateLimiterRedis, RateLimiterRes } = await import("rate-limiter-flexible");
      await using server = await startFrozenServer({ inspectsChanges: true });
      const { storeClient, close } = await connect(client, server.port);
      const useRedisPackage = client === "node-redis";
      const limiter = new RateLimiterRedis({
        storeClient,
        useRedisPackage,
        keyPrefix: "login",
        points: 3,
        duration: 60,
        blockDuration: 600,
      });
      const refusal = (key: string) =>
        limiter.consume(key).then(
          () => undefined,
          (reason: InstanceType<typeof RateLimiterRes>) => reason,
        );
      try {
        const spent = await limiter.consume("ada", 2);
        assertEquals([spent.consumedPoints, spent.remainingPoints], [2, 1]);
        assertEquals([spent.isFirstInDuration, spent.msBeforeNext], [true, 60_000]);
        server.clock.advance({ seconds: 20 });
        const third = await limiter.consume("ada");
        assertEquals([third.isFirstInDuration, third.msBeforeNext], [false, 40_000]);
        const refused = await refusal("ada");
        assertEquals([refused?.consumedPoints, refused?.msBeforeNext], [4, 600_000]);
        assertEquals((await limiter.consume("bob")).remainingPoints, 2);
        assertEquals((await limiter.reward("bob", 1)).consumedPoints, 0);
        server.clock.advance({ seconds: 599 });
        assert(await refusal("ada"));
        await limiter.delete("ada");
        assertEquals(await limiter.get("ada"), null);
        assertEquals((await limiter.consume("ada")).remainingPoints, 2);
      } finally {
        close();
      }
    },
  );
}

async function connect(client: "ioredis" | "node-redis", port: number) {
  if (client === "ioredis") {
    const { Redis } = await import("ioredis");
    const redis = new Redis(port, "127.0.0.1");
    return { storeClient: redis, close: () => redis.disconnect() };
  }
  const { createClient } = await import("redis");
  const redis = createClient({ url: `redis://127.0.0.1:${port}` });
  await redis.connect();
  return { storeClient: redis, close: () => redis.destroy() };
}
