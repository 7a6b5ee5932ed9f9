import { assert, assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";
import { RespClient } from "../support/resp_client.ts";

rules("sets", {
  "SADD counts members that are new": `
    SADD s a b c
    SADD s a d
    SADD s
    SCARD s
    SCARD missing
    ~ SMEMBERS s
    SMEMBERS missing`,
  "SISMEMBER and SMISMEMBER say 0 of what is missing": `
    SADD s a b c d
    SISMEMBER s a
    SISMEMBER s z
    SISMEMBER missing a
    SMISMEMBER s a z b
    SMISMEMBER missing a b
    SMISMEMBER s`,
  "SREM of the last member deletes the key": `
    SADD s a b c d
    SREM s a z
    SREM missing a
    SREM s b c d
    EXISTS s
    TYPE s`,
  "a set of integers holds those written in the shortest way": `
    SADD i 1 2 3 -5 1
    TYPE i
    OBJECT ENCODING i
    SISMEMBER i 2
    SISMEMBER i 02
    SISMEMBER i abc
    SISMEMBER i 9223372036854775807`,
  "a set of integers takes all of 64 bits": `
    SADD i 1 2 3 -5
    SADD i 100000 9223372036854775807 -9223372036854775808 9007199254740993
    ~ SMEMBERS i
    SISMEMBER i 9007199254740993
    SISMEMBER i 9007199254740992
    SREM i 9223372036854775807
    ~ SMEMBERS i
    OBJECT ENCODING i
    ? SRANDMEMBER i`,
  "SPOP of the last member deletes the key": `
    SADD one only
    SPOP one
    EXISTS one
    SADD one only
    SPOP one 5
    EXISTS one`,
  "SPOP of nothing is null, or an empty set with a count; counts are not negative": `
    SADD one only
    SPOP missing
    SPOP missing 3
    SPOP one 0
    SPOP one -1
    SPOP one abc
    SPOP one 1 2
    ~ SMEMBERS one`,
  "SRANDMEMBER chooses different members, with a negative count any": `
    SADD one only
    SRANDMEMBER one
    SRANDMEMBER one 5
    SRANDMEMBER one -3
    SRANDMEMBER one 0
    SRANDMEMBER missing
    SRANDMEMBER missing 5
    SRANDMEMBER one abc
    SRANDMEMBER one 1 2
    SRANDMEMBER one -9223372036854775808`,
  "SINTER has what all have": `
    SADD a 1 2 3 4 x
    SADD b 3 4 5 x y
    SADD c 4 x z
    ~ SINTER a b c
    ~ SINTER a
    SINTER a missing
    SINTER missing a`,
  "SUNION has what any has": `
    SADD a 1 2 3 4 x
    SADD b 3 4 5 x y
    ~ SUNION a b missing
    SUNION missing`,
  "SDIFF has what the first has alone": `
    SADD a 1 2 3 4 x
    SADD b 3 4 5 x y
    ~ SDIFF a b
    ~ SDIFF a missing
    SDIFF missing a
    SDIFF a a`,
  "results of sets are stored, over one of the sources too": `
    SADD a 1 2 3 4 x
    SADD b 3 4 5 x y
    SADD c 4 x z
    SINTERSTORE d a b
    ~ SMEMBERS d
    SUNIONSTORE d a b c
    ~ SMEMBERS d
    SDIFFSTORE d a b
    ~ SMEMBERS d
    OBJECT ENCODING d
    SINTERSTORE a a b
    ~ SMEMBERS a`,
  "an empty result deletes the destination, another replaces a value of any type": `
    SADD a 3 4 x
    SADD b 3 4 5 x y
    SADD d 1
    SINTERSTORE d missing a
    EXISTS d
    SET str v
    SINTERSTORE str a b
    TYPE str`,
  "a source of another type is refused even beside one that is missing": `
    SADD a 3 4 x
    SET str v
    SINTER a str
    SINTER missing str
    SUNION a str
    SDIFF missing str
    SINTERSTORE d missing str`,
  "commands of sets refuse other types, and others refuse sets": `
    SADD a 3 4 x
    SET str v
    SADD str a
    SREM str a
    SMEMBERS str
    SPOP str
    SCARD str
    SSCAN str 0
    SMOVE str a x
    SMOVE a str 4
    SMOVE missing str x
    SINTERCARD 1 str
    GET a
    HSET a f v`,
  "SINTERCARD counts up to its limit": `
    SADD a 3 4 x
    SADD b 3 4 5 x y
    SINTERCARD 2 a b
    SINTERCARD 2 a b LIMIT 1
    SINTERCARD 2 a b LIMIT 0
    SINTERCARD 1 a LIMIT 2
    SINTERCARD 2 a missing`,
  "SINTERCARD refuses numbers of keys and limits that make no sense": `
    SADD a 3 4 x
    SADD b 3 4 5 x y
    SINTERCARD 0 a
    SINTERCARD -1 a
    SINTERCARD abc a
    SINTERCARD 3 a b
    SINTERCARD 1 a b
    SINTERCARD 1 a LIMIT
    SINTERCARD 1 a LIMIT -1
    SINTERCARD 1 a LIMIT x
    SINTERCARD 1 a BAD 1
    COMMAND GETKEYS SINTERCARD 2 a b LIMIT 1`,
  "SMOVE moves a member that is there, to its own set too": `
    SADD a 3 4 x
    SMOVE a m 4
    SMOVE a m 4
    SMOVE a a x
    SMOVE a a nosuch
    SMOVE missing m 4
    ~ SMEMBERS m`,
  "SSCAN refuses cursors and counts that make no sense, and matches members": `
    SADD m 4
    SADD b 3 4 5 x y
    SSCAN missing 0
    SSCAN m 0
    SSCAN m abc
    SSCAN m 0 COUNT 0
    SSCAN m 0 BAD
    SSCAN b 0 MATCH nosuch
    SSCAN b 0 MATCH y
    DEBUG DIGEST`,
  "a copy of a set has members of its own, and moves with them": `
    SADD b 3 4 5 x y
    COPY b bb
    SADD bb more
    ~ SMEMBERS b
    RENAME bb bc
    SCARD bc
    MOVE bc 2
    SELECT 2
    SCARD bc
    DEBUG DIGEST`,
});

randomRequests("sets", {
  seeds: 4,
  words: {
    key: "s | t | u | v",
    rare: "m<0..59> | 9007199254740995 | <x^70..70> | <0..8>",
    member: "<0..59> | <0..59> | <-9..9> | <-40000..40000> | <int32> | <rare> | <rare>",
  },
  requests: `
    SADD <key> <member*1..3>
    SADD <key> <0..999> <0..999>
    SREM <key> <member*1..3>
    SISMEMBER <key> <member>
    SMISMEMBER <key> <member*1..3>
    SCARD <key>
    SMOVE <key> <key> <member>
    ~ 1/3 SINTER <key*1..4>
    ~ 1/3 SUNION <key*1..4>
    ~ 1/3 SDIFF <key*1..4>
    1/3 SINTERSTORE <key> <key*1..3>
    1/3 SUNIONSTORE <key> <key*1..3>
    1/3 SDIFFSTORE <key> <key*1..3>
    SINTERCARD 2 <key> <key> LIMIT <0..8>
    EXISTS <key>
    TYPE <key>
    EXPIRETIME <key>
    1/20 DEL <key>
    1/10 COPY <key> <key> REPLACE
    1/10 EXPIREAT <key> 4000000000
  `,
});

Deno.test("a set's encoding follows 7.2: intset, listpack, hashtable", async () => {
  await using redis = await startFrozenServer({
    config: {
      "set-max-intset-entries": "4",
      "set-max-listpack-entries": "6",
      "set-max-listpack-value": "10",
    },
  });
  using client = await RespClient.connect(redis.port);
  const encoding = async (key: string) => (await client.call("OBJECT", "ENCODING", key)).text;
  await client.call("SADD", "ints", "1", "2", "3", "4");
  assertEquals(await encoding("ints"), "intset");
  await client.call("SADD", "mixed", "1", "2", "a");
  assertEquals(await encoding("mixed"), "listpack");
  await client.call("SADD", "ints", "5");
  assertEquals(await encoding("ints"), "hashtable");
  await client.call("SADD", "mixed", "b", "c", "d");
  assertEquals(await encoding("mixed"), "listpack");
  await client.call("SADD", "mixed", "e");
  assertEquals(await encoding("mixed"), "hashtable");
  assertEquals((await client.call("SCARD", "mixed")).text, "7");
  await client.call("SADD", "long", "12345678901x");
  assertEquals(await encoding("long"), "hashtable");
});

Deno.test("SPOP and SRANDMEMBER choose different members; SSCAN returns all", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const members = Array.from({ length: 2000 }, (_, i) => `member:${i}`);
  await client.call("SADD", "s", ...members);
  const texts = async (...words: string[]) =>
    (await client.call(...words)).elements.map(({ text }) => text!);
  for (const count of ["10", "1500", "5000"]) {
    const chosen = await texts("SRANDMEMBER", "s", count);
    assertEquals(new Set(chosen).size, Math.min(2000, Number(count)));
  }
  const popped = [...await texts("SPOP", "s", "100"), ...await texts("SPOP", "s", "1500")];
  assertEquals(new Set(popped).size, 1600);
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const [next, found] = (await client.call("SSCAN", "s", cursor, "COUNT", "20")).elements;
    cursor = next.text!;
    for (const { text } of found.elements) seen.add(text!);
  } while (cursor !== "0");
  assertEquals(new Set([...popped, ...seen]).size, 2000);
  assert(popped.every((member) => !seen.has(member)));
  await client.call("DEL", "s");
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
