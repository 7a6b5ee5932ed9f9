import { assertEquals, assertMatch } from "@std/assert";
import { concat } from "@std/bytes";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { differential } from "../support/differential.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { scenario } from "../support/scenario.ts";

differential(
  "CLIENT TRACKING takes and refuses what redis-server does",
  `
  CLIENT TRACKINGINFO
  CLIENT GETREDIR
  CLIENT TRACKING
  CLIENT TRACKING MAYBE
  CLIENT TRACKING ON NOSUCH
  CLIENT TRACKING ON REDIRECT x
  CLIENT TRACKING ON REDIRECT 123456789
  CLIENT TRACKING ON PREFIX a
  CLIENT TRACKING ON BCAST OPTIN
  CLIENT TRACKING ON OPTIN OPTOUT
  CLIENT TRACKING ON BCAST PREFIX ab PREFIX abc
  CLIENT TRACKING ON BCAST PREFIX abc PREFIX ab
  CLIENT CACHING YES
  CLIENT TRACKING ON
  CLIENT CACHING YES
  CLIENT CACHING NO
  CLIENT CACHING MAYBE
  CLIENT TRACKING ON BCAST
  CLIENT TRACKINGINFO
  CLIENT TRACKING OFF
  CLIENT TRACKING ON OPTIN NOLOOP
  CLIENT CACHING NO
  CLIENT CACHING YES
  CLIENT TRACKINGINFO
  CLIENT TRACKINGINFO
  CLIENT TRACKING ON OPTOUT
  CLIENT TRACKING OFF
  CLIENT TRACKING ON OPTOUT
  CLIENT CACHING YES
  CLIENT CACHING NO
  CLIENT TRACKINGINFO
  CLIENT TRACKING OFF
  CLIENT TRACKING ON BCAST PREFIX b PREFIX a
  CLIENT TRACKING ON BCAST PREFIX ab
  CLIENT TRACKING ON BCAST PREFIX a
  CLIENT TRACKING ON BCAST PREFIX c
  CLIENT TRACKING ON
  CLIENT GETREDIR
  CLIENT TRACKINGINFO
  RESET
  CLIENT TRACKING ON OPTIN
  CLIENT CACHING YES
  GET
  CLIENT TRACKINGINFO
  CLIENT CACHING YES
  NOSUCH
  CLIENT TRACKINGINFO
  CLIENT CACHING YES
  CLIENT NOSUCH
  CLIENT TRACKINGINFO
  CLIENT CACHING YES
  CLIENT ID x
  CLIENT TRACKINGINFO
  MULTI
  CLIENT CACHING YES
  NOSUCH
  EXEC
  CLIENT TRACKINGINFO
  RESET
  CLIENT TRACKINGINFO
  `,
);

scenario(
  "readers are told once of a change, by whatever it comes",
  `
  a: CLIENT TRACKING ON
  a: MGET x y z
  a: SISMEMBER set m
  b: SET x 1
  a<
  b: SET x 2
  b: MSET y 1 z 1
  a<
  a<
  a: GET y
  a: SET y 2
  a<
  a: MGET x y
  b: SELECT 3
  b: SET x 1
  a<
  b: SELECT 0
  b: DEL y
  a<
  a: GET x
  b: FLUSHALL
  a<
  a: GET x
  b: FLUSHDB
  a<
  a: GET x
  a: CLIENT TRACKING OFF
  b: SET x 1
  a: PING
  a: CLIENT TRACKING ON
  a: GET x
  b: RENAME x w
  a<
  a: EXISTS w
  b: EXPIRE w 0
  a<
  a: MULTI
  a: GET x
  a: SET x 1
  a: EXEC
  a<
  a: GET x
  b: LPUSH x 1
  b: SADD x 1
  b: APPEND x 1
  a<
  a: PING
  `,
  ["3"],
);

