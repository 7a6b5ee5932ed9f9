/** `maxmemory-clients`: the clients that take most memory are closed first. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

const evicted = async (client: RespClient) =>
  Number(/evicted_clients:(\d+)/.exec((await client.call("INFO", "stats")).text!)![1]);

/** A client that holds about so many bytes: a request that it never ends. */
async function greedy(port: number, bytes: number, ...first: string[]): Promise<RespClient> {
  const client = await RespClient.connect(port);
  if (first.length > 0) await client.call(...first);
  await client.send(
    new TextEncoder().encode(`*2\r\n$4\r\nECHO\r\n$${bytes}\r\n${"x".repeat(bytes - 1)}`),
  );
  return client;
}

Deno.test("the largest clients go, the others stay", async () => {
  await using redis = await startFrozenServer({ config: { "maxmemory-clients": "2mb" } });
  using watcher = await RespClient.connect(redis.port);
  const small = await Promise.all([1, 2, 3].map(() => greedy(redis.port, 1000)));
  const large = await greedy(redis.port, 500_000);
  assertEquals(await watcher.ask("PING"), '+"PONG"');
  assertEquals(await evicted(watcher), 0);
  const larger = await greedy(redis.port, 1_700_000);
  assertEquals(await larger.readToEnd(), "");
  assertEquals(await evicted(watcher), 1);
  assertMatch(redis.log.join(""), /Evicting client: id=\d+ addr=/);
  for (const client of small) await client.send(new TextEncoder().encode("x\r\n"));
  for (const client of small) assertEquals((await client.read()).text!.length, 1000);
  for (const client of [...small, large, larger]) client.close();
});

Deno.test("a client that never reads is closed, one with NO-EVICT is not", async () => {
  await using redis = await startFrozenServer({
    config: { "client-output-buffer-limit": "normal 0 0 0" },
  });
  using writer = await RespClient.connect(redis.port);
  using protectedClient = await greedy(redis.port, 1_000_000, "CLIENT", "NO-EVICT", "on");
  using greedyClient = await greedy(redis.port, 500_000);
  await writer.call("CLIENT", "NO-EVICT", "on");
  await writer.call("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-clients", "2%");
  assertEquals(await evicted(writer), 0);
  await writer.call("CONFIG", "SET", "maxmemory", "50mb");
  redis.clock.advance({ milliseconds: 100 });
  assertEquals(await greedyClient.readToEnd(), "");
  assertEquals(await evicted(writer), 1);
  await protectedClient.send(new TextEncoder().encode("x\r\n"));
  assertEquals((await protectedClient.read()).text!.length, 1_000_000);
});

Deno.test("what a transaction holds counts", async () => {
  await using redis = await startFrozenServer({ config: { "maxmemory-clients": "500kb" } });
  using client = await RespClient.connect(redis.port);
  await client.call("MULTI");
  const request = async () =>
    await client.call("SET", "k", "x".repeat(50_000)).catch(() => undefined);
  let queued = 0;
  while (await request() !== undefined) queued++;
  assert(queued > 3 && queued < 10, `${queued} requests were queued`);
});
