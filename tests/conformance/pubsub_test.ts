import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

scenario(
  "channels and patterns",
  `
  a: SUBSCRIBE x y
  a<
  a: SUBSCRIBE x
  b: PUBLISH x hello
  a<
  b: PUBLISH nobody hello
  b: PUBLISH y ""
  a<
  a: PSUBSCRIBE n* ?
  a<
  b: PUBLISH news big
  a<
  b: PUBLISH x twice
  a<
  a<
  c: SUBSCRIBE x
  b: PUBLISH x three
  a<
  a<
  c<
  b: PUBSUB CHANNELS x*
  b: PUBSUB CHANNELS none*
  b: PUBSUB NUMSUB x y z
  b: PUBSUB NUMSUB
  b: PUBSUB NUMPAT
  b: PUBSUB CHANNELS a b
  b: PUBSUB BAD
  b: PUBSUB
  a: UNSUBSCRIBE x
  a: UNSUBSCRIBE nothing
  a: PUNSUBSCRIBE
  a<
  a: UNSUBSCRIBE
  a: UNSUBSCRIBE
  a: PUNSUBSCRIBE
  a: SUNSUBSCRIBE
  a: GET k
  b: PUBSUB NUMPAT
  b: PUBLISH x nobody
  c<
  a: SSUBSCRIBE s1 s2
  a<
  b: SPUBLISH s1 m
  a<
  b: PUBLISH s1 m
  b: PUBSUB SHARDCHANNELS s1
  b: PUBSUB SHARDNUMSUB s1 s2 s3
  a: SUNSUBSCRIBE s1
  a: SUNSUBSCRIBE
  b: SPUBLISH s2 m
  b: PUBLISH x
  b: SUBSCRIBE
  b: MULTI
  b: SSUBSCRIBE inmulti
  b: SUBSCRIBE inmulti
  b: EXEC
  `,
);

scenario(
  "a subscribed client may not call subcommands that are named as what it may call",
  `
  a: SUBSCRIBE x
  a: SLOWLOG RESET
  a: LATENCY RESET
  a: PING
  `,
);

scenario(
  "what a subscribed client may do",
  `
  a: SUBSCRIBE x
  a: PING
  a: PING hello
  a: RESET
  a: GET k
  a: PSUBSCRIBE x
  a: UNSUBSCRIBE
  a: PUNSUBSCRIBE
  a: PING
  a: SUBSCRIBE x
  a: QUIT
  `,
);

const notified = `
  a: CONFIG SET notify-keyspace-events KEA
  a: CONFIG GET notify-keyspace-events
  a: CONFIG SET notify-keyspace-events KgE$x
  a: CONFIG GET notify-keyspace-events
  a: CONFIG SET notify-keyspace-events bad
  a: CONFIG SET notify-keyspace-events KEA
  a: PSUBSCRIBE __key*
  b: SET k v
  a<
  a<
  b: SET k v EX 100
  a<
  a<
  a<
  a<
  b: APPEND k x
  a<
  a<
  b: RPUSH l 1 2 3
  a<
  a<
  b: LMOVE l m LEFT RIGHT
  a<
  a<
  a<
  a<
  b: LPOP m
  a<
  a<
  a<
  a<
  b: ZADD z 1 a
  a<
  a<
  b: ZREM z a
  a<
  a<
  a<
  a<
  b: HSET h f v
  a<
  a<
  b: SADD s 1 2
  a<
  a<
  b: XADD x 1 f v
  a<
  a<
  b: RENAME k k2
  a<
  a<
  a<
  a<
  b: DEL k2 l
  a<
  a<
  a<
  a<
  b: SET e 1 PX 1
  a<
  a<
  a<
  a<
  a<
  a<
`;

scenario("keyspace notifications", notified);

Deno.test("m and n tell of misses and of new keys, as in 7.2", async () => {
  await using redis = await startFrozenServer({ config: { "notify-keyspace-events": "KEmng" } });
  using listener = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await listener.call("PSUBSCRIBE", "__keyevent*");
  const requests = [
    "GET missing",
    "OBJECT ENCODING missing",
    "XACK missing group 1-1",
    "SET k v",
    "SET k w",
    "SET l v",
    "COPY k l REPLACE",
    "RENAME k l",
    "DEL l",
  ];
  for (const request of requests) await other.call(...request.split(" "));
  const expected = [
    ["keymiss", "missing"],
    ["keymiss", "missing"],
    ["new", "k"],
    ["new", "l"],
    // One that replaces another is new, too.
    ["new", "l"],
    ["copy_to", "l"],
    ["new", "l"],
    ["rename_from", "k"],
    ["rename_to", "l"],
    ["del", "l"],
  ];
  for (const [event, key] of expected) {
    const { elements } = await listener.read();
    assertEquals([elements[2].text, elements[3].text], [`__keyevent@0__:${event}`, key]);
  }
});

Deno.test("in RESP3 a client may subscribe and do other things; messages come behind replies", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("HELLO", "3");
  assertEquals((await client.call("SUBSCRIBE", "x")).type, ">");
  assertEquals((await client.call("SET", "k", "v")).text, "OK");
  assertEquals(await client.ask("PUBLISH", "x", "to myself"), ':"1"');
  assertEquals((await client.read()).elements[2].text, "to myself");
  for (const request of [["MULTI"], ["PUBLISH", "x", "from EXEC"], ["PING"]]) {
    await client.call(...request);
  }
  assertEquals(await client.ask("EXEC"), '*2[:"1" +"PONG"]');
  assertEquals((await client.read()).elements[2].text, "from EXEC");
});