scenario(
  "NOLOOP, OPTIN and OPTOUT",
  `
  a: CLIENT TRACKING ON NOLOOP
  a: GET x
  a: SET x 1
  a: GET x
  b: SET x 1
  a<
  a: CLIENT TRACKING OFF
  a: CLIENT TRACKING ON OPTIN
  a: GET x
  b: SET x 1
  a: CLIENT CACHING YES
  a: GET x
  a: GET y
  b: SET y 1
  b: SET x 1
  a<
  a: CLIENT CACHING YES
  a: MULTI
  a: GET x
  a: GET y
  a: EXEC
  b: SET x 1
  a<
  b: SET y 1
  a<
  a: CLIENT TRACKING OFF
  a: CLIENT TRACKING ON OPTOUT
  a: CLIENT CACHING NO
  a: GET x
  a: GET y
  b: SET x 1
  b: SET y 1
  a<
  a: PING
  `,
  ["3"],
);

scenario(
  "BCAST tells of every key with a prefix, those of a round together",
  `
  c: PING
  a: CLIENT TRACKING ON BCAST PREFIX a PREFIX b
  c: CLIENT TRACKING ON BCAST NOLOOP
  b: SET a1 1
  a<
  c<
  b: SET c1 1
  c<
  b: MSET b1 1
  a<
  c<
  c: SET a2 1
  a<
  c: PING
  b: DEL a1
  a<
  c<
  a: CLIENT TRACKING OFF
  b: SET a1 1
  c<
  a: PING
  `,
  ["3"],
);

Deno.test("a RESP2 client is told through the client that it names", async () => {
  await using server = await startFrozenServer();
  using listener = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  const id = (await listener.call("CLIENT", "ID")).text!;
  await listener.call("SUBSCRIBE", "__redis__:invalidate");
  await client.call("CLIENT", "TRACKING", "ON", "REDIRECT", id);
  assertEquals(await client.ask("CLIENT", "GETREDIR"), `:"${id}"`);
  await client.call("GET", "key");
  await other.call("SET", "key", "1");
  assertEquals(show(await listener.read()), '*3[$"message" $"__redis__:invalidate" *1[$"key"]]');
  await client.call("GET", "key");
  await other.call("CLIENT", "KILL", "ID", id);
  await other.call("SET", "key", "1");
  assertMatch((await client.call("CLIENT", "INFO")).text!, / flags=tR .* redir=\d+ /);
});

Deno.test("keys that expire and keys beyond tracking-table-max-keys are told too", async () => {
  await using server = await startFrozenServer({ config: { "tracking-table-max-keys": "2" } });
  using client = await RespClient.connect(server.port);
  await client.call("HELLO", "3");
  await client.call("CLIENT", "TRACKING", "ON");
  await client.call("SET", "a", "1", "PX", "50");
  await client.call("GET", "a");
  server.clock.advance({ milliseconds: 200 });
  assertEquals(show(await client.read()), '>2[$"invalidate" *1[$"a"]]');
  for (const key of ["a", "b", "c"]) await client.call("GET", key);
  server.clock.advance({ milliseconds: 200 });
  assertEquals(show(await client.read()), '>2[$"invalidate" *1[$"a"]]');
  assertMatch((await client.call("INFO", "stats")).text!, /tracking_total_keys:2\r/);
});

/** A client that speaks RESP3 and has sent some requests already. */
async function connect3(port: number, ...requests: string[]): Promise<RespClient> {
  const client = await RespClient.connect(port);
  await client.call("HELLO", "3");
  for (const request of requests) await client.call(...request.split(" "));
  return client;
}

const invalidated = (key: string) => `>2[$"invalidate" *1[$"${key}"]]`;

Deno.test("what a client's own command changes it is told behind the reply and the messages, as in 7.2", async () => {
  await using server = await startFrozenServer({ config: { "notify-keyspace-events": "EA" } });
  using client = await connect3(server.port, "CLIENT TRACKING ON", "PSUBSCRIBE *");
  const message = (key: string) => `>4[$"pmessage" $"*" $"__keyevent@0__:set" $"${key}"]`;
  for (const requests of [["MSET a 1 b 1"], ["MULTI", "SET a 2", "SET b 2", "EXEC"]]) {
    await client.call("MGET", "a", "b");
    for (const request of requests) await client.call(...request.split(" "));
    for (const expected of [message("a"), message("b"), invalidated("a"), invalidated("b")]) {
      assertEquals(show(await client.read()), expected);
    }
  }
  await client.call("GET", "a");
  assertEquals(await client.ask("FLUSHALL"), '+"OK"');
  assertEquals(show(await client.read()), '>2[$"invalidate" _ null]');
});

