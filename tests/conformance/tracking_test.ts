import { assertEquals, assertMatch } from "@std/assert";
import { startTestServer } from "../../src/testing/mod.ts";
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
  CLIENT TRACKING ON BCAST PREFIX a PREFIX b
  CLIENT TRACKING ON BCAST PREFIX ab
  CLIENT TRACKING ON BCAST PREFIX c
  CLIENT TRACKING ON
  CLIENT GETREDIR
  ~ CLIENT TRACKINGINFO
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
  await using server = await startTestServer();
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
  await using server = await startTestServer({ config: { "tracking-table-max-keys": "2" } });
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
