import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { startServer } from "../../src/mod.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

Deno.test("CLIENT REPLY OFF and SKIP drop replies", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.send(fromLatin1("CLIENT REPLY OFF\r\nSET a 1\r\nCLIENT REPLY ON\r\n"));
  assertEquals((await client.read()).text, "OK");
  await client.send(fromLatin1("CLIENT REPLY SKIP\r\nSET a 2\r\nGET a\r\n"));
  assertEquals((await client.read()).text, "2");
});

Deno.test("CLIENT REPLY OFF drops what MONITOR shows, as it drops replies", async () => {
  await using redis = await startFrozenServer();
  using watcher = await RespClient.connect(redis.port);
  using client = await RespClient.connect(redis.port);
  await watcher.call("HELLO", "3");
  await watcher.call("MONITOR");
  await watcher.send(encodeRequest(["CLIENT", "REPLY", "OFF"]));
  // Its push is no reply: it comes, and tells that replies are off.
  await watcher.send(encodeRequest(["SUBSCRIBE", "news"]));
  assertEquals((await watcher.read()).elements[0].text, "subscribe");
  await client.call("ECHO", "unseen");
  await watcher.send(encodeRequest(["CLIENT", "REPLY", "ON"]));
  assertEquals((await watcher.read()).text, "OK");
  await client.call("ECHO", "seen");
  const lines = [(await watcher.read()).text!, (await watcher.read()).text!];
  assertEquals(lines.map((line) => line.replace(/^.*\] /, "")), [
    '"CLIENT" "REPLY" "ON"',
    '"ECHO" "seen"',
  ]);
});

Deno.test("CLIENT PAUSE holds requests up until its time is over", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await client.call("CLIENT", "PAUSE", "60000", "WRITE");
  await other.send(encodeRequest(["SET", "k", "v"]));
  assertEquals((await client.call("GET", "k")).text, undefined);
  redis.clock.advance({ seconds: 61 });
  assertEquals((await other.read()).text, "OK");
  assertEquals((await client.call("GET", "k")).text, "v");
});

Deno.test("CLIENT UNPAUSE lets requests go on", async () => {
  await using redis = await startFrozenServer();
  using admin = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await admin.call("CLIENT", "PAUSE", "1000000", "WRITE");
  await other.send(encodeRequest(["SET", "k", "v"]));
  await admin.call("CLIENT", "UNPAUSE");
  assertEquals((await other.read()).text, "OK");
});

Deno.test("CLIENT KILL closes other connections, and its own after the reply", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using victim = await RespClient.connect(redis.port);
  const id = (await victim.call("CLIENT", "ID")).text!;
  await client.send(concat([["KILL", "ID", id], ["KILL", "ID", id], ["LIST", "ID", id]].map(
    (words) => encodeRequest(["CLIENT", ...words]),
  )));
  // It is gone at once, not when its connection is.
  for (const expected of ["1", "0", ""]) assertEquals((await client.read()).text, expected);
  await assertRejects(() => victim.call("PING"));
  const self = (await client.call("CLIENT", "ID")).text!;
  assertEquals((await client.call("CLIENT", "KILL", "ID", self, "SKIPME", "no")).text, "1");
  assertEquals(await client.readToEnd(), "");
});

Deno.test("a password is asked for, and strangers may do next to nothing", async () => {
  await using redis = await startFrozenServer({ config: { requirepass: "secret" } });
  using client = await RespClient.connect(redis.port);
  assertEquals((await client.call("GET", "k")).text, "NOAUTH Authentication required.");
  assertStringIncludes((await client.call("HELLO", "3")).text!, "NOAUTH HELLO");
  assertStringIncludes((await client.call("AUTH", "wrong")).text!, "WRONGPASS");
  assertStringIncludes((await client.call("AUTH", "default", "secre")).text!, "WRONGPASS");
  assertEquals((await client.call("AUTH", "secret")).text, "OK");
  assertEquals((await client.call("SET", "k", "v")).text, "OK");
  assertEquals((await client.call("RESET")).text, "RESET");
  assertEquals((await client.call("GET", "k")).text, "NOAUTH Authentication required.");
  const hello = await client.call("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me");
  assertEquals(hello.type, "%");
  assertEquals((await client.call("CLIENT", "GETNAME")).text, "me");
  using stranger = await RespClient.connect(redis.port);
  await stranger.send(fromLatin1("*11\r\n"));
  assertStringIncludes(await stranger.readToEnd(), "unauthenticated multibulk length");
});

