import { assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";
import { RespClient } from "../support/resp_client.ts";

rules("sorted sets", {
  "ZADD counts members that are new, with CH those that have changed": `
    ZADD z 1 a 2 b 3 c
    ZADD z 1 a 5 d
    ZADD z CH 2 a 5 d 6 e
    ZCARD z
    ZCARD missing`,
  "ZADD NX adds only, XX changes only": `
    ZADD z 2 a 2 b
    ZADD z NX 9 a 9 new
    ZADD z XX 9 a 9 nosuch
    ZADD missing XX 1 a
    EXISTS missing
    ZRANGE z 0 -1 WITHSCORES`,
  "ZADD GT changes to larger scores, LT to smaller ones": `
    ZADD z 9 a 2 b
    ZADD z GT 1 a 10 b
    ZADD z LT CH 1 a 100 b
    ZRANGE z 0 -1 WITHSCORES`,
  "ZADD INCR replies with the score, or null if a condition forbids": `
    ZADD z 1 a 10 b
    ZADD z INCR 5 a
    ZADD z NX INCR 5 a
    ZADD z XX INCR 5 nosuch
    ZADD z GT INCR -5 a
    ZADD z INCR 1 a 2 b`,
  "ZADD refuses conditions that exclude each other": `
    ZADD z NX XX 1 a
    ZADD z GT LT 1 a
    ZADD z NX GT 1 a
    ZADD z 1
    ZADD z 1 a 2`,
  "a score is a number, not NaN, and may be infinite": `
    ZADD z abc a
    ZADD z nan a
    ZADD z 1e400 a
    ZADD i inf a -inf b
    ZADD i INCR -inf a
    ZINCRBY i -inf a
    ZSCORE i a
    ZRANGE i 0 -1 WITHSCORES`,
  "ZINCRBY adds to a score, from 0 if there is none": `
    ZADD z 6 a
    ZINCRBY z 1.5 a
    ZINCRBY z abc a
    ZINCRBY fresh 1 m`,
  "ZSCORE and ZMSCORE reply null for what is missing": `
    ZADD z 7.5 a 10 b
    ZSCORE z a
    ZSCORE z nosuch
    ZSCORE missing a
    ZMSCORE z a nosuch b
    ZMSCORE missing a`,
  "ZRANK counts from the smallest, ZREVRANK from the largest": `
    ZADD z 7.5 a 10 b 3 c
    ZRANK z a
    ZRANK z nosuch
    ZREVRANK z a
    ZRANK missing a`,
  "ZRANGE counts from the end if a rank is negative, and cuts what is outside": `
    ZADD z 3 c 5 d 6 e 7.5 a 9 new 10 b
    ZRANGE z 0 -1
    ZRANGE z 0 -1 WITHSCORES
    ZRANGE z 1 2 REV
    ZRANGE z -2 -1
    ZRANGE z 5 1
    ZRANGE z -100 100
    ZRANGE z a b
    ZRANGE missing 0 -1
    ZREVRANGE z 0 2 WITHSCORES`,
  "ZRANGE BYSCORE takes bounds that belong to the range or not, and a LIMIT": `
    ZADD z 3 c 5 d 6 e 7.5 a 9 new 10 b
    ZRANGE z 2 6 BYSCORE
    ZRANGE z (2 (6 BYSCORE WITHSCORES
    ZRANGE z -inf +inf BYSCORE LIMIT 1 2
    ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2`,
  "ZRANGE refuses options that do not go together": `
    ZADD z 3 c 5 d
    ZRANGE z 0 -1 LIMIT 1 2
    ZRANGE z a b BYSCORE
    ZRANGE z 0 -1 BYLEX BYSCORE
    ZRANGE z 0 -1 BAD
    ZRANGE z [a [b BYLEX WITHSCORES`,
  "ZRANGEBYSCORE takes a LIMIT, and a negative count means all": `
    ZADD z 3 c 5 d 6 e 7.5 a 9 new 10 b
    ZRANGEBYSCORE z 1 5
    ZRANGEBYSCORE z 1 (5 WITHSCORES
    ZRANGEBYSCORE z -inf inf LIMIT 0 2
    ZRANGEBYSCORE z -inf inf LIMIT 2 -1
    ZRANGEBYSCORE z -inf inf LIMIT -1 2
    ZRANGEBYSCORE z -inf inf LIMIT a 2
    ZRANGEBYSCORE z abc 5
    ZREVRANGEBYSCORE z 10 2 WITHSCORES LIMIT 0 3`,
  "ZCOUNT counts between two scores": `
    ZADD z 3 c 5 d 6 e 7.5 a 9 new 10 b
    ZCOUNT z -inf +inf
    ZCOUNT z (2 6
    ZCOUNT z 6 2
    ZCOUNT z abc 2
    ZCOUNT missing 1 2`,
  "ranges of members with the same score go by their bytes": `
    ZADD l 0 a 0 b 0 c 0 d 0 bb 0 ""
    ZRANGEBYLEX l - +
    ZRANGEBYLEX l [b (d
    ZRANGEBYLEX l (b +
    ZRANGEBYLEX l - [b LIMIT 1 1
    ZREVRANGEBYLEX l + (b
    ZRANGE l [c - BYLEX REV
    ZRANGEBYLEX l a b
    ZRANGEBYLEX l + -
    ZLEXCOUNT l - +
    ZLEXCOUNT l [b [c
    ZLEXCOUNT l b c`,
  "ZREMRANGEBYLEX removes a range of members": `
    ZADD l 0 a 0 b 0 c 0 d 0 bb 0 ""
    ZREMRANGEBYLEX l [b (c
    ZRANGE l 0 -1
    ZREMRANGEBYLEX l b c`,
  "ZREM counts members that were there": `
    ZADD z 3 c 7.5 a
    ZREM z a nosuch
    ZREM missing a`,
  "ZREMRANGEBYRANK and ZREMRANGEBYSCORE of all members delete the key": `
    ZADD z 3 c 5 d 6 e 9 new 10 b
    ZREMRANGEBYRANK z 0 0
    ZREMRANGEBYRANK z 10 20
    ZREMRANGEBYRANK z a b
    ZREMRANGEBYSCORE z (5 6
    ZREMRANGEBYSCORE z a b
    ZREMRANGEBYSCORE missing 1 2
    ZRANGE z 0 -1 WITHSCORES
    ZREMRANGEBYRANK z 0 -1
    EXISTS z`,
  "ZPOPMIN takes the smallest, ZPOPMAX the largest": `
    ZADD p 1 a 2 b 3 c 4 d
    ZPOPMIN p
    ZPOPMAX p
    ZPOPMIN p 5
    ZPOPMIN p
    ZPOPMAX p 3
    ZADD p 1 a 2 b 3 c
    ZPOPMIN p 0
    ZPOPMIN p -1
    ZPOPMIN p abc
    ZPOPMIN p 1 2
    ZPOPMAX p 2`,
  "ZMPOP takes from the first sorted set that is there": `
    ZADD p 1 a
    ZMPOP 2 missing p MIN
    ZMPOP 1 p MAX COUNT 5
    ZADD p 1 a 2 b 3 c
    ZMPOP 1 p MAX COUNT 2
    ZMPOP 0 p MIN
    ZMPOP 1 p BAD
    ZMPOP 1 p MIN COUNT 0
    ZMPOP 3 p MIN
    COMMAND GETKEYS ZMPOP 2 a b MIN`,
  "ZRANDMEMBER chooses different members, with a negative count any": `
    ZADD p 1 a
    ZRANDMEMBER p
    ZRANDMEMBER p 3
    ZRANDMEMBER p -2 WITHSCORES
    ZRANDMEMBER missing
    ZRANDMEMBER missing 2
    ZRANDMEMBER p abc
    ZRANDMEMBER p 1 BAD`,
  "ZSCAN replies with members and scores": `
    ZADD p 1 a
    ZSCAN p 0
    ZSCAN p 0 MATCH nosuch
    ZSCAN missing 0
    ZSCAN p abc`,
  "ZRANGESTORE stores a range, and an empty one deletes the key": `
    ZADD src 1 a 2 b 3 c 4 d
    ZRANGESTORE dst src 1 2
    ZRANGE dst 0 -1 WITHSCORES
    ZRANGESTORE dst src (1 3 BYSCORE LIMIT 0 1
    ZRANGE dst 0 -1 WITHSCORES
    ZRANGESTORE dst src 0 -1 REV
    ZRANGESTORE dst src 0 -1 WITHSCORES
    ZRANGESTORE dst missing 0 -1
    EXISTS dst`,
  "commands of sorted sets refuse other types, and others refuse sorted sets": `
    ZADD src 1 a 2 b 3 c 4 d
    OBJECT ENCODING src
    TYPE src
    SET str v
    ZADD str 1 a
    ZRANGE str 0 -1
    ZSCORE str a
    ZPOPMIN str
    ZREM str a
    ZCOUNT str 1 2
    ZRANK str a
    GET src
    SADD src x
    DEBUG DIGEST`,
  "a copy of a sorted set has members of its own, and moves with them": `
    ZADD src 1 a 2 b 3 c 4 d
    COPY src c2
    ZADD c2 9 more
    ZCARD src
    RENAME c2 c3
    MOVE c3 1
    SELECT 1
    ZRANGE c3 0 -1 WITHSCORES
    DEBUG DIGEST
    SELECT 0`,
  "a sorted set with too many members becomes a skiplist, and so is its copy": `
    CONFIG SET zset-max-listpack-entries 3
    ZADD big 1 a 2 b 3 c
    OBJECT ENCODING big
    ZADD big 4 d
    OBJECT ENCODING big
    ZRANGE big 0 -1 WITHSCORES
    COPY big big2
    ZADD big2 0.5 first
    ZRANGE big2 0 0
    ZRANGE big 0 0`,
  "a sorted set with a member that is too long becomes a skiplist": `
    CONFIG SET zset-max-listpack-entries 128
    ZADD long 1 "a member that is longer than sixty-four bytes, and so not for a listpack"
    OBJECT ENCODING long`,
  "ZUNION adds the scores of what any has; members of sets have 1": `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SADD set x w v
    ZUNION 2 a b
    ZUNION 2 a b WITHSCORES
    ZUNION 3 a b set WITHSCORES
    ZUNION 3 a b missing WITHSCORES
    ZUNION 2 a a WITHSCORES
    ZUNION 1 missing`,
  "ZUNION weighs scores before it aggregates them": `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES
    ZUNION 2 a b WEIGHTS 2 0.5 AGGREGATE MAX WITHSCORES
    ZUNION 2 a b AGGREGATE min WITHSCORES WEIGHTS 1 -1`,
  "infinity times 0, and infinity less infinity, are 0": `
    ZADD a 1 x 2 y 3 z
    ZADD inf inf x -inf y
    ZUNION 2 inf a WEIGHTS 0 1 WITHSCORES
    ZUNION 2 inf inf WEIGHTS 1 -1 WITHSCORES
    ZINTER 2 inf inf WEIGHTS 1 0 WITHSCORES
    ZINTER 2 inf inf WEIGHTS 1 0 AGGREGATE MIN WITHSCORES
    ZINTER 2 inf inf WEIGHTS 0 1 AGGREGATE MAX WITHSCORES
    ZINTER 2 inf a WITHSCORES`,
  "ZUNION refuses other types, numbers of keys that make no sense, and options that it does not know":
    `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SET string 1
    ZUNION 1 string
    ZUNION 2 a string
    ZUNION 0 a
    ZUNION -1 a
    ZUNION abc a
    ZUNION 3 a b
    ZUNION 2 a b WEIGHTS 1
    ZUNION 2 a b WEIGHTS 1 abc
    ZUNION 2 a b AGGREGATE AVG
    ZUNION 2 a b AGGREGATE
    ZUNION 2 a b BAD
    ZUNION 2 a b LIMIT 1`,
  "ZINTER has what all have": `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SADD set x w v
    ZINTER 2 a b
    ZINTER 2 a b WITHSCORES
    ZINTER 2 a b WEIGHTS 2 3 AGGREGATE MIN WITHSCORES
    ZINTER 2 a set WITHSCORES
    ZINTER 2 a missing
    ZINTER 0 a`,
  "ZDIFF has what the first has alone, with its scores, and takes no weights": `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    SADD set x w v
    SET string 1
    ZDIFF 2 a b
    ZDIFF 2 a b WITHSCORES
    ZDIFF 1 a
    ZDIFF 2 set a WITHSCORES
    ZDIFF 2 missing a
    ZDIFF 2 a b WEIGHTS 1 2
    ZDIFF 2 a string`,
  "results are stored, over one of the sources too": `
    ZADD a 1 x 2 y 3 z
    ZADD b 10 y 20 z 30 w
    ZUNIONSTORE dst 2 a b WEIGHTS 2 3
    ZRANGE dst 0 -1 WITHSCORES
    ZINTERSTORE dst 2 a b AGGREGATE MAX
    ZRANGE dst 0 -1 WITHSCORES
    ZDIFFSTORE dst 2 a b
    ZRANGE dst 0 -1 WITHSCORES
    ZUNIONSTORE a 2 a b
    ZRANGE a 0 -1 WITHSCORES
    COMMAND GETKEYS ZUNIONSTORE dst 2 a b
    COMMAND GETKEYS ZUNION 2 a b WITHSCORES`,
  "an empty result deletes the destination, another replaces a value of any type": `
    ZADD a 1 x 2 y 3 z
    ZADD dst 1 x
    SET string 1
    ZDIFFSTORE dst 2 a a
    EXISTS dst
    ZUNIONSTORE string 1 a
    TYPE string
    ZUNIONSTORE dst 1 a WITHSCORES
    ZUNIONSTORE dst 0 a
    ZINTERSTORE dst 1 missing`,
  "ZINTERCARD counts up to its limit": `
    ZADD a 1 x 12 y 23 z 30 w
    ZADD b 10 y 20 z 30 w
    ZINTERCARD 2 a b
    ZINTERCARD 2 a b LIMIT 1
    ZINTERCARD 2 a b LIMIT 0
    ZINTERCARD 2 a b LIMIT -1
    ZINTERCARD 2 a b LIMIT abc
    ZINTERCARD 2 a missing
    ZINTERCARD 0 a
    ZINTERCARD 2 a b WITHSCORES`,
  "ZINTERCARD of a set with itself counts it, and a missing key twice is still missing": `
    ZADD a 1 x 2 y 3 z
    ZADD b 5 x
    SADD s x y w
    ZINTERCARD 2 a a
    ZINTERCARD 3 a b a
    ZINTERCARD 4 s a s a
    ZINTERCARD 3 a a a LIMIT 2
    ZINTERCARD 2 missing missing
    ZINTERCARD 3 a missing missing`,
});

randomRequests("sorted sets", {
  seeds: 6,
  limits: { "zset-max-listpack-entries": ["20", "128"] },
  words: {
    key: "y | z",
    member: 'm<0..299> | <0..98> | ""',
    // Quarters are exact: 7.0 prints 17 digits of anything else, 7.2 the shortest.
    score: "<-50..49><quarter> | <0..19> | inf",
    quarter: "| .25 | .5 | .75",
    pairs: "<score> <member> | <score> <member> <score> <member> <score> <member>",
    bound: "<score> | (<score>",
    lex: "- | + | [m<0..98> | (m<0..98>",
    rank: "<-50..49>",
    condition: "NX | XX | GT | LT",
    order: "ZRANK | ZREVRANK",
    combination: "ZUNION | ZINTER",
    store: "ZUNIONSTORE | ZINTERSTORE | ZDIFFSTORE",
    pop: "ZPOPMIN | ZPOPMAX",
  },
  // Ranges of members have a meaning only where all scores are the same: in the key x.
  requests: `
    ZADD <key> <pairs>
    ZADD <key> <pairs>
    ZADD <key> <condition> CH <score> <member>
    ZINCRBY <key> 0.25 <member>
    ZREM <key> <member> <member>
    ZSCORE <key> <member>
    <order> <key> <member>
    ZRANGE <key> <rank> <rank> WITHSCORES
    ZREVRANGE <key> <rank> <rank>
    ZRANGEBYSCORE <key> <bound> <bound> LIMIT 1 20
    ZREVRANGEBYSCORE <key> <bound> <bound>
    ZCOUNT <key> <bound> <bound>
    ZADD x 0 <member> 0 <member>
    ZLEXCOUNT x <lex> <lex>
    ZRANGEBYLEX x <lex> <lex> LIMIT 0 9
    ZREVRANGEBYLEX x <lex> <lex>
    <pop> <key> 2
    ZREMRANGEBYRANK <key> <rank> <0..2>
    <combination> 2 y z WITHSCORES
    <store> dst 2 <key> <key>
    ZUNIONSTORE dst 2 <key> dst WEIGHTS 2 0.5
    ZINTERCARD 2 y z LIMIT 5
    ZRANGESTORE dst <key> <rank> <rank>
    ZCARD <key>
    EXISTS <key>
    TYPE <key>
    1/5 ZREMRANGEBYSCORE <key> 1 2
    1/20 COPY <key> <key> REPLACE
    1/90 DEL <key>
  `,
  finish: [{ mark: "", words: ["ZRANGE", "z", "0", "-1", "WITHSCORES"] }],
});

Deno.test("sorted sets as in 7.2: WITHSCORE, shortest doubles; and every byte comes back", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("ZADD", "z", "0.1", "a", "3.3", "b");
  assertEquals((await client.call("ZSCORE", "z", "b")).text, "3.3");
  const rank = (await client.call("ZRANK", "z", "b", "WITHSCORE")).elements;
  assertEquals(rank.map(({ text }) => text), ["1", "3.3"]);
  assertEquals((await client.call("ZREVRANK", "z", "b", "WITHSCORE")).elements[0].text, "0");
  assertEquals((await client.call("ZRANK", "z", "none", "WITHSCORE")).type, "*");
  assertEquals((await client.call("ZRANK", "z", "b", "BAD")).text, "ERR syntax error");
  for (let i = 0; i < 5000; i++) await client.call("ZADD", "z", `${i % 700}`, `member:${i}`);
  assertEquals((await client.call("ZRANK", "z", "member:699")).text, "5001");
  assertEquals((await client.call("ZREMRANGEBYRANK", "z", "100", "-101")).text, "4802");
  await client.call("UNLINK", "z");
  redis.running.server.keyspace.lazyFree.finish();
  const { arena, baseBytes } = redis.running.server.keyspace;
  assertEquals(arena.usedBytes, baseBytes);
});
