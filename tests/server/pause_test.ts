import { assertEquals, assertStringIncludes } from "@std/assert";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

/** A field of INFO. */
async function info(client: RespClient, field: string): Promise<number> {
  const text = (await client.call("INFO")).text!;
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(text)![1]);
}

/** Sends a request that is to be held up, and waits until it is. */
async function sendHeldUp(
  redis: FrozenServer,
  admin: RespClient,
  ...words: string[]
): Promise<RespClient> {
  const before = await info(admin, "blocked_clients");
  const client = await RespClient.connect(redis.port);
  await client.send(encodeRequest(words));
  await until("a client held up", async () => await info(admin, "blocked_clients") > before);
  return client;
}

Deno.test("CLIENT PAUSE WRITE holds up what may replicate, and nothing else", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  await admin.call("CLIENT", "PAUSE", "100000", "WRITE");
  const requests = [
    ["SET", "k", "v"],
    ["PFCOUNT", "hll"],
    ["PUBLISH", "x", "m"],
    ["SPUBLISH", "x", "m"],
    ["BLPOP", "list", "1"],
  ];
  const clients: RespClient[] = [];
  for (const request of requests) clients.push(await sendHeldUp(redis, admin, ...request));
  assertEquals(await admin.ask("GET", "k"), "$ null");
  assertEquals(await admin.ask("PUBSUB", "NUMPAT"), ':"0"');
  assertStringIncludes((await admin.call("CLIENT", "LIST")).text!, " flags=b ");
  redis.clock.advance({ seconds: 99 });
  assertEquals(await info(admin, "blocked_clients"), requests.length);
  await admin.call("CLIENT", "UNPAUSE");
  for (const client of clients.slice(0, 4)) await client.read();
  assertEquals(await admin.ask("GET", "k"), '$"v"');
  for (const client of clients) client.close();
});

Deno.test("CLIENT PAUSE holds up a write when it is queued, and EXEC if it was queued before", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  using early = await RespClient.connect(redis.port);
  using reader = await RespClient.connect(redis.port);
  for (const client of [early, reader]) await client.call("MULTI");
  await early.call("SET", "k", "v");
  await admin.call("CLIENT", "PAUSE", "100000", "WRITE");
  await reader.call("GET", "k");
  await reader.send(encodeRequest(["SET", "k", "w"]));
  await early.send(encodeRequest(["EXEC"]));
  await until("two held up", async () => await info(admin, "blocked_clients") === 2);
  // Neither EXEC nor DISCARD of what only reads is held up.
  assertEquals(await admin.ask("MULTI"), '+"OK"');
  assertEquals(await admin.ask("GET", "k"), '+"QUEUED"');
  assertEquals(await admin.ask("EXEC"), "*1[$ null]");
  redis.clock.advance({ seconds: 101 });
  assertEquals((await early.read()).elements[0].text, "OK");
  assertEquals((await reader.read()).text, "QUEUED");
  assertEquals(await reader.ask("DISCARD"), '+"OK"');
});

Deno.test("CLIENT PAUSE does not hold up an EXEC that was bound to fail before it was told to write", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  using broken = await RespClient.connect(redis.port);
  using late = await RespClient.connect(redis.port);
  for (const request of ["MULTI", "NOSUCH", "SET k v"]) await broken.call(...request.split(" "));
  for (const request of ["WATCH w", "MULTI"]) await late.call(...request.split(" "));
  await admin.call("SET", "w", "changed");
  await late.call("SET", "k", "v");
  assertStringIncludes((await admin.call("CLIENT", "LIST")).text!, " multi=0 ");
  await admin.call("CLIENT", "PAUSE", "100000", "WRITE");
  assertStringIncludes((await broken.call("EXEC")).text!, "EXECABORT");
  assertEquals(await late.ask("EXEC"), "* null");
});

