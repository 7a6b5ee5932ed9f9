import { assertEquals } from "@std/assert";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { scenario } from "../support/scenario.ts";
import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

rules("streams", {
  "XADD takes ids that grow, whole or with a part left to the server": `
    XADD s 1-1 f v
    XADD s 1-2 f v2 g w
    XADD s 1-2 f v
    XADD s 1 f v
    XADD s 1-* f auto
    XADD s 0-0 f v
    XADD s 0-* f v
    XADD s 2-* f v
    XADD s 5 a 1 b 2
    XADD s 5-* a 1 b 3
    ? XADD s * f v
    XADD t 0-* f v
    XADD t 0-* f v
    XDEL t 0-2
    XLEN s
    XLEN none`,
  "XADD refuses what is no id, and fields without values": `
    XADD s abc f v
    XADD s 1-2-3 f v
    XADD s - f v
    XADD s + f v
    XADD s 6-0 f
    XADD s 6-0 f v g
    XADD s 6-0
    XADD s * f
    XADD s MAXLEN 3`,
  "XADD NOMKSTREAM makes no stream": `
    XADD s 5-0 f v
    XADD s NOMKSTREAM 6-0 f v
    XADD none NOMKSTREAM * f v
    EXISTS none`,
  "nothing comes after the largest id": `
    XADD u 18446744073709551615-18446744073709551615 last one
    XADD u * f v
    XADD u 1-1 f v
    XADD v 18446744073709551614-18446744073709551615 f v
    ? XADD v 18446744073709551614-* f v
    XADD v 18446744073709551615-* f v
    XADD v 18446744073709551616-0 f v
    XRANGE v - +
    XRANGE u - +`,
  "a stream's type and encoding are stream": `
    XADD s 1-1 f v
    TYPE s
    OBJECT ENCODING s
    DEL s`,
  "XRANGE replies with the entries between two ids, both included": `
    XADD s 1-1 a 1 b 2
    XADD s 2-1 a 3 b 4
    XADD s 2-2 c 5
    XADD s 3-1 a 12345 b -7
    XADD s 4-0 "" ""
    XRANGE s - +
    XRANGE s 2 3
    XRANGE s 2 2
    XRANGE s 3 1
    XRANGE none - +`,
  "XRANGE leaves an id out behind a parenthesis": `
    XADD s 1-1 a 1 b 2
    XADD s 2-1 a 3 b 4
    XADD s 2-2 c 5
    XADD s 3-1 a 12345 b -7
    XRANGE s (2-1 +
    XRANGE s - (3-1
    XRANGE s (1 (3
    XRANGE s (- +
    XRANGE s (18446744073709551615-18446744073709551615 +
    XRANGE s - (0-0`,
  "XRANGE replies with up to COUNT entries": `
    XADD s 1-1 a 1 b 2
    XADD s 2-1 a 3 b 4
    XADD s 2-2 c 5
    XRANGE s - + COUNT 2
    XRANGE s - + COUNT 0
    XRANGE s - + COUNT -1
    XRANGE s - + COUNT
    XRANGE s - + LIMIT 2
    XRANGE s - + COUNT abc
    XRANGE s abc +
    XRANGE none - + COUNT 0`,
  "XREVRANGE begins with the later id": `
    XADD s 1-1 a 1 b 2
    XADD s 2-1 a 3 b 4
    XADD s 2-2 c 5
    XADD s 3-1 a 12345 b -7
    XADD s 4-0 "" ""
    XREVRANGE s + -
    XREVRANGE s + - COUNT 2
    XREVRANGE s 3 2
    XREVRANGE s (3-1 (1
    XREVRANGE s - +`,
  "XDEL counts entries that were there": `
    XADD s 1-1 a 1 b 2
    XADD s 2-1 a 3 b 4
    XADD s 2-2 c 5
    XADD s 4-0 "" ""
    XDEL s 2-1 9-9
    XDEL s 2-1
    XDEL s abc
    XDEL none abc
    XRANGE s - +
    XREVRANGE s + -
    XLEN s
    XDEL s 4-0
    XINFO STREAM s`,
  "XSETID sets the last id, not below that of an entry or of a deleted one": `
    XADD s 1-1 a 1 b 2
    XADD s 3-1 a 12345 b -7
    XADD s 4-0 "" ""
    XDEL s 4-0
    ? XSETID s 3-0
    XSETID s 9-0
    XSETID s 9-0 ENTRIESADDED 2
    XSETID s 9-0 ENTRIESADDED 100 MAXDELETEDID 4-0
    XSETID s 9-0 MAXDELETEDID 10-0
    XSETID s 9-0 ENTRIESADDED -1
    XSETID s 9-0 BAD 1
    XSETID s 9-0 ENTRIESADDED
    XSETID s abc
    XSETID none 1-1
    XSETID s 9-5
    XINFO STREAM s`,
  "XTRIM of all entries leaves a stream that knows its last id": `
    XADD s 1-1 a 1 b 2
    XADD s 2-2 c 5
    XADD s 3-1 a 12345 b -7
    XSETID s 9-5
    XTRIM s MAXLEN 1
    XRANGE s - +
    XTRIM s MAXLEN 0
    XLEN s
    XINFO STREAM s
    EXISTS s
    XADD s 9-8 f v`,
  "XTRIM MINID removes what is before an id": `
    XADD s 9-8 f v
    XADD s 10 f v
    XADD s 11 f v
    XTRIM s MINID 11
    XRANGE s - +
    XTRIM s MINID 12`,
  "XTRIM refuses limits that make no sense": `
    XADD s 11 f v
    XTRIM s
    XTRIM s MAXLEN
    XTRIM s MAXLEN -1
    XTRIM s MAXLEN abc
    XTRIM s MINID abc
    XTRIM s MAXLEN ~ 5 LIMIT -1
    XTRIM s MAXLEN 5 LIMIT 10
    XTRIM s MAXLEN = 5 LIMIT 10
    XTRIM s MAXLEN ~ 5 LIMIT 10
    XTRIM s LIMIT 5
    XTRIM s LIMIT 0
    XTRIM s MAXLEN 5 MINID 3
    XTRIM s BAD 5
    XTRIM none MAXLEN 5`,
  "XADD trims as it adds": `
    XADD w MAXLEN 2 1 f v
    XADD w MAXLEN 2 2 f v
    XADD w MAXLEN = 2 3 f v
    XADD w MINID 3 4 f v
    XADD w MAXLEN ~ 2 5 f v
    XADD w MAXLEN 1 LIMIT 3 6 f v
    XADD w LIMIT 3 6 f v
    XRANGE w - +
    COMMAND GETKEYS XADD w * f v`,
  "commands of streams refuse other types": `
    SET string x
    XADD string * f v
    XLEN string
    XRANGE string - +
    XDEL string 1
    XTRIM string MAXLEN 1
    XINFO STREAM string
    XREAD STREAMS string 0
    XGROUP CREATE string j 1
    XREADGROUP GROUP g alice STREAMS string >
    XINFO GROUPS string`,
  "XINFO STREAM FULL replies with the entries": `
    XADD w 3 f v
    XADD w 4 f v
    XADD w 5 f v
    XINFO STREAM none
    XINFO STREAM w FULL
    XINFO STREAM w FULL COUNT 1
    XINFO STREAM w FULL COUNT
    XINFO STREAM w FULL COUNT abc
    XINFO STREAM w BAD
    XINFO STREAM
    XINFO BAD w`,
  "a copy of a stream has entries of its own": `
    XADD w 3 f v
    XADD w 4 f v
    COPY w copy
    XADD copy 100 f v
    XRANGE w - +
    XRANGE copy - +
    RENAME copy copy2
    XLEN copy2
    DEBUG DIGEST-VALUE w copy2
    DEL w copy2`,
  "XREAD replies with what comes after an id, of the streams that have something": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XADD t 5 b 5
    XREAD STREAMS s 0
    XREAD COUNT 1 STREAMS s t 1 0
    XREAD STREAMS s t 3 0
    XREAD STREAMS s $
    XREAD STREAMS none 0
    XREAD COUNT -5 STREAMS s 2
    XREAD COUNT 0 STREAMS s 2
    XREAD BLOCK 1 STREAMS s $
    XREAD BLOCK 0 STREAMS s 0
    XREAD STREAMS s 18446744073709551615-18446744073709551615`,
  "XREAD refuses streams without ids, and ids that are for groups": `
    XADD s 1 a 1
    ? XREAD STREAMS s 0 1
    XREAD STREAMS s
    XREAD STREAMS
    XREAD COUNT 2
    XREAD BAD STREAMS s 0
    XREAD COUNT abc STREAMS s 0
    XREAD BLOCK -1 STREAMS s 0
    XREAD BLOCK abc STREAMS s 0
    XREAD STREAMS s >
    XREAD GROUP g c STREAMS s >
    XREAD NOACK STREAMS s 0
    XREAD STREAMS s abc
    XREAD STREAMS s -
    COMMAND GETKEYS XREAD COUNT 1 STREAMS a b 0 0`,
  "XGROUP CREATE makes a stream only with MKSTREAM": `
    XGROUP CREATE none g 0
    XGROUP CREATE none g $ MKSTREAM
    XINFO GROUPS none
    XINFO GROUPS none2`,
  "XGROUP CREATE takes an id and how many entries were read": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XGROUP CREATE s g 0
    XGROUP CREATE s h $
    XGROUP CREATE s i 2 ENTRIESREAD 2
    XGROUP CREATE s j 2 ENTRIESREAD -2
    XGROUP CREATE s j abc
    XGROUP CREATE s j 1 BAD
    XGROUP CREATE s
    XGROUP BAD s g
    XGROUP
    COMMAND GETKEYS XGROUP CREATE a g 0
    XINFO GROUPS s`,
  "XREADGROUP gives each entry to one consumer, who may read it again": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XREADGROUP GROUP g alice COUNT 1 STREAMS s >
    XREADGROUP GROUP g bob COUNT 1 STREAMS s >
    XREADGROUP GROUP g alice STREAMS s 0
    XREADGROUP GROUP g alice STREAMS s 1
    XREADGROUP GROUP g carol STREAMS s 0
    XREADGROUP GROUP g alice STREAMS s >
    XREADGROUP GROUP g alice STREAMS s >
    XREADGROUP GROUP g alice COUNT 1 BLOCK 1 STREAMS s >
    XINFO GROUPS s`,
  "XREADGROUP NOACK leaves nothing pending": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s h $
    XGROUP CREATE s i 2 ENTRIESREAD 2
    XGROUP CREATECONSUMER s h alice
    XREADGROUP GROUP h alice STREAMS s >
    XREADGROUP GROUP i alice NOACK STREAMS s >
    XINFO GROUPS s`,
  "XREADGROUP refuses groups that are not there, and ids that are for XREAD": `
    XADD s 1 a 1
    XADD t 5 b 5
    XGROUP CREATE s g 0
    XREADGROUP GROUP nogroup alice STREAMS s >
    XREADGROUP GROUP g alice STREAMS none2 >
    XREADGROUP GROUP g alice STREAMS s $
    ? XREADGROUP STREAMS s > a b c
    XREADGROUP GROUP g alice STREAMS s t > >
    COMMAND GETKEYS XREADGROUP GROUP g c STREAMS a b > >`,
  "XPENDING sums up what was given and not acknowledged": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XGROUP CREATE s h $
    XREADGROUP GROUP g alice COUNT 2 STREAMS s >
    XREADGROUP GROUP g bob COUNT 1 STREAMS s >
    XPENDING s g
    XPENDING s h
    XPENDING s nogroup
    XPENDING none2 g`,
  "XPENDING of a range takes both ids and a count": `
    XADD s 1 a 1
    XGROUP CREATE s g 0
    XREADGROUP GROUP g alice STREAMS s >
    XPENDING s g - +
    XPENDING s g - + abc
    XPENDING s g IDLE abc - + 10
    XPENDING s g IDLE 100 - +
    XPENDING s g - + 10 nobody
    XPENDING s g (1 + 0`,
  "XACK counts what was pending": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XREADGROUP GROUP g alice STREAMS s >
    XACK s g 1 99
    XACK s g 1
    XACK s nogroup 1
    XACK none2 g 1
    XACK s g abc
    XPENDING s g`,
  "an entry that is deleted while it is pending reads as null": `
    XADD s 1 a 1
    XADD s 2 a 2
    XGROUP CREATE s g 0
    XREADGROUP GROUP g bob STREAMS s >
    XDEL s 2
    XREADGROUP GROUP g bob STREAMS s 0
    XINFO GROUPS s`,
  "XCLAIM takes what has been idle, and forgets what is deleted": `
    XADD s 1 a 1
    XADD s 2 a 2
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XREADGROUP GROUP g alice STREAMS s >
    XACK s g 1
    XDEL s 2
    XCLAIM s g dave 0 3
    XCLAIM s g dave 0 2
    XCLAIM s g dave 100000 3
    XCLAIM s g dave 0 3 JUSTID
    XCLAIM s g dave 0 1
    XCLAIM s g dave 0 1 FORCE
    XCLAIM s g dave 0 1 3 RETRYCOUNT 7 JUSTID
    XCLAIM s g dave 0 1 LASTID 2
    XPENDING s g`,
  "XCLAIM refuses times and words that make no sense": `
    XADD s 1 a 1
    XGROUP CREATE s g 0
    XCLAIM s g dave abc 1
    XCLAIM s g dave 0 1 IDLE abc
    XCLAIM s g dave 0 1 BAD
    XCLAIM s nogroup dave 0 1
    XCLAIM none2 g dave 0 1`,
  "XAUTOCLAIM walks what is pending, and tells of what is deleted": `
    XADD s 1 a 1
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XREADGROUP GROUP g dave STREAMS s >
    XAUTOCLAIM s g erin 0 0
    XAUTOCLAIM s g erin 0 0 COUNT 1
    XAUTOCLAIM s g erin 0 (1 COUNT 1 JUSTID
    XAUTOCLAIM s g erin 100000 -
    XDEL s 1
    XAUTOCLAIM s g erin 0 0
    XPENDING s g`,
  "XAUTOCLAIM refuses times, ids and counts that make no sense": `
    XADD s 1 a 1
    XGROUP CREATE s g 0
    XAUTOCLAIM s g erin abc 0
    XAUTOCLAIM s g erin 0 abc
    XAUTOCLAIM s g erin 0 0 COUNT 0
    XAUTOCLAIM s g erin 0 0 COUNT -1
    XAUTOCLAIM s g erin 0 0 BAD
    XAUTOCLAIM s nogroup erin 0 0`,
  "XGROUP DELCONSUMER replies how much was pending": `
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XREADGROUP GROUP g erin STREAMS s >
    XGROUP CREATECONSUMER s g frank
    XGROUP CREATECONSUMER s g frank
    XGROUP CREATECONSUMER s nogroup frank
    XGROUP CREATECONSUMER none2 g frank
    XGROUP DELCONSUMER s g erin
    XGROUP DELCONSUMER s g nobody
    XGROUP DELCONSUMER s nogroup nobody
    XPENDING s g
    XINFO CONSUMERS s nogroup
    XINFO CONSUMERS none2 g`,
  "XGROUP SETID moves a group, forwards and back": `
    XADD s 3 a 3
    XGROUP CREATE s g $
    XGROUP SETID s g 0
    XGROUP SETID s g $ ENTRIESREAD 3
    XGROUP SETID s g 1-1 MKSTREAM
    XGROUP SETID s nogroup 0
    XINFO GROUPS s`,
  "XGROUP DESTROY says whether there was a group": `
    XADD s 3 a 3
    XGROUP CREATE s g 0
    XGROUP DESTROY s g
    XGROUP DESTROY s g
    XGROUP DESTROY none2 g
    DEBUG DIGEST`,
  "lag and entries read are unknown where entries were deleted": `
    XADD s 1 f v
    XADD s 2 f v
    XADD s 3 f v
    XADD s 4 f v
    XADD s 5 f v
    XGROUP CREATE s g 0
    XGROUP CREATE s middle 3
    XINFO GROUPS s
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XDEL s 3
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XREADGROUP GROUP g c COUNT 1 STREAMS s >
    XINFO GROUPS s
    XREADGROUP GROUP middle c STREAMS s >
    XINFO GROUPS s
    XTRIM s MAXLEN 1
    XINFO GROUPS s
    XDEL s 5
    XINFO GROUPS s
    XADD s 6 f v
    XINFO GROUPS s
    XREADGROUP GROUP g c STREAMS s >
    XINFO GROUPS s`,
});

scenario(
  "clients wait for streams",
  `
  d: XADD s 1 f v
  a> XREAD BLOCK 0 STREAMS s $
  b> XREAD BLOCK 0 STREAMS s 1
  c> XREAD BLOCK 0 COUNT 1 STREAMS other s 0 5
  d: XADD s 2 f v
  a<
  b<
  d: XADD s 6 f v
  c<
  d: XGROUP CREATE s g $
  a> XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
  b> XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
  d: XADD s 7 f v
  a<
  d: XADD s 8 f v
  b<
  d: XPENDING s g
  d: DEL s
  a> XREAD BLOCK 0 STREAMS s $
  d: SET s string
  d: DEL s
  d: XADD s 1 f v
  a<
  a> XREAD BLOCK 0 STREAMS fresh $
  d: XGROUP CREATE fresh g 0 MKSTREAM
  d: XADD fresh 1 f v
  a<
  `,
);

randomRequests("streams", {
  seeds: 6,
  limits: {
    "stream-node-max-entries": ["100", "5", "0"],
    "stream-node-max-bytes": ["4096", "4096", "300"],
  },
  words: {
    key: "s | t",
    group: "g | h",
    consumer: "a | b | c",
    reader: "<group> <consumer>",
    fields: 'f <0..999999> g <x^0..89> | f <-99999..0> g "" | other 9007199254740993',
    from: "<past> | $ | 0",
    exactness: "= | ~",
  },
  requests: `
    XADD <key> <later> <fields>
    XADD <key> <later> <fields>
    XADD <key> <past>-* <fields>
    XADD <key> MAXLEN ~ 50 <later> <fields>
    XADD <key> MAXLEN <0..199> <later> <fields>
    XRANGE <key> <past> <past> COUNT 7
    XREVRANGE <key> <past> <past> COUNT 7
    XREVRANGE <key> + - COUNT 3
    XDEL <key> <past*3..3>
    XTRIM <key> MINID <exactness> <past>
    XLEN <key>
    XREADGROUP GROUP <reader> COUNT 5 STREAMS <key> >
    XREADGROUP GROUP <reader> STREAMS s t > <past>
    XREADGROUP GROUP <reader> NOACK STREAMS <key> >
    XACK <key> <group> <past*4..4>
    XPENDING <key> <group>
    XCLAIM <key> <reader> 0 <past*3..3> JUSTID
    XCLAIM <key> <reader> 0 <past> FORCE
    XAUTOCLAIM <key> <reader> 0 <past> COUNT 3
    XREAD COUNT 3 STREAMS s t <past> <past>
    XINFO GROUPS <key>
    XINFO STREAM <key>
    TYPE <key>
    1/30 XTRIM <key> MAXLEN ~ 5 LIMIT 20
    1/30 XGROUP CREATE <key> <group> <from>
    1/30 XGROUP DESTROY <key> <group>
    1/30 XGROUP SETID <key> <group> <past>
    1/30 XGROUP DELCONSUMER <key> <reader>
    1/30 COPY <key> <key> REPLACE
    1/400 DEL <key>
  `,
  // 7.2 makes a consumer that reads nothing, 7.0 does not: let all be there.
  follow: ([command, , key, group]) =>
    command === "XGROUP"
      ? ["a", "b", "c"].map((name) => ["XGROUP", "CREATECONSUMER", key, group, name])
      : [],
});

Deno.test("a client that waits in a group is told when the group is gone, as in 7.2", async () => {
  await using redis = await startFrozenServer();
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const endings = [["XGROUP", "DESTROY", "s", "g"], ["DEL", "s"], ["FLUSHALL"], ["SET", "s", "x"]];
  for (const ending of [...endings, ["PEXPIREAT", "s", "1"], ["PEXPIRE", "s", "1000"]]) {
    await other.call("DEL", "s");
    await other.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM");
    const request = ["XREADGROUP", "GROUP", "g", "a", "BLOCK", "0", "STREAMS", "s", ">"];
    await waiting.send(encodeRequest(request));
    const clients = async () => (await other.call("INFO", "clients")).text!;
    await until("a blocked client", async () => !(await clients()).includes("blocked_clients:0"));
    await other.call(...ending);
    redis.clock.advance({ seconds: 2 });
    const expected = ending[0] === "SET"
      ? "WRONGTYPE Operation against a key holding the wrong kind of value"
      : "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";
    assertEquals((await waiting.read()).text, expected);
  }
});

Deno.test("streams as in 7.2: a consumer's last activity, XREAD +; and every byte comes back", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  for (let i = 1; i <= 3000; i++) await client.call("XADD", "s", `${i}`, "f", `value ${i}`);
  assertEquals(
    await client.ask("XREAD", "STREAMS", "s", "+"),
    '*1[*2[$"s" *1[*2[$"3000-0" *2[$"f" $"value 3000"]]]]]',
  );
  await client.call("XGROUP", "CREATE", "s", "g", "0");
  await client.call("XREADGROUP", "GROUP", "g", "busy", "STREAMS", "s", ">");
  redis.clock.advance({ seconds: 5 });
  await client.call("XREADGROUP", "GROUP", "g", "idle", "STREAMS", "s", ">");
  await client.call("XREADGROUP", "GROUP", "g", "busy", "STREAMS", "s", ">");
  redis.clock.advance({ seconds: 1 });
  assertEquals(
    await client.ask("XINFO", "CONSUMERS", "s", "g"),
    '*2[*8[$"name" $"busy" $"pending" :"3000" $"idle" :"1000" $"inactive" :"6000"] ' +
      '*8[$"name" $"idle" $"pending" :"0" $"idle" :"1000" $"inactive" :"-1"]]',
  );
  await client.call("UNLINK", "s");
  redis.running.server.keyspace.lazyFree.finish();
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
