/**
 * TTLs on fields of hashes. Redis has them since 7.4, the oracle does not: what is expected is written down from its documentation.
 */
import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { effort } from "../support/effort.ts";
import { RespClient } from "../support/resp_client.ts";

/** A request in words, and the reply as `RespClient.ask` shows it. */
type Step = readonly [request: string, reply: string];

async function follow(client: RespClient, steps: readonly Step[]): Promise<void> {
  for (const [request, reply] of steps) {
    assertEquals(await client.ask(...request.split(" ")), reply, request);
  }
}

Deno.test("fields expire on their own, and the hash with the last one", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await follow(client, [
    ["HSET h a 1 b 2 c 3", ':"3"'],
    ["HEXPIRE h 10 FIELDS 3 a b none", '*3[:"1" :"1" :"-2"]'],
    ["HTTL h FIELDS 4 a b c none", '*4[:"10" :"10" :"-1" :"-2"]'],
    ["HPTTL h FIELDS 1 a", '*1[:"10000"]'],
    ["HEXPIRETIME h FIELDS 1 a", '*1[:"1704067210"]'],
    ["HPEXPIRETIME h FIELDS 1 a", '*1[:"1704067210000"]'],
    ["HPERSIST h FIELDS 3 b c none", '*3[:"1" :"-1" :"-2"]'],
    ["HEXPIRE nokey 10 FIELDS 2 a b", '*2[:"-2" :"-2"]'],
    ["HTTL nokey FIELDS 1 a", '*1[:"-2"]'],
    ["HINCRBY h a 5", ':"6"'],
    ["HTTL h FIELDS 1 a", '*1[:"10"]'],
  ]);
  redis.clock.advance({ seconds: 11 });
  await follow(client, [
    ["HMGET h a b c", '*3[$ null $"2" $"3"]'],
    ["HLEN h", ':"2"'],
    ["HEXISTS h a", ':"0"'],
    ["HPEXPIRE h 1 FIELDS 2 b c", '*2[:"1" :"1"]'],
  ]);
  redis.clock.advance({ milliseconds: 2 });
  await follow(client, [["EXISTS h", ':"0"'], ["TYPE h", '+"none"'], ["DBSIZE", ':"0"']]);
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});

Deno.test("conditions, and times that have passed", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await follow(client, [
    ["HSET h a 1 b 2 c 3 d 4", ':"4"'],
    ["HEXPIRE h 100 NX FIELDS 1 a", '*1[:"1"]'],
    ["HEXPIRE h 200 NX FIELDS 1 a", '*1[:"0"]'],
    ["HEXPIRE h 200 XX FIELDS 2 a b", '*2[:"1" :"0"]'],
    ["HEXPIRE h 100 GT FIELDS 2 a b", '*2[:"0" :"0"]'],
    ["HEXPIRE h 300 GT FIELDS 1 a", '*1[:"1"]'],
    ["HEXPIRE h 400 LT FIELDS 2 a b", '*2[:"0" :"1"]'],
    ["HEXPIRE h 0 FIELDS 1 c", '*1[:"2"]'],
    ["HEXPIREAT h 1 FIELDS 1 d", '*1[:"2"]'],
    ["HLEN h", ':"2"'],
    ["HPEXPIREAT h 1 FIELDS 2 a b", '*2[:"2" :"2"]'],
    ["EXISTS h", ':"0"'],
    ["HSET h a 1", ':"1"'],
    ["HEXPIRE h 10 FIELDS 1 a", '*1[:"1"]'],
    ["HSET h a 2", ':"0"'],
    ["HTTL h FIELDS 1 a", '*1[:"-1"]'],
    ["HEXPIRE h -1 FIELDS 1 a", '-"ERR invalid expire time, must be >= 0"'],
    ["HEXPIRE h x FIELDS 1 a", '-"ERR value is not an integer or out of range"'],
    ["HEXPIRE h 999999999999999 FIELDS 1 a", `-"ERR invalid expire time in 'hexpire' command"`],
    [
      "HEXPIRE h 10 FIELD 1 a",
      '-"ERR Mandatory argument FIELDS is missing or not at the right position"',
    ],
    ["HEXPIRE h 10 FIELDS 0 a", '-"ERR Parameter `numFields` should be greater than 0"'],
    [
      "HEXPIRE h 10 FIELDS 2 a",
      '-"ERR The `numfields` parameter must match the number of arguments"',
    ],
    ["HTTL h FIELDS 0 a", '-"ERR Number of fields must be a positive integer"'],
    ["SET s x", '+"OK"'],
    [
      "HEXPIRE s 10 FIELDS 1 a",
      '-"WRONGTYPE Operation against a key holding the wrong kind of value"',
    ],
  ]);
});