Deno.test("maxclients refuses one too many", async () => {
  await using redis = await startFrozenServer({ config: { maxclients: "2" } });
  using a = await RespClient.connect(redis.port);
  using b = await RespClient.connect(redis.port);
  await a.call("PING");
  await b.call("PING");
  using c = await RespClient.connect(redis.port);
  assertEquals(await c.readToEnd(), "-ERR max number of clients reached\r\n");
  assertEquals((await a.call("PING")).text, "PONG");
});

Deno.test("timeout closes clients that say nothing", async () => {
  await using redis = await startFrozenServer({ config: { timeout: "10" } });
  using quiet = await RespClient.connect(redis.port);
  using busy = await RespClient.connect(redis.port);
  await quiet.call("PING");
  for (let i = 0; i < 4; i++) {
    await busy.call("PING");
    redis.clock.advance({ seconds: 5 });
  }
  assertEquals((await busy.call("PING")).text, "PONG");
  assertEquals(await quiet.readToEnd(), "");
});

Deno.test("a client that does not read is held, and others go on", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using deaf = await RespClient.connect(redis.port);
  await client.call("SET", "big", "x".repeat(1_000_000));
  const request = encodeRequest(["GET", "big"]);
  for (let i = 0; i < 60; i++) await deaf.send(request);
  for (let i = 0; i < 50; i++) assertEquals((await client.call("PING")).text, "PONG");
  const { clients } = redis.running.server;
  const held = Math.max(...[...clients].map(({ connection }) => connection.pendingBytes));
  assert(held < 4_000_000, `${held} bytes are held`);
  for (let i = 0; i < 60; i++) assertEquals((await deaf.read()).text!.length, 1_000_000);
});

Deno.test("client-output-buffer-limit closes a client whose reply is too large", async () => {
  await using redis = await startFrozenServer({
    config: { "client-output-buffer-limit": "normal 100000 0 0" },
  });
  using client = await RespClient.connect(redis.port);
  await client.call("SET", "big", "x".repeat(50_000_000));
  await client.send(encodeRequest(["GET", "big"]));
  const received = await client.readToEnd();
  assert(received.length < 50_000_000);
  assertStringIncludes(redis.log.join(""), "overcoming of output buffer limits");
});

Deno.test("client-query-buffer-limit closes a client whose request is too large", async () => {
  await using redis = await startFrozenServer({ config: { "client-query-buffer-limit": "1mb" } });
  using client = await RespClient.connect(redis.port);
  await client.send(fromLatin1("*2\r\n$4\r\nECHO\r\n$100000000\r\n"));
  const part = new Uint8Array(100_000);
  await assertRejects(async () => {
    for (let i = 0; i < 1000; i++) await client.send(part);
  });
  assertStringIncludes(redis.log.join(""), "max query buffer length");
});

Deno.test("client-query-buffer-limit counts all arguments of a request, not only the last", async () => {
  await using redis = await startFrozenServer({ config: { "client-query-buffer-limit": "1mb" } });
  using client = await RespClient.connect(redis.port);
  await client.send(fromLatin1("*100000\r\n"));
  const part = fromLatin1(`$1000\r\n${"x".repeat(1000)}\r\n`.repeat(100));
  await assertRejects(async () => {
    for (let i = 0; i < 1000; i++) await client.send(part);
  });
  assertStringIncludes(redis.log.join(""), "max query buffer length");
});

Deno.test("keys expire by the clock, whether asked for or not", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("SET", "a", "1", "EX", "100");
  await client.call("SET", "b", "1", "EX", "100");
  await client.call("SET", "c", "1");
  redis.clock.advance({ seconds: 99 });
  assertEquals((await client.call("TTL", "a")).text, "1");
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  redis.clock.advance({ seconds: 2 });
  assertEquals((await client.call("DBSIZE")).text, "3");
  assertEquals((await client.call("GET", "a")).text, undefined);
  assertEquals((await client.call("DBSIZE")).text, "2");
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  redis.clock.advance({ seconds: 1 });
  assertEquals((await client.call("DBSIZE")).text, "1");
  assertStringIncludes((await client.call("INFO", "stats")).text!, "expired_keys:2\r\n");
});