Deno.test("a subscriber that does not read is cut off by client-output-buffer-limit", async () => {
  await using redis = await startFrozenServer({
    config: { "client-output-buffer-limit": "pubsub 8mb 0 0" },
  });
  using slow = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await slow.call("SUBSCRIBE", "x");
  const message = encodeRequest(["PUBLISH", "x", new Uint8Array(100_000)]);
  let receivers = "1";
  for (let i = 0; i < 2000 && receivers === "1"; i++) {
    await other.send(message);
    receivers = (await other.read()).text!;
  }
  assertEquals(receivers, "0");
  assert(redis.log.some((line) => line.includes("overcoming of output buffer limits")));
});

Deno.test("a thousand subscribers all get what is published", async () => {
  await using redis = await startFrozenServer();
  using publisher = await RespClient.connect(redis.port);
  const clients = await Promise.all(
    Array.from({ length: 1000 }, () => RespClient.connect(redis.port)),
  );
  await Promise.all(clients.map((client) => client.call("SUBSCRIBE", "all")));
  await publisher.send(fromLatin1("PUBLISH all one\r\nPUBLISH all two\r\n"));
  assertEquals([(await publisher.read()).text, (await publisher.read()).text], ["1000", "1000"]);
  await Promise.all(clients.map(async (client) => {
    assertEquals((await client.read()).elements[2].text, "one");
    assertEquals((await client.read()).elements[2].text, "two");
  }));
  for (const client of clients) client.close();
});

/** Sends requests in one go; what comes back until the server has replied to an ECHO behind them. */
async function exchange(client: RespClient, ...requests: string[]): Promise<string[]> {
  await client.send(
    concat([...requests, "ECHO end"].map((line) => encodeRequest(line.split(" ")))),
  );
  const replies: string[] = [];
  for (;;) {
    const reply = show(await client.read());
    if (reply === '$"end"') return replies;
    replies.push(reply);
  }
}

Deno.test("CLIENT REPLY applies to replies, not to messages", async () => {
  await using redis = await startFrozenServer();
  for (const [version, push] of [["2", "*"], ["3", ">"]]) {
    using client = await RespClient.connect(redis.port);
    await client.call("HELLO", version);
    const confirm = (what: string, name: string, count: number) =>
      `${push}3[$"${what}" $"${name}" :"${count}"]`;
    assertEquals(
      await exchange(
        client,
        "CLIENT REPLY OFF",
        "SET k v",
        "SUBSCRIBE a b",
        "PSUBSCRIBE p",
        "SSUBSCRIBE s",
        "NOSUCH",
        "PUNSUBSCRIBE p",
        "UNSUBSCRIBE b",
        "UNSUBSCRIBE a",
        "SUNSUBSCRIBE s",
        "GET k",
        "CLIENT REPLY ON",
        "CLIENT REPLY SKIP",
        "SSUBSCRIBE s",
        "SUNSUBSCRIBE s",
        "CLIENT REPLY SKIP",
        "GET k",
        "CLIENT REPLY SKIP",
        "CLIENT REPLY SKIP",
        "GET k",
      ),
      [
        confirm("subscribe", "a", 1),
        confirm("subscribe", "b", 2),
        confirm("psubscribe", "p", 3),
        confirm("ssubscribe", "s", 1),
        confirm("punsubscribe", "p", 2),
        confirm("unsubscribe", "b", 1),
        confirm("unsubscribe", "a", 0),
        confirm("sunsubscribe", "s", 0),
        '+"OK"',
        confirm("ssubscribe", "s", 1),
        confirm("sunsubscribe", "s", 0),
      ],
    );
  }
});

Deno.test("CLIENT REPLY takes effect at once, in the middle of a transaction too", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("HELLO", "3");
  assertEquals(
    await exchange(
      client,
      "CLIENT REPLY OFF",
      "MULTI",
      "PUBLISH a unheard",
      "SUBSCRIBE a",
      "PUBLISH a message",
      "SUBSCRIBE b",
      "CLIENT REPLY ON",
      "CLIENT REPLY SKIP",
      "PING",
      "EXEC",
      "GET skipped",
    ),
    // Messages come behind the transaction, but for those that are a command's only answer.
    [
      '>3[$"subscribe" $"a" :"1"]',
      '>3[$"subscribe" $"b" :"2"]',
      '+"OK"',
      '+"PONG"',
      '>3[$"message" $"a" $"message"]',
    ],
  );
});

Deno.test("a blocked command is one command for CLIENT REPLY SKIP, however it ends", async () => {
  await using redis = await startFrozenServer();
  using other = await RespClient.connect(redis.port);
  for (const end of ["timeout", "unblock", "push"]) {
    using client = await RespClient.connect(redis.port);
    const id = (await client.call("CLIENT", "ID")).text!;
    const requests = ["CLIENT REPLY SKIP", "BLPOP list 5", "ECHO heard"];
    await client.send(concat(requests.map((line) => encodeRequest(line.split(" ")))));
    const list = async () => (await other.call("CLIENT", "LIST", "ID", id)).text!;
    await until("the flag of a blocked client", async () => (await list()).includes("flags=b"));
    if (end === "timeout") redis.clock.advance({ seconds: 6 });
    else if (end === "unblock") await other.call("CLIENT", "UNBLOCK", id, "ERROR");
    else await other.call("RPUSH", "list", "a");
    assertEquals(show(await client.read()), '$"heard"');
  }
});