Deno.test("HGETEX, HSETEX and HGETDEL", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await follow(client, [
    ["HSETEX h EX 10 FIELDS 2 a 1 b 2", ':"1"'],
    ["HTTL h FIELDS 2 a b", '*2[:"10" :"10"]'],
    ["HSETEX h FNX FIELDS 2 a 9 c 9", ':"0"'],
    ["HSETEX h FXX FIELDS 2 a 9 c 9", ':"0"'],
    ["HSETEX h FXX KEEPTTL FIELDS 1 a 9", ':"1"'],
    ["HTTL h FIELDS 1 a", '*1[:"10"]'],
    ["HSETEX h FXX FIELDS 1 a 8", ':"1"'],
    ["HTTL h FIELDS 1 a", '*1[:"-1"]'],
    ["HGETEX h FIELDS 2 a none", '*2[$"8" $ null]'],
    ["HGETEX h PX 5000 FIELDS 2 a b", '*2[$"8" $"2"]'],
    ["HPTTL h FIELDS 2 a b", '*2[:"5000" :"5000"]'],
    ["HGETEX h PERSIST FIELDS 1 a", '*1[$"8"]'],
    ["HPTTL h FIELDS 2 a b", '*2[:"-1" :"5000"]'],
    ["HGETEX h EXAT 1 FIELDS 1 b", '*1[$"2"]'],
    ["HLEN h", ':"1"'],
    ["HGETDEL h FIELDS 2 a none", '*2[$"8" $ null]'],
    ["EXISTS h", ':"0"'],
    ["HGETDEL h FIELDS 1 a", "*1[$ null]"],
    ["HGETEX h EX 10 FIELDS 1 a", "*1[$ null]"],
    ["HSETEX h PX 1 EX 1 FIELDS 1 a 1", '-"ERR syntax error"'],
    ["HSETEX h EXAT 1 FIELDS 1 a 1", ':"1"'],
    ["EXISTS h", ':"0"'],
  ]);
});

Deno.test("a hash with TTLs is copied, renamed, moved, dumped and restored with them", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await follow(client, [
    ["HSET h a 1 b 2", ':"2"'],
    ["HEXPIRE h 10 FIELDS 1 a", '*1[:"1"]'],
    ["EXPIRE h 1000", ':"1"'],
    ["COPY h copy", ':"1"'],
    ["RENAME h renamed", '+"OK"'],
    ["HTTL copy FIELDS 2 a b", '*2[:"10" :"-1"]'],
    ["HTTL renamed FIELDS 2 a b", '*2[:"10" :"-1"]'],
    ["MOVE copy 1", ':"1"'],
    ["SWAPDB 0 1", '+"OK"'],
    ["HTTL copy FIELDS 1 a", '*1[:"10"]'],
  ]);
  const payload = fromLatin1((await client.call("DUMP", "copy")).text!);
  assertEquals((await client.call("RESTORE", "restored", "0", payload)).text, "OK");
  await client.call("HPEXPIRE", "restored", "1", "FIELDS", "2", "a", "b");
  const due = fromLatin1((await client.call("DUMP", "restored")).text!);
  redis.clock.advance({ milliseconds: 5 });
  assertEquals((await client.call("RESTORE", "gone", "0", due)).text, "OK");
  assertEquals((await client.call("EXISTS", "gone")).text, "0");
  assertEquals((await client.call("RESTORE", "restored", "0", payload, "REPLACE")).text, "OK");
  await follow(client, [
    ["HTTL restored FIELDS 2 a b", '*2[:"10" :"-1"]'],
    ["DEBUG RELOAD", '+"OK"'],
  ]);
  redis.clock.advance({ seconds: 11 });
  await follow(client, [
    ["HLEN restored", ':"1"'],
    ["HLEN copy", ':"1"'],
    ["SELECT 1", '+"OK"'],
    ["HLEN renamed", ':"1"'],
    ["FLUSHALL", '+"OK"'],
  ]);
  assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});

Deno.test("random requests on fields with TTLs do what a plain model does, and leak nothing", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  const random = new SeededRandom(effort);
  /** By key and field: the value, and when it is over. */
  const model = new Map<string, Map<string, { value: string; deadlineMs: number }>>();
  const start = redis.clock.now();
  for (let step = 0; step < 8000 * effort; step++) {
    const key = `h${random.below(3)}`;
    const field = `f${random.below(40)}`;
    const now = redis.clock.now();
    for (const fields of model.values()) {
      for (const [name, { deadlineMs }] of fields) if (deadlineMs <= now) fields.delete(name);
    }
    const fields = model.get(key) ?? new Map();
    model.set(key, fields);
    const known = fields.get(field);
    switch (random.below(8)) {
      case 0:
      case 1:
        await client.call("HSET", key, field, `${step}`);
        fields.set(field, { value: `${step}`, deadlineMs: Infinity });
        break;
      case 2:
      case 3: {
        const deadlineMs = now + 1 + random.below(500);
        const request = ["HPEXPIREAT", key, `${deadlineMs}`, "FIELDS", "1", field];
        const reply = (await client.call(...request)).elements[0].text;
        assertEquals(reply, known === undefined ? "-2" : "1");
        if (known !== undefined) known.deadlineMs = deadlineMs;
        break;
      }
      case 4:
        await client.call("HDEL", key, field);
        fields.delete(field);
        break;
      case 5:
        await client.call("HPERSIST", key, "FIELDS", "1", field);
        if (known !== undefined) known.deadlineMs = Infinity;
        break;
      case 6:
        redis.clock.advance({ milliseconds: random.below(20) });
        break;
      default:
        assertEquals((await client.call("HGET", key, field)).text, known?.value);
        assertEquals((await client.call("HLEN", key)).text, `${fields.size}`);
    }
    if (step % 1000 === 0) assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
  }
  assertEquals(redis.clock.now() > start, true);
  await client.call("FLUSHALL");
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