Deno.test("FLUSHALL ASYNC frees everything in the background, to the last byte", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "POPULATE", "30000", "key", "100");
  await client.call("SET", "ttl", "v", "EX", "100");
  assertEquals((await client.call("FLUSHALL", "ASYNC")).text, "OK");
  assertEquals((await client.call("DBSIZE")).text, "0");
  redis.clock.advance({ seconds: 1 });
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});

Deno.test("maxmemory refuses writes that could need memory", async () => {
  await using redis = await startFrozenServer({ config: { maxmemory: "1mb" } });
  using client = await RespClient.connect(redis.port);
  const fill = async (i: number) => (await client.call("SET", `k${i}`, "x".repeat(100_000))).text!;
  let filled = 0;
  while (await fill(filled) === "OK") filled++;
  assert(filled >= 8 && filled <= 10, `${filled}`);
  assertStringIncludes(await fill(0), "OOM command not allowed");
  assertEquals((await client.call("DEL", "k0", "k1")).text, "2");
  assertEquals(await fill(0), "OK");
});

Deno.test("a value of 100 MB comes back as it was sent", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const value = new Uint8Array(100 * 2 ** 20);
  for (let i = 0; i < value.length; i += 4096) value[i] = i / 4096 & 0xff;
  assertEquals((await client.call("SET", "big", value)).text, "OK");
  assertEquals((await client.call("STRLEN", "big")).text, String(value.length));
  for (const at of [0, 4096 * 200, value.length - 4096]) {
    const part = (await client.call("GETRANGE", "big", String(at), String(at))).text!;
    assertEquals(part.charCodeAt(0), at / 4096 & 0xff);
  }
  await client.call("FLUSHALL");
});

Deno.test("1,000 busy connections at once all get their replies", async () => {
  await using redis = await startFrozenServer();
  await Promise.all(Array.from({ length: 1000 }, async (_, i) => {
    using client = await RespClient.connect(redis.port);
    for (let round = 0; round < 10; round++) {
      await client.call("SET", `k${i}`, String(round));
      assertEquals((await client.call("GET", `k${i}`)).text, String(round));
    }
  }));
  const { stats } = redis.running.server;
  assertEquals(stats.connections, 1000);
});

Deno.test("DEBUG RELOAD keeps every key and forgets how strings came to be", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "POPULATE", "20000", "key", "10");
  await client.call("SET", "gone", "v", "PX", "5");
  await client.call("SET", "kept", "v", "EX", "100");
  await client.call("APPEND", "number", "1");
  await client.call("APPEND", "number", "2");
  assertEquals((await client.call("OBJECT", "ENCODING", "number")).text, "raw");
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  redis.clock.advance({ seconds: 1 });
  const digest = (await client.call("DEBUG", "DIGEST-VALUE", "key:7")).elements[0].text;
  assertEquals((await client.call("DEBUG", "RELOAD")).text, "OK");
  // A key that has expired is loaded: whoever looks it up deletes it, as before.
  assertEquals((await client.call("GET", "gone")).text, undefined);
  assertEquals((await client.call("DBSIZE")).text, "20002");
  assertEquals((await client.call("OBJECT", "ENCODING", "number")).text, "int");
  assertEquals((await client.call("TTL", "kept")).text, "99");
  assertEquals((await client.call("DEBUG", "DIGEST-VALUE", "key:7")).elements[0].text, digest);
  assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
});

Deno.test("a client whose pipeline takes long lets others go first", async () => {
  await using redis = await startServer({ port: "0", save: "", "enable-debug-command": "yes" });
  using slow = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const sleeps = "DEBUG SLEEP 0.01\r\n".repeat(30);
  const order: string[] = [];
  await slow.send(new TextEncoder().encode(sleeps));
  await slow.read();
  const rest = (async () => {
    for (let i = 1; i < 30; i++) await slow.read();
    order.push("slow");
  })();
  await other.call("PING");
  order.push("other");
  await rest;
  assertEquals(order, ["other", "slow"]);
});
