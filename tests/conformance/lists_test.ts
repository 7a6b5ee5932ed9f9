import { assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";
import { RespClient } from "../support/resp_client.ts";

rules("lists", {
  "LPUSH puts each element before those that are there, RPUSH behind them": `
    RPUSH l a b c
    LPUSH l z y
    LRANGE l 0 -1
    LLEN l
    LLEN missing
    LPUSH l`,
  "LPUSHX and RPUSHX push to a list that is there, and make none": `
    LPUSHX missing a
    RPUSHX missing a
    RPUSH l a b c
    LPUSHX l x
    RPUSHX l d e
    LRANGE l 0 -1`,
  "LRANGE counts from the end if an index is negative, and cuts what is outside": `
    RPUSH l x y z a b c d e
    LRANGE l 1 3
    LRANGE l -3 -1
    LRANGE l -100 100
    LRANGE l 3 1
    LRANGE l 100 200
    LRANGE l a b
    LRANGE missing 0 -1`,
  "LINDEX outside the list is null, and its index is read only if there is a list": `
    RPUSH l x y z a b c d e
    LINDEX l 0
    LINDEX l -1
    LINDEX l 100
    LINDEX l -100
    LINDEX l abc
    LINDEX missing 0
    LINDEX missing abc`,
  "LSET replaces an element, and neither adds one nor makes a list": `
    RPUSH l x y z a b c d e
    LSET l 0 first
    LSET l -1 last
    LSET l 100 x
    LSET l abc x
    LSET missing 0 x
    LRANGE l 0 -1`,
  "LINSERT finds its pivot or changes nothing": `
    RPUSH l first y z a b c d last
    LINSERT l BEFORE a before
    LINSERT l AFTER a after
    LINSERT l AFTER nosuch x
    LINSERT missing AFTER a x
    LINSERT l BAD a x
    LINSERT l AFTER last x
    LINSERT l BEFORE first x
    LRANGE l 0 -1`,
  "LREM removes from the head, from the tail if the count is negative, and all if it is 0": `
    RPUSH r 1 2 1 3 1 4 1
    LREM r 2 1
    LRANGE r 0 -1
    LREM r -1 1
    LRANGE r 0 -1
    LREM r 0 1
    LREM r 0 nosuch
    LREM missing 0 a
    LREM r x a
    LRANGE r 0 -1`,
  "LREM of the last element deletes the key": `
    RPUSH r 2 3 4
    LREM r 0 2
    LREM r 0 3
    LREM r 0 4
    EXISTS r`,
  "LTRIM keeps a range": `
    RPUSH t 1 2 3 4 5
    LTRIM t 1 3
    LRANGE t 0 -1
    LTRIM t -2 -1
    LRANGE t 0 -1
    LTRIM t a b`,
  "LTRIM past the end deletes the key": `
    RPUSH t 3 4
    LTRIM t 5 10
    EXISTS t
    LTRIM missing 0 1
    LTRIM t a b`,
  "LPOS finds the first, or those of a rank": `
    RPUSH p a b c 1 2 3 c c
    LPOS p c
    LPOS p c RANK 2
    LPOS p c RANK -1
    LPOS p nosuch
    LPOS missing c`,
  "LPOS with COUNT finds several, and an empty array if there is none": `
    RPUSH p a b c 1 2 3 c c
    LPOS p c COUNT 2
    LPOS p c COUNT 0
    LPOS p c RANK -1 COUNT 2
    LPOS p c RANK 2 COUNT 0
    LPOS p nosuch COUNT 1
    LPOS missing c COUNT 1`,
  "LPOS looks at MAXLEN elements": `
    RPUSH p a b c 1 2 3 c c
    LPOS p c COUNT 0 MAXLEN 3
    LPOS p c COUNT 1 MAXLEN 1
    LPOS p c RANK -2 MAXLEN 2`,
  "LPOS refuses a rank of 0, what is negative, and options that it does not know": `
    RPUSH p a b c 1 2 3 c c
    LPOS p c RANK 0
    LPOS p c RANK abc
    LPOS p c COUNT -1
    LPOS p c MAXLEN -1
    LPOS p c BAD 1
    LPOS p c COUNT`,
  "LPOP and RPOP take from the ends, with a count an array": `
    RPUSH p a b c 1 2 3 c c
    LPOP p
    RPOP p
    LPOP p 2
    RPOP p 2
    LRANGE p 0 -1
    LPOP p 0
    RPOP p 0
    LPOP p -1
    LPOP p abc
    LPOP p 1 2`,
  "LPOP of all elements deletes the key, and of none is null": `
    RPUSH p 1 2
    LPOP p 100
    EXISTS p
    LPOP p
    LPOP p 1
    LPOP p 0`,
  "RPOPLPUSH moves the tail to the head, of the same list too": `
    RPUSH a 1 2 3
    RPOPLPUSH a b
    LRANGE b 0 -1
    RPOPLPUSH a a
    LRANGE a 0 -1
    RPOPLPUSH missing b`,
  "LMOVE takes from and puts to the ends that are named": `
    RPUSH a 2 1
    RPUSH b 3
    LMOVE a b LEFT RIGHT
    LMOVE a b RIGHT LEFT
    LMOVE a b RIGHT LEFT
    EXISTS a
    LRANGE b 0 -1
    LMOVE b b LEFT RIGHT
    LRANGE b 0 -1
    LMOVE b c BAD LEFT
    LMOVE b c LEFT BAD`,
  "a list of one element that moves to itself stays": `
    RPUSH one x
    LMOVE one one LEFT LEFT
    RPOPLPUSH one one
    LRANGE one 0 -1`,
  "LMPOP takes from the first list that is there": `
    RPUSH m 1 2 3 4 5
    LMPOP 2 missing m LEFT
    LMPOP 1 m RIGHT COUNT 2
    LMPOP 1 m LEFT COUNT 100
    EXISTS m
    LMPOP 1 m LEFT`,
  "LMPOP refuses numbers of keys and counts that make no sense": `
    LMPOP 0 m LEFT
    LMPOP abc m LEFT
    LMPOP 5 m LEFT
    LMPOP 1 m BAD
    LMPOP 1 m LEFT COUNT 0
    LMPOP 1 m LEFT COUNT -1
    LMPOP 1 m LEFT COUNT 1 COUNT 2
    LMPOP 1 m LEFT COUNT
    LMPOP 1 m LEFT BAD 1
    COMMAND GETKEYS LMPOP 2 a b LEFT`,
  "commands of lists refuse other types, and others refuse lists": `
    RPUSH b 1 2 3
    SET s v
    LPUSH s a
    RPOP s
    LLEN s
    LRANGE s 0 -1
    LINDEX s 0
    LPOS s a
    LMOVE s b LEFT LEFT
    LMOVE b s LEFT LEFT
    LMPOP 2 missing s LEFT
    LMPOP 2 s b LEFT
    GET b
    SADD b x
    TYPE b`,
  "elements that look like numbers, empty ones and long ones come back as they were": `
    RPUSH n 1 -5 100000 9223372036854775807 "" "a longer element"
    LRANGE n 0 -1
    DEBUG DIGEST`,
  "a copy of a list has elements of its own, and moves with them": `
    RPUSH n 1 -5 100000 9223372036854775807 "" "a longer element"
    COPY n n2
    RPUSH n2 more
    LRANGE n 0 -1
    RENAME n2 n3
    MOVE n3 4
    SELECT 4
    LRANGE n3 0 -1
    DEBUG DIGEST`,
});

randomRequests("lists", {
  seeds: 6,
  limits: { "list-max-listpack-size": ["-2", "-1", "3", "16"] },
  words: {
    key: "k | l | m",
    long: '<x^0..199> | <y^5000..5000> | ""',
    element: "<0..19> | e<0..19> | <int32> | <long>",
    index: "<-30..29>",
    end: "LEFT | RIGHT",
    pop: "LPOP | RPOP",
  },
  requests: `
    RPUSH <key> <element*4..4>
    LPUSH <key> <element*3..3>
    RPUSH <key> <element>
    <pop> <key> <0..3>
    <pop> <key>
    LINDEX <key> <index>
    LSET <key> <index> <element>
    LRANGE <key> <index> <index>
    1/2 LINSERT <key> BEFORE <element> <element>
    1/2 LINSERT <key> AFTER <element> <element>
    LREM <key> <-2..2> <element>
    1/2 LPOS <key> <element> RANK <1..2> COUNT <0..2>
    1/2 LPOS <key> <element> RANK -1 COUNT 0 MAXLEN <0..20>
    LMOVE <key> <key> <end> <end>
    LMPOP 2 <key> <key> <end> COUNT <1..3>
    LLEN <key>
    EXISTS <key>
    TYPE <key>
    EXPIREAT <key> 4000000000
    1/12 LTRIM <key> <index> <index>
    1/30 COPY <key> <key> REPLACE
    1/30 RENAME <key> <key>
  `,
  finish: ["k", "l", "m"].map((key) => ({ mark: "", words: ["LRANGE", key, "0", "-1"] })),
});

Deno.test("a list's encoding follows 7.2: a listpack until it is too large, and again when little is left", async () => {
  await using redis = await startFrozenServer({ config: { "list-max-listpack-size": "4" } });
  using client = await RespClient.connect(redis.port);
  const encoding = async () => (await client.call("OBJECT", "ENCODING", "l")).text;
  await client.call("RPUSH", "l", "1", "2", "3", "4");
  assertEquals(await encoding(), "listpack");
  await client.call("RPUSH", "l", "5");
  assertEquals(await encoding(), "quicklist");
  await client.call("RPOP", "l", "2");
  assertEquals(await encoding(), "quicklist");
  await client.call("RPOP", "l");
  assertEquals(await encoding(), "listpack");
  await client.call("CONFIG", "SET", "list-max-listpack-size", "-1");
  await client.call("RPUSH", "l", "x".repeat(5000));
  assertEquals(await encoding(), "quicklist");
});

Deno.test("LSET converts as if it added, and back when little is left", async () => {
  await using redis = await startFrozenServer({ config: { "list-max-listpack-size": "4" } });
  using client = await RespClient.connect(redis.port);
  const encoding = async () => (await client.call("OBJECT", "ENCODING", "l")).text;
  await client.call("RPUSH", "l", "1", "2", "3", "4");
  assertEquals(await encoding(), "listpack");
  await client.call("LSET", "l", "0", "5");
  assertEquals(await encoding(), "quicklist");
  await client.call("CONFIG", "SET", "list-max-listpack-size", "-1");
  await client.call("LSET", "l", "0", "x".repeat(3000));
  assertEquals(await encoding(), "quicklist");
  await client.call("LSET", "l", "-4", "6");
  assertEquals(await encoding(), "listpack");
  await client.call("LINSERT", "l", "BEFORE", "nosuch", "x".repeat(4000));
  assertEquals(await encoding(), "listpack");
  await client.call("LINSERT", "l", "BEFORE", "nosuch", "x".repeat(4096));
  assertEquals(await encoding(), "quicklist");
});

Deno.test("many elements pushed at once are weighed together, without what a listpack adds to each", async () => {
  await using redis = await startFrozenServer({ config: { "list-max-listpack-size": "-1" } });
  using client = await RespClient.connect(redis.port);
  const elements = Array.from({ length: 1000 }, () => "abcd");
  await client.call("RPUSH", "l", ...elements);
  assertEquals((await client.call("OBJECT", "ENCODING", "l")).text, "listpack");
  await client.call("RPUSH", "l", "a");
  assertEquals((await client.call("OBJECT", "ENCODING", "l")).text, "quicklist");
});

Deno.test("list-max-listpack-size 0 lets a listpack have one element", async () => {
  await using redis = await startFrozenServer({ config: { "list-max-listpack-size": "0" } });
  using client = await RespClient.connect(redis.port);
  await client.call("RPUSH", "l", "a");
  assertEquals((await client.call("OBJECT", "ENCODING", "l")).text, "listpack");
  await client.call("RPUSH", "l", "b");
  assertEquals((await client.call("OBJECT", "ENCODING", "l")).text, "quicklist");
});

Deno.test("a long list gives back every byte", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const elements = Array.from({ length: 1000 }, (_, i) => `element number ${i}`);
  for (let i = 0; i < 50; i++) await client.call("RPUSH", "l", ...elements);
  assertEquals((await client.call("LINDEX", "l", "25007")).text, "element number 7");
  assertEquals((await client.call("LLEN", "l")).text, "50000");
  assertEquals((await client.call("UNLINK", "l")).text, "1");
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
