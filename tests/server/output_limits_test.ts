/** `client-output-buffer-limit`: what happens to a client whose output outgrows it, and to what its request was doing. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { RespClient } from "../support/resp_client.ts";

const LIMIT = 200_000;

function startLimited(): Promise<FrozenServer> {
  return startFrozenServer({
    config: { "client-output-buffer-limit": `normal ${LIMIT} 0 0`, "list-max-listpack-size": "50" },
  });
}

/** Sends requests in one go; what comes back before the connection is closed. */
async function sendToEnd(port: number, ...requests: string[][]): Promise<string> {
  using client = await RespClient.connect(port);
  await client.send(fromLatin1(
    requests.map((words) => new TextDecoder().decode(encodeRequest(words))).join(""),
  ));
  return await client.readToEnd();
}

/** Keys of every type, each with more elements than a reply may hold. */
async function fill(client: RespClient): Promise<void> {
  const names = Array.from({ length: 5000 }, (_, i) => `element-${i}-${"x".repeat(50)}`);
  const pairs = names.flatMap((name) => [name, name]);
  await client.call("RPUSH", "list", ...names);
  await client.call("SADD", "set", ...names);
  await client.call("HSET", "hash", ...pairs);
  await client.call("ZADD", "zset", ...names.flatMap((name, i) => [String(i), name]));
  for (let i = 0; i < 5000; i += 50) {
    await client.call("XADD", "stream", "*", ...pairs.slice(2 * i, 2 * i + 100));
  }
  await client.call("MSET", ...names.flatMap((name) => [`key-${name}`, "1"]));
  await client.call("GEOADD", "geo", ...names.flatMap((name) => ["13.3", "38.1", name]));
}

Deno.test("a request that only reads ends when its reply outgrows the limit, and leaves nothing behind", async () => {
  await using redis = await startLimited();
  using client = await RespClient.connect(redis.port);
  await fill(client);
  const { arena } = redis.running.server.keyspace;
  const requests = [
    "HRANDFIELD hash -1000000000000 WITHVALUES",
    "SRANDMEMBER set -1000000000000",
    "ZRANDMEMBER zset -1000000000000 WITHSCORES",
    "HRANDFIELD hash 5000",
    "SRANDMEMBER set 5000",
    "ZRANDMEMBER zset 5000",
    "LRANGE list 0 -1",
    "KEYS *",
    "SCAN 0 COUNT 100000",
    "SSCAN set 0 COUNT 100000",
    "SMEMBERS set",
    "SUNION set list2",
    "SINTER set set",
    "SDIFF set none",
    "HGETALL hash",
    "HKEYS hash",
    "HVALS hash",
    "ZRANGE zset 0 -1",
    "ZRANGE zset - + BYLEX",
    "ZRANGEBYSCORE zset -inf +inf",
    "ZREVRANGE zset 0 -1 WITHSCORES",
    "ZUNION 2 zset set",
    "ZINTER 2 zset set",
    "ZDIFF 1 zset",
    "XRANGE stream - +",
    "XREVRANGE stream + -",
    "XREAD STREAMS stream 0",
    "SORT_RO list ALPHA",
    "GEOSEARCH geo FROMLONLAT 13 38 BYRADIUS 1000 km",
    "GEORADIUS_RO geo 13 38 1000 km WITHDIST",
  ];
  for (const request of requests) {
    for (const version of ["2", "3"]) {
      const blocks = arena.liveBlocks;
      const received = await sendToEnd(
        redis.port,
        ["HELLO", version],
        ["PING"],
        request.split(" "),
        ["SET", "behind", "1"],
      );
      assert(!received.includes("element"), `${request}: ${received.slice(0, 200)}`);
      assertEquals(await client.ask("EXISTS", "behind"), ':"0"', request);
      assertEquals(arena.liveBlocks, blocks, request);
    }
  }
  const info = (await client.call("INFO", "stats")).text!;
  assertMatch(
    info,
    new RegExp(`client_output_buffer_limit_disconnections:${requests.length * 2}\r`),
  );
  assertMatch(
    redis.log.join(""),
    /Client id=\d+ .* closed for overcoming of output buffer limits\./,
  );
  assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
});