Deno.test("a transaction that pauses clients runs to its end; one that writes may be discarded", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  using writer = await RespClient.connect(redis.port);
  await writer.call("MULTI");
  await writer.call("SET", "k", "w");
  for (const request of [["MULTI"], ["CLIENT", "PAUSE", "9000", "WRITE"], ["SET", "k", "v"]]) {
    await admin.call(...request);
  }
  assertEquals(await admin.ask("EXEC"), '*2[+"OK" +"OK"]');
  assertEquals(await admin.ask("GET", "k"), '$"v"');
  assertEquals(await writer.ask("DISCARD"), '+"OK"');
});

Deno.test("during a pause no key is deleted because of its time, and none of them is found", async () => {
  for (const mode of ["WRITE", "ALL"]) {
    await using redis = await startFrozenServer();
    using client = await RespClient.connect(redis.port);
    await client.call("SET", "asked", "v", "PX", "10");
    await client.call("SET", "unasked", "v", "PX", "10");
    const { server } = redis.running;
    await client.send(encodeRequest(["CLIENT", "PAUSE", "60000", mode]));
    await client.read();
    redis.clock.advance({ seconds: 59 });
    if (mode === "WRITE") {
      assertEquals(await client.ask("GET", "asked"), "$ null");
      assertEquals(await client.ask("EXISTS", "unasked"), ':"0"');
      assertEquals((await client.call("SCAN", "0")).elements[1].elements, []);
      assertEquals(await client.ask("RANDOMKEY"), "$ null");
    }
    assertEquals([server.keyspace.size, server.keyspace.stats.expired], [2, 0]);
    redis.clock.advance({ seconds: 2 });
    assertEquals([server.keyspace.size, server.keyspace.stats.expired], [0, 2]);
  }
});

Deno.test("during a pause no key is evicted, and nothing refused for lack of memory", async () => {
  await using redis = await startFrozenServer({ config: { "maxmemory-policy": "allkeys-lru" } });
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "POPULATE", "1000", "key", "100");
  await client.call("CLIENT", "PAUSE", "60000", "WRITE");
  await client.call("CONFIG", "SET", "maxmemory", "1");
  assertEquals(await client.ask("GET", "none"), "$ null");
  assertEquals(await client.ask("DBSIZE"), ':"1000"');
  await client.call("CLIENT", "UNPAUSE");
  await client.call("GET", "none");
  assertEquals(await client.ask("DBSIZE"), ':"0"');
});

Deno.test("a client that waits is served when the pause is over, but gives up when its time is", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  using patient = await sendHeldUp(redis, admin, "BLPOP", "list", "0");
  using impatient = await sendHeldUp(redis, admin, "BLPOP", "other", "5");
  await admin.call("MULTI");
  await admin.call("CLIENT", "PAUSE", "60000", "WRITE");
  await admin.call("RPUSH", "list", "a");
  assertEquals(await admin.ask("EXEC"), '*2[+"OK" :"1"]');
  redis.clock.advance({ seconds: 6 });
  assertEquals((await impatient.read()).text, undefined);
  assertEquals(await admin.ask("LLEN", "list"), ':"1"');
  assertEquals(await info(admin, "blocked_clients"), 1);
  redis.clock.advance({ seconds: 60 });
  assertEquals((await patient.read()).elements[1].text, "a");
});

Deno.test("a pause is never shortened, and one of no time is none", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  await admin.call("CLIENT", "PAUSE", "0");
  assertEquals(await admin.ask("PING"), '+"PONG"');
  await admin.call("CLIENT", "PAUSE", "60000", "WRITE");
  await admin.call("CLIENT", "PAUSE", "10", "WRITE");
  using held = await sendHeldUp(redis, admin, "SET", "k", "v");
  redis.clock.advance({ seconds: 50 });
  assertEquals(await info(admin, "blocked_clients"), 1);
  redis.clock.advance({ seconds: 11 });
  assertEquals((await held.read()).text, "OK");
});
