/** `used_memory`: one figure for INFO, MEMORY and `maxmemory`, which comes back to where it was. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";
import { type Reply, RespClient } from "../support/resp_client.ts";

/** A figure of INFO's memory section. */
async function figure(client: RespClient, name: string): Promise<number> {
  const info = (await client.call("INFO", "everything")).text!;
  return Number(new RegExp(`^${name}:([-\\d.]+)`, "m").exec(info)![1]);
}

/** A figure of MEMORY STATS. */
async function memoryStats(client: RespClient): Promise<Map<string, Reply>> {
  const { elements } = await client.call("MEMORY", "STATS");
  return new Map(
    elements.flatMap((name, i) => i % 2 === 0 ? [[name.text!, elements[i + 1]]] : []),
  );
}

/** Runs `until` again, letting time go by, until it holds. */
async function eventually(redis: FrozenServer, until: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await until()) return;
    redis.clock.advance({ milliseconds: 100 });
  }
  assert(false, "it does not come to pass");
}

const start = () => startFrozenServer({ config: { "client-output-buffer-limit": "pubsub 0 0 0" } });

/** What a client may do that takes about this much memory; a second client is there to help. */
const deeds: Record<string, (client: RespClient, helper: RespClient) => Promise<number>> = {
  async "half a request"(client) {
    await client.send(fromLatin1(`*2\r\n$4\r\nECHO\r\n$3000000\r\n${"x".repeat(2_500_000)}`));
    return 2_500_000;
  },
  async "a great many arguments of half a request"(client) {
    await client.send(fromLatin1(`*200000\r\n${"$1\r\nx\r\n".repeat(199_000)}`));
    return 199_000 * 12;
  },
  async "a transaction's requests"(client) {
    await client.call("MULTI");
    for (let i = 0; i < 20; i++) await client.call("SET", "k", "x".repeat(100_000));
    return 2_000_000;
  },
  async "a transaction of many small requests"(client) {
    await client.call("MULTI");
    await client.send(fromLatin1("ECHO small\r\n".repeat(30_000)));
    for (let i = 0; i < 30_000; i++) await client.read();
    return 30_000 * "ECHOsmall".length;
  },
  async "watched keys"(client) {
    for (let i = 0; i < 20; i++) await client.call("WATCH", "x".repeat(100_000) + i);
    return 2_000_000;
  },
  async "subscriptions"(client) {
    for (let i = 0; i < 20; i++) await client.call("PSUBSCRIBE", "x".repeat(60_000) + i);
    return 1_200_000;
  },
  async "prefixes that are listened to"(client) {
    await client.call("HELLO", "3");
    const prefixes = Array.from({ length: 2000 }, (_, i) => ["PREFIX", `prefix-${i}-`]).flat();
    await client.call("CLIENT", "TRACKING", "ON", "BCAST", ...prefixes);
    return 2000 * 300;
  },
  async "keys that are cached"(client) {
    await client.call("HELLO", "3");
    await client.call("CLIENT", "TRACKING", "ON");
    await client.call("MGET", ...Array.from({ length: 5000 }, (_, i) => `key:${i}`));
    return 5000 * 150;
  },
  async "a request that waits"(client) {
    const keys = Array.from({ length: 20 }, (_, i) => "x".repeat(50_000) + i);
    await client.send(encodeRequest(["BLPOP", ...keys, "0"].map(fromLatin1)));
    return 1_000_000;
  },
  async "messages that are not read"(client, helper) {
    await client.call("SUBSCRIBE", "channel");
    // More than the system holds for the two of them.
    for (let i = 0; i < 100; i++) await helper.call("PUBLISH", "channel", "x".repeat(200_000));
    return 2_000_000;
  },
};

for (const [what, deed] of Object.entries(deeds)) {
  Deno.test(`used_memory counts ${what}, and no more when the client is gone`, async () => {
    await using redis = await start();
    using observer = await RespClient.connect(redis.port);
    using helper = await RespClient.connect(redis.port);
    await helper.call("PING");
    const before = await figure(observer, "used_memory");
    const client = await RespClient.connect(redis.port);
    const bytes = await deed(client, helper);
    await eventually(redis, async () => await figure(observer, "used_memory") >= before + bytes);
    const dataset = await figure(observer, "used_memory_dataset");
    assert(dataset < 1000, `${dataset} bytes of data`);
    client.close();
    await eventually(redis, async () => await figure(observer, "used_memory") <= before + 20_000);
  });

  // Output may be with the system in a moment: that counts which waits when the time has come.
  if (what === "messages that are not read") continue;
  Deno.test(`maxmemory counts ${what} at once, not when the time comes`, async () => {
    await using redis = await start();
    using observer = await RespClient.connect(redis.port);
    using helper = await RespClient.connect(redis.port);
    using client = await RespClient.connect(redis.port);
    await client.call("PING");
    await observer.call("CONFIG", "SET", "maxmemory", "100mb");
    const { memory } = redis.running.server;
    const before = memory.usedBytes;
    const bytes = await deed(client, helper);
    // No clock is advanced, and nobody asks for INFO.
    while (memory.usedBytes < before + bytes) await observer.call("PING");
  });
}

