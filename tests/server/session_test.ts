import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespError } from "../../src/resp/reply_reader.ts";

Deno.test("a session gets replies as values of the language", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  assertEquals(await session.call("SET", "text", "grüße"), "OK");
  assertEquals(await session.call("GET", "text"), "grüße");
  assertEquals(await session.callBytes("GET", "text"), new TextEncoder().encode("grüße"));
  assertEquals(await session.call("GET", "nosuch"), null);
  assertEquals(await session.call("INCRBY", "n", "9223372036854775807"), 9223372036854775807n);
  assertEquals(await session.call("HSET", "h", "a", 1, "b", 2), 2);
  assertEquals(await session.call("HGETALL", "h"), new Map([["a", "1"], ["b", "2"]]));
  await session.call("SADD", "s", "x", "y");
  const members = await session.call("SMEMBERS", "s");
  assert(members instanceof Set);
  assertEquals([...members].sort(), ["x", "y"]);
  await session.call("ZADD", "z", 1.5, "m");
  assertEquals(await session.call("ZSCORE", "z", "m"), 1.5);
  assertEquals(await session.call("ZRANGE", "z", 0, -1, "WITHSCORES"), [["m", 1.5]]);
});

Deno.test("an error reply rejects, but within a transaction it is a value", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  await session.call("SET", "k", "text");
  const error = await assertRejects(() => session.call("LPUSH", "k", "v"), RespError);
  assertEquals(error.code, "WRONGTYPE");
  await session.call("MULTI");
  await session.call("INCR", "k");
  await session.call("SET", "k", "2");
  const [first, second] = await session.call("EXEC") as [RespError, string];
  assertEquals(first.message, "ERR value is not an integer or out of range");
  assertEquals(second, "OK");
});

Deno.test("requests of a session that waits run when it has got what it waits for", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  using other = redis.running.session();
  const popped = session.call("BLPOP", "list", 0);
  const pinged = session.call("PING");
  assertEquals(await other.call("RPUSH", "list", "a", "b"), 2);
  assertEquals(await popped, ["list", "a"]);
  assertEquals(await pinged, "PONG");
});

Deno.test("a session that waits gives up when the clock says so", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  const popped = session.call("BLPOP", "list", 10);
  redis.clock.advance({ seconds: 11 });
  assertEquals(await popped, null);
});

Deno.test("sessions have a database, a user and a name each", async () => {
  await using redis = await startFrozenServer({ config: { requirepass: "secret" } });
  using admin = redis.running.session();
  using reader = redis.running.session();
  assertEquals(
    await admin.call("ACL", "SETUSER", "reader", "on", ">pw", "~public:*", "+get"),
    "OK",
  );
  assertEquals(await reader.call("AUTH", "reader", "pw"), "OK");
  await assertRejects(() => reader.call("GET", "private"), RespError, "NOPERM");
  assertEquals(await admin.call("SELECT", 3), "OK");
  await admin.call("SET", "public:a", "1");
  assertEquals(await reader.call("GET", "public:a"), null);
});

Deno.test("a session gets messages of channels, and SUBSCRIBE's confirmations as its reply", async () => {
  await using redis = await startFrozenServer();
  using listener = redis.running.session();
  using speaker = redis.running.session();
  const messages: unknown[] = [];
  const came = Promise.withResolvers<void>();
  listener.onPush = (message) => {
    messages.push(message);
    came.resolve();
  };
  assertEquals(await listener.call("SUBSCRIBE", "a", "b"), [
    ["subscribe", "a", 1],
    ["subscribe", "b", 2],
  ]);
  assertEquals(await speaker.call("PUBLISH", "b", "hello"), 1);
  await came.promise;
  assertEquals(messages, [["message", "b", "hello"]]);
  assertEquals(await listener.call("UNSUBSCRIBE"), [
    ["unsubscribe", "a", 1],
    ["unsubscribe", "b", 0],
  ]);
  assertEquals(await listener.call("PING"), "PONG");
});

Deno.test("callNow() replies at once, and tells of a request that waits", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  assertEquals(session.callNow("SET", "k", "v"), "OK");
  assertEquals(session.callNow("GET", "k"), "v");
  assertEquals(session.callNow("BLPOP", "list", 0), undefined);
});

Deno.test("a raw session sends and gets bytes, cut anywhere, in the protocol that HELLO chooses", async () => {
  await using redis = await startFrozenServer();
  let received = "";
  let isClosed = false;
  using raw = redis.running.rawSession({
    receive: (pieces) => pieces.forEach((bytes) => received += latin1(bytes, 0, bytes.length)),
    closed: () => isClosed = true,
  });
  for (const byte of fromLatin1('SET k "a\\xff"\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nGET x\r\n')) {
    raw.send(Uint8Array.of(byte));
  }
  assertEquals(received, "", "a reply comes when the round ends");
  raw.endRound();
  assertEquals(received, "+OK\r\n$2\r\na\xff\r\n$-1\r\n");
  received = "";
  raw.send(fromLatin1("HELLO 3\r\nGET x\r\n"));
  raw.endRound();
  assertMatch(received, /^%7\r\n[^]*\r\n_\r\n$/);
  raw.close();
  assertEquals([isClosed, raw.isClosed], [true, true]);
  assertThrows(() => raw.send(fromLatin1("PING\r\n")), Error, "closed");
});

Deno.test("a session that is closed answers no more, and what it waited for goes to others", async () => {
  await using redis = await startFrozenServer();
  const session = redis.running.session();
  using other = redis.running.session();
  const popped = session.call("BLPOP", "list", 0);
  session.close();
  await assertRejects(() => popped, Error, "closed");
  await assertRejects(() => session.call("PING"), Error, "closed");
  assertEquals(await other.call("RPUSH", "list", "kept"), 1);
  assertEquals(await other.call("LLEN", "list"), 1);
  assertEquals(await other.call("CLIENT", "KILL", "ID", other.id, "SKIPME", "no"), 1);
  await assertRejects(() => other.call("PING"), Error, "closed");
});
