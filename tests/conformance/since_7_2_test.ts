/** What Redis 7.2 answers otherwise than the 7.0 that the other tests compare with: here the replies are written down. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REDENO_VERSION } from "../../src/lib/version.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

Deno.test("CLIENT SETINFO tells what library a client uses", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  assertEquals((await client.call("CLIENT", "SETINFO", "lib-name", "redis-js")).text, "OK");
  assertEquals((await client.call("CLIENT", "SETINFO", "LIB-VER", "1.2.3")).text, "OK");
  const info = (await client.call("CLIENT", "INFO")).text!;
  assertStringIncludes(info, " lib-name=redis-js lib-ver=1.2.3");
  assertEquals(
    (await client.call("CLIENT", "SETINFO", "lib-name", "a b")).text,
    "ERR lib-name cannot contain spaces, newlines or special characters.",
  );
  assertEquals(
    (await client.call("CLIENT", "SETINFO", "lib-color", "red")).text,
    "ERR Unrecognized option 'lib-color'",
  );
  assertEquals((await client.call("RESET")).text, "RESET");
  assertStringIncludes((await client.call("CLIENT", "INFO")).text!, "lib-name=redis-js");
});

Deno.test("HELLO looks at the name before it looks at the password", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  assertStringIncludes(
    await client.ask("HELLO", "3", "AUTH", "nobody", "pw", "SETNAME", "a b"),
    "ERR Client names cannot contain spaces",
  );
});

Deno.test("COMMAND INFO has the flags, arities and hints of 7.2", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const all = "request_policy:all_nodes response_policy:all_succeeded";
  const told: readonly (readonly [name: string, arity: number, flags: string, tips: string])[] = [
    ["blpop", -3, "write blocking", ""],
    ["blmove", 6, "write denyoom blocking", ""],
    ["brpoplpush", 4, "write denyoom blocking", ""],
    ["bzpopmin", -3, "write blocking fast", ""],
    ["msetnx", -3, "write denyoom", ""],
    ["acl|setuser", -3, "admin noscript loading stale", all],
    ["config|rewrite", 2, "admin noscript loading stale", all],
    ["command|getkeys", -3, "loading stale", ""],
    ["cluster|myshardid", 2, "stale", "nondeterministic_output"],
    ["wait", 3, "", "request_policy:all_shards response_policy:agg_min"],
    ["waitaof", 4, "noscript", "request_policy:all_shards response_policy:agg_min"],
  ];
  for (const [name, arity, flags, tips] of told) {
    const [{ elements }] = (await client.call("COMMAND", "INFO", name)).elements;
    const words = (i: number) => elements[i].elements.map(({ text }) => text).join(" ");
    assertEquals([Number(elements[1].text), words(2), words(7)], [arity, flags, tips], name);
  }
});

Deno.test("CLIENT NO-TOUCH leaves access times alone, but for TOUCH", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const idle = async () => (await client.call("OBJECT", "IDLETIME", "k")).text;
  await client.call("SET", "k", "v");
  redis.clock.advance({ seconds: 30 });
  assertEquals(await idle(), "30");
  assertEquals((await client.call("CLIENT", "NO-TOUCH", "on")).text, "OK");
  await client.call("GET", "k");
  assertEquals(await idle(), "30");
  await client.call("TOUCH", "k");
  assertEquals(await idle(), "0");
  redis.clock.advance({ seconds: 5 });
  await client.call("CLIENT", "NO-TOUCH", "off");
  await client.call("GET", "k");
  assertEquals(await idle(), "0");
  assertEquals((await client.call("CLIENT", "NO-TOUCH", "maybe")).text, "ERR syntax error");
});

Deno.test("an LFU policy counts accesses, and forgets them with time", async () => {
  await using redis = await startFrozenServer({ config: { "maxmemory-policy": "allkeys-lfu" } });
  using client = await RespClient.connect(redis.port);
  await client.call("SET", "k", "v");
  const frequency = async () => Number((await client.call("OBJECT", "FREQ", "k")).text);
  assertEquals(await frequency(), 5);
  for (let i = 0; i < 500; i++) await client.call("GET", "k");
  const hot = await frequency();
  assert(hot > 8 && hot < 40, `${hot}`);
  redis.clock.advance({ minutes: 3 });
  assertEquals(await frequency(), hot - 3);
  assertStringIncludes(
    (await client.call("OBJECT", "IDLETIME", "k")).text!,
    "LFU maxmemory policy",
  );
});

Deno.test("INFO and HELLO tell the versions", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const info = (await client.call("INFO", "server")).text!;
  assertStringIncludes(info, "redis_version:7.2.6\r\n");
  assertStringIncludes(info, "server_name:redeno\r\n");
  assertStringIncludes(info, `redeno_version:${REDENO_VERSION}\r\n`);
  const hello = (await client.call("HELLO", "3")).elements.map(({ text }) => text);
  assertEquals(hello.slice(0, 6), ["server", "redis", "version", "7.2.6", "proto", "3"]);
  const file = new URL("../../deno.json", import.meta.url);
  if ((await Deno.permissions.query({ name: "read", path: file })).state === "granted") {
    assertEquals(JSON.parse(await Deno.readTextFile(file)).version, REDENO_VERSION);
  }
});

Deno.test("INFO has every section, with counters that count", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("SET", "k", "v", "EX", "100");
  await client.call("GET", "k");
  await client.call("GET", "missing");
  await client.call("GET");
  await client.call("INCRBY", "k", "1");
  const info = (await client.call("INFO", "everything")).text!;
  for (
    const line of [
      "connected_clients:1",
      "keyspace_hits:1",
      "keyspace_misses:1",
      "total_error_replies:2",
      "rdb_changes_since_last_save:1",
      "db0:keys=1,expires=1,avg_ttl=0",
      "errorstat_ERR:count=2",
      "role:master",
      "cluster_enabled:0",
    ]
  ) assertStringIncludes(info, `\r\n${line}\r\n`);
  assertStringIncludes(info, "cmdstat_get:calls=2,");
  assertStringIncludes(info, "rejected_calls=1,failed_calls=0");
  assertStringIncludes(info, "cmdstat_incrby:calls=1,");
  const plain = (await client.call("INFO")).text!;
  assert(!plain.includes("# Commandstats") && plain.includes("# Errorstats"));
  await client.call("CONFIG", "RESETSTAT");
  const after = (await client.call("INFO", "all")).text!;
  assertStringIncludes(after, "keyspace_hits:0\r\n");
  assert(!after.includes("cmdstat_get"));
});

Deno.test("odd arguments get the replies of 7.2", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const replies: readonly (readonly [string, string])[] = [
    ["RPUSH l a b", ':"2"'],
    ["LSET l 4294967295 c", '+"OK"'],
    ["LINDEX l -1", '$"c"'],
    [
      "LPOS l a RANK -9223372036854775808",
      '-"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"',
    ],
    ["BLPOP l 0x7FFFFFFFFFFFFF", '-"ERR timeout is out of range"'],
    ["BLPOP l inf", '-"ERR timeout is out of range"'],
    ["BLPOP l -inf", '-"ERR timeout is negative"'],
    ["BLPOP l 1e5000", '-"ERR timeout is not a float or out of range"'],
    ["ZADD z 12345.6789012 a", ':"1"'],
    ["ZSCORE z a", '$"1.23456789012e+4"'],
    ["ZRANK z a WITHSCORE", '*2[:"0" $"1.23456789012e+4"]'],
    ["ZRANK z a WITHSCORES", '-"ERR syntax error"'],
    ["XADD s 1-1 f v", '$"1-1"'],
    ["XSETID s 5 MAXDELETEDID 3", '+"OK"'],
    [
      "XSETID s 2",
      '-"ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"',
    ],
    [
      "XREADGROUP GROUP g c STREAMS s t 0",
      "-\"ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.\"",
    ],
  ];
  for (const [request, reply] of replies) {
    assertEquals(await client.ask(...request.split(" ")), reply, request);
  }
});

Deno.test("SETBIT and BITFIELD SET that change nothing are no changes", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const changes = async () =>
    /rdb_changes_since_last_save:(\d+)/.exec((await client.call("INFO", "persistence")).text!)![1];
  await client.call("SETBIT", "k", "7", "1");
  await client.call("BITFIELD", "k", "SET", "u8", "8", "9", "INCRBY", "u8", "8", "1");
  assertEquals(await changes(), "3");
  await client.call("WATCH", "k");
  await client.call("SETBIT", "k", "7", "1");
  await client.call("BITFIELD", "k", "SET", "u8", "8", "10", "INCRBY", "u8", "8", "0");
  assertEquals(await changes(), "3");
  await client.call("MULTI");
  assertEquals(await client.ask("EXEC"), "*0[]");
  // A longer string is a change, even if all of it is zero.
  await client.call("SETBIT", "k", "100", "0");
  assertEquals(await changes(), "4");
});

Deno.test("SCAN TYPE deletes keys of any type that have expired", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.call("SET", "string", "x", "EXAT", "1");
  await client.call("RPUSH", "list", "x");
  assertEquals((await client.call("DBSIZE")).text, "2");
  assertEquals(
    await client.ask("SCAN", "0", "TYPE", "list", "MATCH", "l*"),
    '*2[$"0" *1[$"list"]]',
  );
  assertEquals((await client.call("DBSIZE")).text, "2");
  assertEquals(await client.ask("SCAN", "0", "TYPE", "list"), '*2[$"0" *1[$"list"]]');
  assertEquals((await client.call("DBSIZE")).text, "1");
});

Deno.test("a key that is replaced is not new, and one that has expired is told of first", async () => {
  await using redis = await startFrozenServer({ config: { "notify-keyspace-events": "KEAn" } });
  using client = await RespClient.connect(redis.port);
  using subscriber = await RespClient.connect(redis.port);
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.call("SADD", "s", "a");
  await client.call("SADD", "t", "b");
  await client.call("SET", "k", "x", "EXAT", "1");
  await subscriber.call("PSUBSCRIBE", "__keyevent@0__:*");
  await client.call("SUNIONSTORE", "s", "t");
  await client.call("SET", "k", "y");
  await client.call("RENAME", "s", "t");
  const events: string[] = [];
  for (let i = 0; i < 7; i++) {
    const [, , channel, key] = (await subscriber.read()).elements;
    events.push(`${channel.text!.slice("__keyevent@0__:".length)} ${key.text}`);
  }
  assertEquals(events, [
    ...["sunionstore s", "expired k", "new k", "set k"],
    ...["new t", "rename_from s", "rename_to t"],
  ]);
});