Deno.test("nobody is the author of a key's expiry: NOLOOP does not keep it from a broadcast", async () => {
  await using server = await startFrozenServer();
  using broadcast = await connect3(server.port, "CLIENT TRACKING ON BCAST NOLOOP");
  using reader = await connect3(server.port, "CLIENT TRACKING ON NOLOOP");
  await reader.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await broadcast.call("SET", "a", "1", "PX", "10");
  await reader.call("GET", "a");
  server.clock.advance({ seconds: 1 });
  // Its own lookup: Redis tells readers by whose request was at hand, and broadcasts by who has changed the key.
  assertEquals(await reader.ask("GET", "a"), "_ null");
  assertEquals(show(await broadcast.read()), invalidated("a"));
  await broadcast.call("SET", "a", "1", "PX", "10");
  server.clock.advance({ seconds: 1 });
  assertEquals(await broadcast.ask("GET", "a"), "_ null");
  assertEquals(show(await broadcast.read()), invalidated("a"));
  // Of the new value it is told, as it has asked for the key meanwhile; of the expiry not.
  assertEquals(show(await reader.read()), invalidated("a"));
  assertEquals(await reader.ask("PING"), '+"PONG"');
});

Deno.test("a client is told of a key that goes to make room before its command's reply", async () => {
  for (const request of [["GET", "none"], ["SET", "none", "1"]]) {
    await using server = await startFrozenServer({ config: { "notify-keyspace-events": "EA" } });
    using client = await connect3(server.port, "CLIENT TRACKING ON", "SET a 1", "GET a");
    await client.call("SUBSCRIBE", "__keyevent@0__:evicted");
    const limit = ["CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "allkeys-random"];
    // In one go: nobody else makes room before the second request does.
    await client.send(concat([limit, request].map((words) => encodeRequest(words))));
    assertEquals(show(await client.read()), '+"OK"');
    assertEquals(show(await client.read()), invalidated("a"));
    assertEquals((await client.read()).elements[2].text, "a");
    // That there is still no room for SET does not take the messages back.
    assertEquals((await client.read()).type, request[0] === "GET" ? "_" : "-");
  }
});

Deno.test("a client that stops tracking in a transaction is told what it has changed before", async () => {
  await using server = await startFrozenServer();
  using client = await connect3(server.port, "CLIENT TRACKING ON", "GET a");
  for (const request of ["MULTI", "SET a 1", "CLIENT TRACKING OFF", "EXEC"]) {
    await client.call(...request.split(" "));
  }
  assertEquals(show(await client.read()), invalidated("a"));
});

Deno.test("a broadcast tells of the keys of a round in their order", async () => {
  await using server = await startFrozenServer();
  using listener = await connect3(server.port, "CLIENT TRACKING ON BCAST");
  using client = await RespClient.connect(server.port);
  await client.call("MSET", "b", "1", "c", "1", "a", "1");
  assertEquals(show(await listener.read()), '>2[$"invalidate" *3[$"a" $"b" $"c"]]');
});

Deno.test("keys beyond tracking-table-max-keys are told of before the next command, and its reply", async () => {
  await using server = await startFrozenServer({ config: { "tracking-table-max-keys": "2" } });
  using client = await connect3(server.port, "CLIENT TRACKING ON", "MGET a b", "MULTI");
  using other = await RespClient.connect(server.port);
  await other.call("CONFIG", "SET", "tracking-table-max-keys", "1");
  await client.send(encodeRequest(["PING"]));
  assertEquals(show(await client.read()), invalidated("a"));
  assertEquals(show(await client.read()), '+"QUEUED"');
});
