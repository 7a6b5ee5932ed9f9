import { assert, assertEquals, assertMatch } from "@std/assert";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";
import { differential } from "../support/differential.ts";
import { RespClient } from "../support/resp_client.ts";

differential(
  "without room, what may need memory is refused",
  `
  SET old 1
  CONFIG SET maxmemory-policy noeviction maxmemory 1
  SET a 1
  APPEND old 2
  GET old
  DEL old
  MULTI
  GET a
  SET a 1
  EXEC
  CONFIG SET maxmemory 0
  MULTI
  SET a 1
  CONFIG SET maxmemory 1
  EXEC
  CONFIG SET maxmemory-policy volatile-lru
  LPUSH list x
  CONFIG SET maxmemory 0
  CONFIG SET maxmemory-policy noeviction
  GET a
  `,
);

differential(
  "integers are shared, unless the policy wants an access clock for each",
  ["noeviction", "allkeys-random", "volatile-ttl", "allkeys-lru", "volatile-lru", "allkeys-lfu"]
    .map((policy) => `
  CONFIG SET maxmemory 0 maxmemory-policy ${policy}
  SET a 1
  OBJECT REFCOUNT a
  CONFIG SET maxmemory 1gb
  SET a 1
  SET b 10000
  OBJECT REFCOUNT a
  OBJECT REFCOUNT b`).join("\n") + `
  CONFIG SET maxmemory 0 maxmemory-policy noeviction`,
);

/** Room for this many bytes beyond what an empty server uses. */
async function limited(server: FrozenServer, client: RespClient, policy: string, bytes: number) {
  // So that buffers of large requests are given back.
  server.clock.advance({ seconds: 2 });
  const info = (await client.call("INFO", "memory")).text!;
  const base = Number(/used_memory:(\d+)/.exec(info)![1]);
  await client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", `${base + bytes}`);
  // A command makes room.
  await client.call("PING");
}

/** Names of the keys that are there. */
async function keys(client: RespClient): Promise<Set<string>> {
  return new Set((await client.call("KEYS", "*")).elements.map(({ text }) => text!));
}

for (
  const policy of [
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
  ]
) {
  Deno.test(`${policy} keeps memory within the limit, and keys that it may not touch`, async () => {
    await using server = await startFrozenServer({ config: { "enable-debug-command": "yes" } });
    using client = await RespClient.connect(server.port);
    const isVolatile = policy.startsWith("volatile");
    if (isVolatile) { for (let i = 0; i < 100; i++) await client.call("SET", `lasting:${i}`, "x"); }
    await limited(server, client, policy, 100_000);
    for (let i = 0; i < 2000; i++) {
      const value = "x".repeat(i % 500);
      await client.call("SET", `key:${i}`, value, "EX", String(1000 + i));
    }
    const info = (await client.call("INFO")).text!;
    const used = Number(/used_memory:(\d+)/.exec(info)![1]);
    const maximum = Number(/maxmemory:(\d+)/.exec(info)![1]);
    // The last write may go over the limit.
    assert(used <= maximum + 1000, `${used} of ${maximum} bytes used`);
    assertMatch(info, /evicted_keys:1\d\d\d\r/);
    const left = await keys(client);
    if (isVolatile) { for (let i = 0; i < 100; i++) assert(left.has(`lasting:${i}`)); }
    await client.call("CONFIG", "SET", "maxmemory", "0");
    assertMatch((await client.call("DEBUG", "ARENA")).text!, /^blocks:/);
  });
}

/** Stores keys 0 to 99, each a second later, uses the even ones, then makes half of them go. */
async function survivors(
  policy: string,
  use: (client: RespClient, key: string) => Promise<unknown>,
) {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory-samples", "20");
  for (let i = 0; i < 100; i++) {
    await client.call("SET", String(i), "x".repeat(1000), "EX", String(10_000 + i));
    server.clock.advance({ seconds: 1 });
  }
  for (let i = 0; i < 100; i += 2) await use(client, String(i));
  const half = 50 * 1040;
  await limited(server, client, policy, -half);
  return [...await keys(client)].map(Number);
}

Deno.test("LRU deletes what was not used for the longest time", async () => {
  const left = await survivors("allkeys-lru", (client, key) => client.call("GET", key));
  assert(left.filter((key) => key % 2 === 0).length >= left.length * 0.9, left.join());
});

Deno.test("LFU deletes what is seldom used", async () => {
  const left = await survivors("allkeys-lfu", async (client, key) => {
    for (let i = 0; i < 20; i++) await client.call("GET", key);
  });
  assert(left.filter((key) => key % 2 === 0).length >= left.length * 0.9, left.join());
});

Deno.test("volatile-ttl deletes what would expire first", async () => {
  const left = await survivors("volatile-ttl", () => Promise.resolve());
  assert(left.filter((key) => key >= 50).length >= left.length * 0.85, left.join());
});

Deno.test("an eviction is told as an event and makes transactions fail that watch the key", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  using listener = await RespClient.connect(server.port);
  await client.call("CONFIG", "SET", "notify-keyspace-events", "Ee");
  await listener.call("SUBSCRIBE", "__keyevent@0__:evicted");
  await client.call("SET", "a", "x".repeat(100_000));
  await client.call("WATCH", "a");
  await limited(server, client, "allkeys-lru", -1000);
  assertEquals((await listener.read()).elements.map(({ text }) => text), [
    "message",
    "__keyevent@0__:evicted",
    "a",
  ]);
  await client.call("CONFIG", "SET", "maxmemory", "0");
  await client.call("MULTI");
  await client.call("PING");
  assertEquals(await client.ask("EXEC"), "* null");
});