Deno.test("INFO, MEMORY STATS and what maxmemory limits are the same figures", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await client.call("DEBUG", "POPULATE", "1000", "key", "100");
  await client.call("SELECT", "3");
  await client.call("SET", "k", "v", "EX", "100");
  await other.send(fromLatin1(`*1\r\n$1000000\r\n${"x".repeat(900_000)}`));
  await eventually(redis, async () => await figure(client, "mem_clients_normal") > 900_000);
  const stats = await memoryStats(client);
  const same = {
    "total.allocated": "used_memory",
    "peak.allocated": "used_memory_peak",
    "startup.allocated": "used_memory_startup",
    "clients.normal": "mem_clients_normal",
    "aof.buffer": "mem_aof_buffer",
    "overhead.total": "used_memory_overhead",
    "dataset.bytes": "used_memory_dataset",
    "allocator.allocated": "allocator_allocated",
    "allocator.active": "allocator_active",
    "allocator.resident": "allocator_resident",
  };
  for (const [name, field] of Object.entries(same)) {
    assertEquals(Number(stats.get(name)!.text), await figure(client, field), name);
  }
  const number = (name: string) => Number(stats.get(name)!.text);
  assertEquals(number("total.allocated"), number("overhead.total") + number("dataset.bytes"));
  assertEquals(number("keys.count"), 1001);
  assert(stats.has("db.0") && stats.has("db.3") && !stats.has("db.1"));
  assert(number("dataset.bytes") > 100_000 && number("dataset.bytes") < 200_000);
  assertEquals(redis.running.server.memory.usedBytes, number("total.allocated"));
  assertStringIncludes((await client.call("MEMORY", "DOCTOR")).text!, "little in memory");
});

Deno.test("MEMORY DOCTOR names clients that take much, and memory that was needed once", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "POPULATE", "1000", "key", "10000");
  assertEquals((await client.call("MEMORY", "DOCTOR")).text, "Nothing is wrong with memory.\n");
  using other = await RespClient.connect(redis.port);
  await other.send(fromLatin1(`*1\r\n$9000000\r\n${"x".repeat(8_000_000)}`));
  await eventually(redis, async () => await figure(client, "mem_clients_normal") > 8_000_000);
  assertMatch((await client.call("MEMORY", "DOCTOR")).text!, /maxmemory-clients/);
  other.close();
  await client.call("DEL", ...Array.from({ length: 450 }, (_, i) => `key:${i}`));
  await eventually(redis, async () => await figure(client, "mem_clients_normal") < 100_000);
  assertMatch((await client.call("MEMORY", "DOCTOR")).text!, /at some time/);
});

Deno.test("an idle client gives the buffer of its large requests back", async () => {
  await using redis = await startFrozenServer();
  using observer = await RespClient.connect(redis.port);
  await observer.call("PING");
  for (const size of [20_000, 100_000, 900_000, 5_000_000]) {
    using client = await RespClient.connect(redis.port);
    for (let i = 0; i < 3; i++) await client.call("SET", "k", "x".repeat(size));
    await observer.call("DEL", "k");
    redis.clock.advance({ seconds: 3 });
    const { clients } = redis.running.server;
    for (const { reader } of clients) assert(reader.bufferBytes <= 65_536, `${size}`);
    assertEquals(await client.ask("ECHO", "x".repeat(size)), `$"${"x".repeat(size)}"`);
  }
});

Deno.test("while clients hold all memory everything is evicted, and the server goes on", async () => {
  for (const policy of ["allkeys-lru", "allkeys-random", "volatile-ttl", "noeviction"] as const) {
    await using redis = await startFrozenServer({ config: { "maxmemory-policy": policy } });
    using client = await RespClient.connect(redis.port);
    await client.call("DEBUG", "POPULATE", "1000", "key", "100");
    await client.call("CONFIG", "SET", "maxmemory", "2mb");
    const greedy = await RespClient.connect(redis.port);
    await greedy.send(fromLatin1(`*1\r\n$9000000\r\n${"x".repeat(8_000_000)}`));
    const write = async () => (await client.call("SET", "key:1", "v")).text!;
    while (await write() === "OK");
    for (let i = 0; i < 20; i++) {
      assertStringIncludes(await write(), "OOM command not allowed");
      assertEquals((await client.call("PING")).text, "PONG");
    }
    const isKept = policy === "volatile-ttl" || policy === "noeviction";
    assertEquals((await client.call("DBSIZE")).text, isKept ? "1000" : "0", policy);
    greedy.close();
    while (await write() !== "OK");
  }
});

Deno.test("what a client sends while others have their turn stays with the system", async () => {
  await using redis = await startFrozenServer();
  using other = await RespClient.connect(redis.port);
  using busy = await RespClient.connect(redis.port);
  const requests = 300;
  const bytes = fromLatin1(
    `DEBUG SLEEP 0.005\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$40000\r\n${"x".repeat(40_000)}\r\n`
      .repeat(requests),
  );
  let isDone = false;
  const work = (async () => {
    await busy.send(bytes);
    for (let i = 0; i < 2 * requests; i++) assertEquals((await busy.read()).text, "OK");
    isDone = true;
  })();
  let most = 0;
  while (!isDone) {
    await other.call("PING");
    for (const { reader } of redis.running.server.clients) {
      most = Math.max(most, reader.bufferBytes);
    }
  }
  await work;
  assert(most < 200_000, `${most}`);
});
