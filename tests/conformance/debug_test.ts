import { assert, assertEquals, assertMatch } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { ConfigLoader } from "../../src/config/config_file.ts";
import { directives as directiveList } from "../../src/config/directives.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { differential } from "../support/differential.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { LocalServer } from "../support/local_server.ts";
import { RespClient } from "../support/resp_client.ts";

differential(
  "DEBUG takes and refuses what redis-server does",
  `
  DEBUG
  DEBUG nosuch
  DEBUG "no\\x00such"
  DEBUG SLEEP
  DEBUG SLEEP 0
  DEBUG OBJECT
  DEBUG OBJECT nokey
  DEBUG OBJECT nokey x
  DEBUG STRINGMATCH-LEN 10
  DEBUG QUICKLIST-PACKED-THRESHOLD 100b
  DEBUG QUICKLIST-PACKED-THRESHOLD 1k
  DEBUG QUICKLIST-PACKED-THRESHOLD 0
  DEBUG QUICKLIST-PACKED-THRESHOLD x
  DEBUG QUICKLIST-PACKED-THRESHOLD 4gb
  DEBUG LISTPACK nokey
  DEBUG HTSTATS 99
  DEBUG HTSTATS -1
  DEBUG HTSTATS x
  DEBUG HTSTATS
  DEBUG DIGEST
  DEBUG DIGEST x
  DEBUG DIGEST-VALUE
  DEBUG DIGEST-VALUE nokey nokey
  DEBUG ERROR x
  DEBUG ERROR "ERR a b"
  DEBUG ERROR "ERR a\\r\\nb"
  DEBUG LOG x
  DEBUG REPLICATE x y
  DEBUG REPLICATE
  DEBUG DROP-CLUSTER-PACKET-FILTER 1
  DEBUG DROP-CLUSTER-PACKET-FILTER x
  DEBUG SET-DISABLE-DENY-SCRIPTS 1
  DEBUG SET-DISABLE-DENY-SCRIPTS 0
  DEBUG SET-ACTIVE-EXPIRE 1
  DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
  DEBUG CHANGE-REPL-ID
  DEBUG CHANGE-REPL-ID x
  DEBUG POPULATE
  DEBUG POPULATE x
  DEBUG POPULATE -1
  DEBUG POPULATE 3 p x
  DEBUG POPULATE 3 p -1
  DEBUG POPULATE 3 p 5 6
  DEBUG POPULATE 3 p 2
  GET p:1
  DEBUG POPULATE 2 p
  GET p:1
  DEBUG PROTOCOL
  DEBUG PROTOCOL nosuch
  DEBUG PROTOCOL string
  DEBUG PROTOCOL attrib
  DEBUG PROTOCOL bignum
  DEBUG CONFIG-REWRITE-FORCE-ALL x
  `,
);

Deno.test("a push comes before the reply, and RESP2 has none", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  assertEquals(
    await client.ask("DEBUG", "PROTOCOL", "push"),
    '-"ERR RESP2 is not supported by this command"',
  );
  await client.call("HELLO", "3");
  assertEquals(await client.ask("DEBUG", "PROTOCOL", "push"), '>2[$"server-cpu-usage" :"42"]');
  assertEquals((await client.read()).text, "Some real reply following the push reply");
});

Deno.test("DEBUG STRINGMATCH-LEN refuses lengths that make no text", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  assertEquals(await client.ask("DEBUG", "STRINGMATCH-LEN", "10", "a*"), ':"1"');
  assertMatch(await client.ask("DEBUG", "STRINGMATCH-LEN", "-1", "a"), /must be positive/);
  assertMatch(await client.ask("DEBUG", "STRINGMATCH-LEN", "9e9", "a"), /must be positive/);
  assertMatch(await client.ask("DEBUG", "STRINGMATCH-LEN", "9000000000", "a"), /out of range/);
});

Deno.test("time stands still within a transaction, DEBUG SLEEP or not", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("SET", "a", "1", "PX", "100");
  await client.call("MULTI");
  for (const request of [["DEBUG", "SLEEP", "1"], ["GET", "a"], ["PTTL", "a"]]) {
    await client.call(...request);
  }
  assertEquals(await client.ask("EXEC"), '*3[+"OK" $"1" :"100"]');
  assertEquals(await client.ask("GET", "a"), "$ null");
});

Deno.test("DEBUG CONFIG-REWRITE-FORCE-ALL writes every directive, and they are read back", () => {
  const host = new MemoryHost();
  const local = new LocalServer(host, { maxmemory: "10mb", requirepass: "" });
  assertMatch(local.ask("DEBUG", "CONFIG-REWRITE-FORCE-ALL")!, /CONFIG-REWRITE-FORCE-ALL failed/);
  local.server.config.file = "redis.conf";
  assertEquals(local.ask("DEBUG", "CONFIG-REWRITE-FORCE-ALL"), "OK");
  const text = new TextDecoder().decode(host.files.get("redis.conf"));
  const lines = text.split("\n");
  assert(lines.includes("maxmemory 10mb") && lines.includes("hz 10"));
  assert(lines.length > directiveList.length);
  const config = new Config();
  new ConfigLoader(config, host).loadText(text);
  for (const directive of directiveList) {
    assertEquals(config.format(directive), local.server.config.format(directive), directive.name);
  }
});