Deno.test("a request that changes something runs to its end, though its reply is lost", async () => {
  await using redis = await startLimited();
  using client = await RespClient.connect(redis.port);
  await fill(client);
  const { keyspace } = redis.running.server;
  const requests: Record<string, string> = {
    "LPOP list 4999": "LLEN list",
    "SPOP set 4999": "SCARD set",
    "ZPOPMIN zset 4999": "ZCARD zset",
    "XAUTOCLAIM stream group other 0 0 COUNT 99": "XPENDING stream group - + 1 other",
  };
  await client.call("XGROUP", "CREATE", "stream", "group", "0");
  assertEquals(
    await sendToEnd(redis.port, ["XREADGROUP", "GROUP", "group", "one", "STREAMS", "stream", ">"]),
    "",
  );
  assertMatch(await client.ask("XPENDING", "stream", "group"), /^\*4\[:"100"/);
  for (const [request, question] of Object.entries(requests)) {
    assertEquals(await sendToEnd(redis.port, request.split(" ")), "", request);
    const left = await client.call(...question.split(" "));
    assertEquals(left.type === ":" ? left.text : String(left.elements.length), "1", request);
    assertEquals(keyspace.check().problems, [], request);
  }
});

Deno.test("a transaction runs to its end when the reply of a part of it outgrows the limit", async () => {
  await using redis = await startLimited();
  using client = await RespClient.connect(redis.port);
  await fill(client);
  const received = await sendToEnd(
    redis.port,
    ["MULTI"],
    ["SET", "a", "1"],
    ["LRANGE", "list", "0", "-1"],
    ["SET", "b", "2"],
    ["HGETALL", "hash"],
    ["LPOP", "set"],
    ["LPOP", "list", "4990"],
    ["EXEC"],
    ["SET", "behind", "1"],
  );
  assert(!received.includes("element"), received.slice(0, 200));
  assertEquals(await client.ask("MGET", "a", "b", "behind"), '*3[$"1" $"2" $ null]');
  assertEquals(await client.ask("LLEN", "list"), ':"10"');
});

Deno.test("what a request has changed is in the append-only file, though its client was closed within it", async () => {
  const host = new MemoryHost();
  const directives = { appendonly: "yes", "client-output-buffer-limit": "normal 100000 0 0" };
  const server = await new LocalServer(host, directives).start();
  const words = Array.from({ length: 4000 }, (_, i) => `element-${i}-${"x".repeat(50)}`);
  server.run(["SADD", "set", ...words], ["RPUSH", "list", ...words], ["SET", "kept", "1"]);
  server.run(
    ["MULTI"],
    ["SPOP", "set", "3000"],
    ["SMEMBERS", "set"],
    ["LPOP", "list", "3999"],
    ["DEL", "kept"],
    ["EXEC"],
  );
  const { keyspace } = server.server;
  assertEquals(keyspace.databases[0].size, 2);
  const digest = datasetDigest(keyspace);
  server.server.stop();
  const restarted = await new LocalServer(host, directives).start();
  assertEquals(restarted.digest(), digest);
  assertEquals(restarted.ask("LLEN", "list"), "1");
  assertEquals(restarted.ask("SCARD", "set"), "1000");
  restarted.server.stop();
});

Deno.test("CLIENT REPLY OFF: what nobody is to see does not count", async () => {
  await using redis = await startLimited();
  using client = await RespClient.connect(redis.port);
  await fill(client);
  using quiet = await RespClient.connect(redis.port);
  for (const [mode, back] of [["OFF", "ON"], ["SKIP", "ON"]]) {
    await quiet.send(fromLatin1(
      `GET none\r\nCLIENT REPLY ${mode}\r\nHGETALL hash\r\nCLIENT REPLY ${back}\r\nPING\r\n`,
    ));
    assertEquals((await quiet.read()).text, undefined);
    assertEquals((await quiet.read()).text, "OK");
    assertEquals((await quiet.read()).text, "PONG");
  }
});

Deno.test("a soft limit closes a client that does not read, without anything more being sent to it", async () => {
  await using redis = await startFrozenServer({
    config: { "client-output-buffer-limit": "pubsub 0 100000 10" },
  });
  using publisher = await RespClient.connect(redis.port);
  using subscriber = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await subscriber.call("SUBSCRIBE", "channel");
  await other.call("SUBSCRIBE", "channel-of-others");
  const { clients } = redis.running.server;
  const pending = () => Math.max(...[...clients].map((client) => client.connection.pendingBytes));
  const message = "x".repeat(1_000_000);
  while (pending() < 5_000_000) await publisher.call("PUBLISH", "channel", message);
  redis.clock.advance({ seconds: 9 });
  assertEquals(clients.size, 3);
  redis.clock.advance({ seconds: 2 });
  await subscriber.readToEnd();
  assertEquals(await publisher.ask("PUBLISH", "channel", "x"), ':"0"');
  assertEquals(await publisher.ask("PUBLISH", "channel-of-others", "x"), ':"1"');
  assertMatch(redis.log.join(""), /overcoming of output buffer limits/);
});

/** A client that counts and then asks for 500 kB, `count` times, and reads nothing. */
async function startDeaf(redis: FrozenServer, count: number): Promise<RespClient> {
  using client = await RespClient.connect(redis.port);
  await client.call("SET", "value", "x".repeat(500_000));
  const deaf = await RespClient.connect(redis.port);
  await deaf.send(fromLatin1("INCR counter\r\nGET value\r\n".repeat(count)));
  await idle(redis);
  return deaf;
}

/** Bytes that wait for clients. */
function pending(redis: FrozenServer): number {
  const { clients } = redis.running.server;
  return [...clients].reduce((sum, client) => sum + client.connection.pendingBytes, 0);
}

/** Waits until the server has nothing to do. */
async function idle(redis: FrozenServer): Promise<void> {
  using client = await RespClient.connect(redis.port);
  let before = -1;
  for (let calm = 0; calm < 50; calm++) {
    await client.call("PING");
    if (pending(redis) !== before) calm = 0;
    before = pending(redis);
  }
}

Deno.test("a client that sends all its requests before it reads a reply gets all replies in the end", async () => {
  await using redis = await startFrozenServer();
  using deaf = await startDeaf(redis, 100);
  const held = pending(redis);
  assert(held > 0 && held < 3_000_000, `${held}`);
  let before = held;
  for (let step = 0; step < 30 && before < 30_000_000; step++) {
    // A second first, and less from then on.
    redis.clock.advance({ milliseconds: step === 0 ? 900 : 200 });
    await idle(redis);
    assertEquals(pending(redis), before);
    redis.clock.advance({ milliseconds: 200 });
    await idle(redis);
    assert(pending(redis) < before + 6_000_000, `${before} ${pending(redis)}`);
    before = pending(redis);
  }
  assert(before >= 30_000_000, `${before}`);
  for (let i = 0; i < 100; i++) {
    assertEquals((await deaf.read()).text, String(i + 1));
    assertEquals((await deaf.read()).text!.length, 500_000);
  }
  assertEquals(await deaf.ask("PING"), '+"PONG"');
  assertEquals(pending(redis), 0);
});

Deno.test("a client that reads, if slowly, is held", async () => {
  await using redis = await startFrozenServer();
  using slow = await startDeaf(redis, 60);
  for (let i = 0; i < 60; i++) {
    await slow.read();
    await slow.read();
    redis.clock.advance({ milliseconds: 100 });
    assert(pending(redis) < 8_000_000, `${pending(redis)}`);
  }
});

Deno.test("a client that reads nothing is held when memory is short, and closed by its limits", async () => {
  await using redis = await startFrozenServer({ config: { maxmemory: "12mb" } });
  using deaf = await startDeaf(redis, 100);
  for (let second = 0; second < 10; second++) {
    redis.clock.advance({ milliseconds: 1100 });
    await idle(redis);
  }
  const held = pending(redis);
  assert(held > 6_000_000 && held < 19_000_000, `${held}`);
  using client = await RespClient.connect(redis.port);
  await client.call("CONFIG", "SET", "maxmemory", "0");
  await client.call("CONFIG", "SET", "client-output-buffer-limit", "normal 20mb 0 0");
  for (let second = 0; second < 10 && !redis.log.join().includes("overcoming"); second++) {
    redis.clock.advance({ milliseconds: 1100 });
    await idle(redis);
  }
  assertEquals(pending(redis), 0);
  await deaf.readToEnd();
});

Deno.test("the requests of a client that is gone do not go on, though its replies no longer hold them up", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const deaf = await startDeaf(redis, 100);
  const before = Number((await client.call("GET", "counter")).text);
  assert(before > 0 && before < 50, `${before}`);
  deaf.close();
  const { clients } = redis.running.server;
  for (let i = 0; i < 1000 && clients.size > 1; i++) await client.call("PING");
  assertEquals(clients.size, 1);
  assertEquals(Number((await client.call("GET", "counter")).text), before);
});
