import { assert, assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";
import { RespClient } from "../support/resp_client.ts";

rules("hashes", {
  "HSET counts fields that are new": `
    HSET h a 1 b 2
    HSET h a 3 c 4
    HSET h
    HSET h a
    HSET h a 1 b`,
  "HMSET replies OK": `
    HMSET h d 5
    HMSET h d
    HMSET h d 5 e`,
  "HGET and HMGET reply null for what is missing": `
    HSET h a 3 b 2
    HGET h a
    HGET h missing
    HGET missing a
    HMGET h a b missing
    HMGET missing a b`,
  "HGETALL, HKEYS and HVALS reply with all, or nothing": `
    HSET h a 3 b 2 c 4 d 5
    ~ HGETALL h
    HGETALL missing
    ~ HKEYS h
    ~ HVALS h
    HKEYS missing`,
  "HLEN, HEXISTS and HSTRLEN are 0 for what is missing": `
    HSET h a 3 b 2 c 4 d 5
    HLEN h
    HLEN missing
    HEXISTS h a
    HEXISTS h missing
    HEXISTS missing a
    HSTRLEN h a
    HSTRLEN h missing
    HSTRLEN missing a`,
  "HSETNX leaves a field that is there": `
    HSET h a 3
    HSETNX h a 9
    HSETNX h new 9
    HSETNX fresh f v
    HGET fresh f
    HGET h a`,
  "HDEL of the last field deletes the key": `
    HSET h a 3 b 2 c 4
    HDEL h a b missing
    HDEL h a
    HDEL missing a
    HSETNX fresh f v
    HDEL fresh f
    EXISTS fresh`,
  "a small hash is a listpack": `
    HSET h a 3
    TYPE h
    OBJECT ENCODING h
    OBJECT REFCOUNT h`,
  "HINCRBY adds up to 64 bits, and refuses what is no integer": `
    HINCRBY h n 5
    HINCRBY h n -15
    HINCRBY h n 9223372036854775807
    HINCRBY h n 9223372036854775807
    HINCRBY h n abc
    HINCRBY h n 1.5
    HSET h s text sp " 1" f 1.5
    HINCRBY h s 1
    HINCRBY h sp 1
    HINCRBY h f 1`,
  "HINCRBYFLOAT prints the shortest decimal, and refuses what is no number": `
    HSET h s text sp " 1" f 1.5
    HINCRBYFLOAT h f 0.1
    HINCRBYFLOAT h f 1e2
    HINCRBYFLOAT h s 1
    HINCRBYFLOAT h sp 1
    HINCRBYFLOAT h f abc
    HINCRBYFLOAT h newf 10.6
    HINCRBYFLOAT h newf -10.6
    HGET h newf`,
  "commands of hashes refuse other types": `
    SET str v
    HSET str a 1
    HGET str a
    HGETALL str
    HDEL str a
    HINCRBY str a 1
    HSCAN str 0
    HRANDFIELD str`,
  "commands of strings refuse hashes": `
    HSET h a 1
    SET str v
    GET h
    APPEND h x
    INCR h
    GETDEL h
    SETRANGE h 0 x
    BITCOUNT h
    BITOP NOT d h
    LCS h str
    MGET h str`,
  "HRANDFIELD of nothing is null, or an empty array with a count": `
    HRANDFIELD missing
    HRANDFIELD missing 5
    HRANDFIELD missing 5 WITHVALUES
    HSET h a 1
    HRANDFIELD h 0
    ? HRANDFIELD h`,
  "HRANDFIELD refuses counts out of range and other options": `
    HSET h a 1
    HRANDFIELD h abc
    HRANDFIELD h 5 BAD
    HRANDFIELD h 5 WITHVALUES x
    HRANDFIELD h -9223372036854775808
    HRANDFIELD h 9223372036854775807 WITHVALUES`,
  "HSCAN refuses cursors and counts that make no sense, and matches fields": `
    HSET h n 1 s text
    HSCAN missing 0
    HSCAN h abc
    HSCAN h 0 COUNT 0
    HSCAN h 0 COUNT x
    HSCAN h 0 BAD
    HSCAN h 0 MATCH
    HSCAN h 0 MATCH n
    HSCAN h 0 MATCH nosuch*
    DEBUG DIGEST`,
  "a copy of a hash has fields of its own; expiry and fields move with a name": `
    HSET h n 5 s text
    EXPIRE h 100
    RENAME h g
    TTL g
    HGET g n
    COPY g i
    HSET i n 77
    HGET g n
    HGET i n
    COPY g j DB 3
    MOVE i 3
    SELECT 3
    HGET i n
    HLEN j
    DEBUG DIGEST
    SELECT 0`,
  "SET replaces a hash": `
    HSET g n 5
    SET g string
    TYPE g
    DEBUG DIGEST`,
  "a hash with too many fields becomes a table, and stays one": `
    CONFIG SET hash-max-listpack-entries 4 hash-max-listpack-value 10
    HSET h a 1 b 2 c 3 d 4
    OBJECT ENCODING h
    HSET h e 5
    OBJECT ENCODING h
    HDEL h a b c d
    OBJECT ENCODING h
    HLEN h`,
  "a hash with a value or a field that is too long becomes a table": `
    CONFIG SET hash-max-listpack-entries 4 hash-max-listpack-value 10
    HSET v f 1234567890
    OBJECT ENCODING v
    HSET v f 12345678901
    OBJECT ENCODING v
    HSET w 12345678901 x
    OBJECT ENCODING w
    HSET u f x
    HINCRBYFLOAT u f2 1.23456789
    OBJECT ENCODING u`,
  "a copy of a table is a table": `
    CONFIG SET hash-max-listpack-entries 4 hash-max-listpack-value 10
    HSET h a 1 b 2 c 3 d 4 e 5
    HDEL h a b c d
    COPY h h2
    OBJECT ENCODING h2
    HSET h2 z 1
    HLEN h
    RENAME h2 h3
    ~ HGETALL h3
    HDEL h3 e z
    EXISTS h3
    DEBUG DIGEST`,
  "a value of 64 bytes is for a listpack, of 65 for a table": `
    CONFIG SET hash-max-listpack-entries 512 hash-max-listpack-value 64
    HSET x f 1234567890123456789012345678901234567890123456789012345678901234
    OBJECT ENCODING x
    HSET x f 12345678901234567890123456789012345678901234567890123456789012345
    OBJECT ENCODING x`,
});

randomRequests("hashes", {
  seeds: 4,
  limits: { "hash-max-listpack-entries": ["40", "512", "5"] },
  words: {
    key: "h | i | j",
    field: 'f<0..59> | <-20..19> | ""',
    value: "<int32> | 1.5 | <x^0..89> | <0..299>",
  },
  requests: `
    HSET <key> <field> <value> <field> <value>
    HSETNX <key> <field> <value>
    HGET <key> <field>
    HMGET <key> <field*1..3>
    HDEL <key> <field*1..3>
    HINCRBY <key> <field> <-500..499>
    HINCRBYFLOAT <key> <field> 0.25
    HLEN <key>
    HEXISTS <key> <field>
    HSTRLEN <key> <field>
    OBJECT ENCODING <key>
    EXISTS <key>
    TYPE <key>
    EXPIRETIME <key>
    EXPIREAT <key> 4000000000
    1/40 DEL <key>
    1/20 COPY <key> <key> REPLACE
    1/20 RENAME <key> <key>
  `,
  finish: ["h", "i", "j"].map((key) => ({ mark: "~", words: ["HGETALL", key] })),
});

Deno.test("HSCAN returns every field of a table, HRANDFIELD different ones", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const fields = Array.from({ length: 3000 }, (_, i) => `field:${i}`);
  for (const field of fields) await client.call("HSET", "h", field, `value of ${field}`);
  const seen = new Map<string, string>();
  let cursor = "0";
  do {
    const reply = await client.call("HSCAN", "h", cursor, "COUNT", "50");
    cursor = reply.elements[0].text!;
    const texts = reply.elements[1].elements.map(({ text }) => text!);
    for (let i = 0; i < texts.length; i += 2) seen.set(texts[i], texts[i + 1]);
  } while (cursor !== "0");
  assertEquals(seen.size, 3000);
  assertEquals(seen.get("field:7"), "value of field:7");
  for (const count of ["10", "2500", "5000"]) {
    const chosen = (await client.call("HRANDFIELD", "h", count)).elements.map(({ text }) => text);
    assertEquals(chosen.length, Math.min(3000, Number(count)));
    assertEquals(new Set(chosen).size, chosen.length);
  }
  assertEquals((await client.call("HRANDFIELD", "h", "-5000")).elements.length, 5000);
  const pairs = (await client.call("HRANDFIELD", "h", "-3", "WITHVALUES")).elements;
  assertEquals(pairs[1].text, `value of ${pairs[0].text}`);
  assert(Number((await client.call("MEMORY", "USAGE", "h")).text) > 3000 * 30);
  assertEquals((await client.call("UNLINK", "h")).text, "1");
  redis.clock.advance({ seconds: 1 });
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
