/** What the append-only file holds is what redis-server writes for the same requests. */
import { assert, assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { splitWords } from "../../src/lib/quoted_words.ts";
import { problem } from "../support/differential.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { Oracle } from "../support/oracle.ts";
import { type Reply, ReplyParser, RespClient } from "../support/resp_client.ts";

const INCREMENT = "appendonlydir/appendonly.aof.1.incr.aof";

/** The requests of an append-only file; what is a time is the same in all of them. */
function requestsOf(bytes: Uint8Array): string[] {
  const parser = new ReplyParser();
  parser.push(bytes);
  const requests: string[] = [];
  let reply: Reply | undefined;
  while ((reply = parser.next()) !== undefined) {
    requests.push(reply.elements.map(({ text }) => hideTimes(text!)).join(" "));
  }
  assertEquals(parser.rest.length, 0);
  return requests;
}

/** Before 7.2 a transaction's database was selected in front of it. */
function asIn72(requests: readonly string[]): string[] {
  const moved = [...requests];
  for (let i = 1; i < moved.length; i++) {
    if (moved[i] === "MULTI" && moved[i - 1].startsWith("SELECT ")) {
      [moved[i - 1], moved[i]] = [moved[i], moved[i - 1]];
    }
  }
  return moved;
}

const hideTimes = (word: string) => word.replace(/^1[67]\d{11}(?=$|-)/, "<now>");

/** Sends each line to both servers, and compares what they have written. */
function propagation(name: string, script: string, ...directives: [string, string][]): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    async fn() {
      const folder = Deno.makeTempDirSync({ prefix: "redeno-" });
      try {
        const requests = script.split("\n").map((line) => line.trim()).filter((line) => line !== "")
          .map((line) => splitWords(fromLatin1(line))!);
        const args = directives.flatMap(([directive, value]) => [`--${directive}`, value]);
        // With everysec a write may wait for a sync, and the file would be looked at before its end is there.
        const oracleArgs = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "no"];
        await using oracle = await Oracle.start(...oracleArgs, ...args);
        using client = await RespClient.connect(oracle.port);
        for (const words of requests) await client.call(...words);

        const host = new MemoryHost();
        // Nothing waits for a sync: there is no time here in which one could end.
        const fixed = { appendonly: "yes", appendfsync: "no" };
        const ours = new LocalServer(host, { ...fixed, ...Object.fromEntries(directives) });
        await ours.start();
        for (const words of requests) ours.run(words);

        const expected = asIn72(requestsOf(Deno.readFileSync(`${folder}/${INCREMENT}`)));
        assert(expected.length > 0);
        assertEquals(requestsOf(host.readFile(INCREMENT)), expected);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

propagation(
  "strings are propagated as in Redis",
  `
  SET a 1
  SET b 2 EX 100
  SET b 2 PX 100000 NX GET
  SET b 3 XX
  SET c 4 NX GET
  SET c 5 KEEPTTL GET
  SET c 6 GET
  SET c 7 EXAT 33000000000
  SETEX d 100 x
  PSETEX d 100000 x
  SETNX d y
  SETNX e y
  GETSET a 2
  GETDEL a
  GETDEL a
  GETEX b EX 1000
  GETEX b PERSIST
  GETEX b PERSIST
  GETEX b PXAT 33000000000000
  GETEX b EXAT 1
  GETEX nosuch EX 10
  MSET m1 a m2 b
  MSETNX m1 a m3 b
  MSETNX m4 a m5 b
  APPEND e more
  SETRANGE e 3 x
  SETRANGE nosuch 0 ""
  INCR n
  DECRBY n 3
  INCRBYFLOAT n 0.1
  INCRBYFLOAT n 5.0e3
  SETBIT bits 7 1
  BITOP NOT dest bits
  BITFIELD bits SET u8 0 255 GET u4 0
  BITFIELD bits GET u4 0
  INCR e
  GET e
  `,
);

propagation(
  "keys and their deadlines are propagated as in Redis",
  `
  SET a 1
  SET b 2
  EXPIRE a 100
  PEXPIRE a 200000 GT
  EXPIREAT a 33000000000
  PEXPIREAT a 33000000000000 NX
  PEXPIREAT a 33000000000001 XX
  EXPIRE a 100 NX
  PERSIST a
  PERSIST a
  EXPIRE a -1
  EXPIREAT b 1
  EXPIRE nosuch 10
  MSET c 1 d 2
  DEL c nosuch
  DEL nosuch
  UNLINK d
  SET k v
  RENAME k l
  RENAMENX l m
  COPY m n DB 3
  MOVE m 2
  SELECT 2
  SET here too
  SWAPDB 2 3
  TOUCH here
  DUMP here
  OBJECT ENCODING here
  FLUSHDB
  FLUSHDB
  SELECT 0
  SET x y
  FLUSHALL
  FLUSHALL
  RPUSH l 3 1 2
  SORT l STORE sorted
  SORT l BY nosort GET #
  `,
);

propagation(
  "expired keys are propagated as deletions",
  `
  DEBUG SET-ACTIVE-EXPIRE 0
  SET gone 1 PXAT 1
  GET gone
  SET gone 1 PXAT 1
  SADD gone member
  SET gone 1 PXAT 1
  EXISTS gone nosuch gone
  MSET a 1 b 2
  PEXPIRE a 0
  PEXPIRE b -100
  SET gone 1 PXAT 1
  MULTI
  GET gone
  SET other 1
  EXEC
  SET gone 1 PXAT 1
  SET gone 2 NX
  FLUSHALL
  SET gone 1 PXAT 1
  RANDOMKEY
  `,
);

propagation(
  "what deletes lazily says so",
  `
  DEBUG SET-ACTIVE-EXPIRE 0
  SET gone 1 PXAT 1
  GET gone
  SET a 1
  EXPIRE a -1
  `,
  ["lazyfree-lazy-expire", "yes"],
);

propagation(
  "transactions are propagated as in Redis",
  `
  MULTI
  SET a 1
  INCR a
  EXEC
  MULTI
  SET a 1
  EXEC
  MULTI
  GET a
  EXEC
  MULTI
  SELECT 3
  SET b 1
  SELECT 0
  SET c 1
  INCR nosuch x
  EXEC
  MULTI
  SADD s a b c
  INCRBYFLOAT f 1.5
  LPUSH a wrong-type
  BLPOP l 0
  RPUSH l 1 2
  BLPOP l 0
  EXEC
  MULTI
  DISCARD
  SELECT 3
  SET d 1
  `,
);

propagation(
  "lists, sets and hashes are propagated as in Redis",
  `
  RPUSH l 1 2 3 4 5 6 7 8 9
  LPUSHX nosuch 1
  LPOP l
  RPOP l 2
  LPOP l 0
  LMPOP 2 nosuch l LEFT
  LMPOP 1 l RIGHT COUNT 2
  LMPOP 1 nosuch LEFT
  BLPOP nosuch l 0
  BRPOP l 0
  RPUSH l 1 2 3 4
  BLMPOP 0 2 nosuch l LEFT COUNT 100
  RPUSH l 1 2 3 4
  LMOVE l m LEFT RIGHT
  RPOPLPUSH l m
  BLMOVE l m LEFT LEFT 0
  BRPOPLPUSH l m 0
  LSET m 0 x
  LINSERT m BEFORE x y
  LREM m 0 nosuch
  LREM m 0 x
  LTRIM m 0 1
  SADD s a b c
  SADD s a
  SREM s a nosuch
  SADD one 1
  SPOP one
  SADD three 1 2 3
  SPOP three 3
  SMOVE s t b
  SINTERSTORE dest s t
  SUNIONSTORE dest s t
  SDIFFSTORE none s s
  HSET h f 1 g 2
  HSET h f 1
  HSETNX h f 2
  HMSET h f 3
  HINCRBY h f 4
  HINCRBYFLOAT h f 0.5
  HDEL h f nosuch
  HDEL h nosuch
  `,
);

propagation(
  "sorted sets, places and sketches are propagated as in Redis",
  `
  ZADD z 1 a 2 b 3 c 4 d 5 e
  ZADD z 1 a
  ZADD z XX CH 9 a
  ZADD z NX 1 a
  ZADD z INCR 1 a
  ZINCRBY z 1.5 b
  ZREM z nosuch
  ZREM z c
  ZPOPMIN z
  ZPOPMAX z 1
  ZADD z 1 a 2 b 3 c 4 d 5 e
  ZMPOP 2 nosuch z MIN
  ZMPOP 1 z MAX COUNT 2
  BZPOPMIN nosuch z 0
  BZPOPMAX z 0
  ZADD z 1 a 2 b 3 c
  BZMPOP 0 1 z MIN COUNT 10
  ZADD z 1 a 2 b 3 c
  ZRANGESTORE dest z 0 1
  ZUNIONSTORE dest 2 z nosuch WEIGHTS 2 3
  ZINTERSTORE dest 1 nosuch
  ZREMRANGEBYSCORE z 2 3
  ZREMRANGEBYRANK z 0 0
  GEOADD places 13.361389 38.115556 palermo 15.087269 37.502669 catania
  GEOADD places XX CH 13.5 38 palermo
  GEOADD places NX 13.5 38 palermo
  GEOSEARCHSTORE near places FROMMEMBER palermo BYRADIUS 200 km
  GEORADIUS places 15 37 200 km STORE near
  PFADD p a b c
  PFADD p a
  PFCOUNT p
  PFADD q x
  PFCOUNT p q
  PFMERGE r p q
  PFCOUNT r
  `,
);

propagation(
  "streams are propagated as in Redis",
  `
  XADD s 1-1 f v
  XADD s 1-* f v
  XADD s * f v
  XADD s MAXLEN 2 33000000000000-1 f v
  XADD s MAXLEN ~ 2 33000000000000-2 f v
  XADD s MINID ~ 2 LIMIT 10 33000000000000-3 f v
  XADD nosuch NOMKSTREAM * f v
  XTRIM s MAXLEN ~ 1
  XTRIM s MAXLEN 3
  XTRIM s MAXLEN 3
  XDEL s 33000000000000-1
  XDEL s 9-9
  XSETID s 33000000000000-9
  XGROUP CREATE s g 0
  XGROUP CREATE n g $ MKSTREAM
  XGROUP CREATECONSUMER s g alice
  XGROUP CREATECONSUMER s g bob
  XGROUP CREATECONSUMER s g alice
  XREADGROUP GROUP g alice COUNT 1 NOACK STREAMS s >
  XREADGROUP GROUP g alice STREAMS s 0
  XGROUP SETID s g 0
  XADD n 5-5 f v
  XREADGROUP GROUP g carol NOACK STREAMS n s > >
  XACK s g 33000000000000-3
  XACK s g 9-9
  XGROUP DELCONSUMER s g bob
  XGROUP DESTROY s g
  XRANGE s - +
  `,
  ["stream-node-max-entries", "1"],
);

propagation(
  "what saves or loads is not propagated",
  `
  SET a 1
  SAVE
  SET a 2
  DEBUG RELOAD
  SET a 3
  MULTI
  SET a 4
  CONFIG SET hz 20
  CONFIG RESETSTAT
  EXEC
  DEBUG LOADAOF
  DEBUG LOADAOF
  PFADD p a b c
  PFCOUNT p
  PFCOUNT p
  SET a 5
  `,
);

propagation(
  "RESTORE is propagated with a deadline",
  `
  RESTORE k 0 "\\x00\\xc0{\\x0b\\x00h\\xd9\\xf5\\x05\\xd4\\xb5\\xd7\\x1d"
  SET source 123
  `,
);

propagation(
  "of a script its commands are propagated, as one unit if they are several",
  `
  EVAL "return 1" 0
  EVAL "return redis.call('get','a')" 1 a
  EVAL "return redis.call('set','a',ARGV[1])" 1 a 5
  EVAL "redis.call('incr','a') redis.call('incr','a')" 1 a
  EVAL "redis.call('set','b',1,'ex',100) redis.call('spop','nosuch') return redis.call('expire','a',100)" 0
  EVAL "redis.call('set','c',1) redis.call('nosuch')" 0
  EVAL "redis.pcall('lpush','c',1) redis.call('set','d',1)" 0
  EVAL "redis.call('select',3) redis.call('set','in3',1) redis.call('select',0) redis.call('set','in0',1)" 0
  EVAL "redis.call('select',4) redis.call('set','in4',1)" 0
  SET behind 1
  EVAL "redis.call('publish','ch','m')" 0
  EVAL "redis.call('set','x',1) redis.call('publish','ch','m')" 0
  EVAL "redis.set_repl(redis.REPL_NONE) redis.call('set','none',1)" 0
  EVAL "redis.set_repl(redis.REPL_REPLICA) redis.call('set','replica',1)" 0
  EVAL "redis.set_repl(redis.REPL_AOF) redis.call('set','aof',1)" 0
  EVAL "redis.set_repl(redis.REPL_NONE) redis.call('set','none',1) redis.set_repl(redis.REPL_ALL) redis.call('set','all',1)" 0
  EVAL "redis.call('set','first',1) redis.set_repl(redis.REPL_NONE) redis.call('set','none',1)" 0
  SET after 1
  SCRIPT LOAD "redis.call('set','loaded',1)"
  EVALSHA 0000000000000000000000000000000000000000 0
  MULTI
  SET in-multi 1
  EVAL "redis.call('incr','a') redis.call('incr','a')" 0
  EVAL "return 1" 0
  EXEC
  MULTI
  EVAL "redis.call('incr','a')" 0
  EXEC
  EVAL "error('x')" 0
  EVAL_RO "return redis.call('get','a')" 0
  EVAL "redis.call('flushall')" 0
  SET done 1
  `,
);
