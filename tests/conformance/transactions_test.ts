import { assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { RespClient } from "../support/resp_client.ts";
import { scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

rules("transactions", {
  "EXEC replies with what each queued command replied": `
    MULTI
    SET a 1
    INCR a
    GET a
    EXEC`,
  "EXEC and DISCARD need MULTI, and MULTI cannot nest": `
    EXEC
    DISCARD
    MULTI
    MULTI
    SET a 5
    EXEC`,
  "DISCARD forgets what was queued": `
    SET a 5
    MULTI
    DISCARD
    GET a`,
  "EXEC of nothing is an empty array": `
    MULTI
    EXEC`,
  "a command that cannot be queued makes EXEC fail": `
    SET a 5
    MULTI
    NOSUCH
    SET a 9
    EXEC
    GET a
    MULTI
    SET a
    EXEC
    MULTI x
    EXEC x
    MULTI
    COMMAND COUNT x
    SET k v
    EXEC`,
  "a command that fails in EXEC does not stop the others": `
    SET a 5
    MULTI
    INCR a
    LPUSH a x
    INCR a
    EXEC`,
  "WATCH is for before MULTI": `
    SET a 5
    WATCH a
    MULTI
    WATCH a
    GET a
    EXEC
    WATCH`,
  "a watched key that has changed makes EXEC reply null": `
    WATCH a
    SET a 1
    MULTI
    GET a
    EXEC`,
  "UNWATCH, DISCARD and EXEC forget what was watched": `
    WATCH a
    SET a 1
    UNWATCH
    MULTI
    GET a
    EXEC
    WATCH a
    SET a 1
    MULTI
    DISCARD
    MULTI
    GET a
    EXEC
    MULTI
    UNWATCH
    PING
    ECHO x
    EXEC`,
  "a missing key can be watched": `
    WATCH missing
    MULTI
    PING
    EXEC
    WATCH missing other
    SET other 1
    MULTI
    PING
    EXEC`,
  "a key that has expired before WATCH is no change, one that expires after it is": `
    SET e 1 PX 1
    ! DEBUG SLEEP 0.01
    WATCH e
    MULTI
    PING
    EXEC
    SET e 1 PX 200
    WATCH e
    ! DEBUG SLEEP 0.25
    MULTI
    PING
    EXEC`,
  "SELECT in a transaction lasts after it": `
    MULTI
    SELECT 1
    SET inone 1
    EXEC
    GET inone
    SELECT 0
    GET inone`,
  "nothing waits in a transaction": `
    MULTI
    BLPOP empty 0
    BLMOVE empty empty LEFT LEFT 0
    BZPOPMIN empty 0
    BLMPOP 0 1 empty LEFT
    XREAD BLOCK 0 STREAMS empty $
    RPUSH list x
    BLPOP list 0
    EXEC`,
  "RESET ends a transaction": `
    MULTI
    SET a 1
    RESET
    EXEC`,
});

scenario(
  "what others do to watched keys",
  `
  a: SET k 1
  a: WATCH k
  b: SET k 2
  a: MULTI
  a: GET k
  a: EXEC
  a: WATCH k
  b: GET k
  b: TTL k
  a: MULTI
  a: GET k
  a: EXEC
  a: WATCH k
  b: DEL k
  a: MULTI
  a: EXEC
  a: WATCH k
  b: FLUSHALL
  a: MULTI
  a: PING
  a: EXEC
  a: SET k 1
  a: WATCH k
  b: FLUSHDB
  a: MULTI
  a: PING
  a: EXEC
  a: WATCH k
  b: SELECT 1
  b: SET k 1
  a: MULTI
  a: PING
  a: EXEC
  a: WATCH k
  b: SWAPDB 0 1
  a: MULTI
  a: PING
  a: EXEC
  a: WATCH nothere
  b: SWAPDB 0 1
  a: MULTI
  a: PING
  a: EXEC
  b: SELECT 0
  b: RPUSH list a b c
  a: WATCH list
  b: SORT list ALPHA STORE list
  a: MULTI
  a: EXEC
  a: WATCH list
  b: EXPIRE list 100
  a: MULTI
  a: EXEC
  a: WATCH list new
  b: RENAME list new
  a: MULTI
  a: EXEC
  c> BLPOP q 0
  a: MULTI
  a: RPUSH q 1 2
  a: LPOP q
  a: EXEC
  c<
  `,
);

scenario(
  "a watched key whose time has come is as good as none",
  `
  b: DEBUG SET-ACTIVE-EXPIRE 0
  b: SET k v PXAT 1
  a: WATCH k
  b: GET k
  a: MULTI
  a: EXEC
  b: SET k v PXAT 1
  a: WATCH k
  b: FLUSHALL
  a: MULTI
  a: EXEC
  b: SET k v PXAT 1
  a: WATCH k
  b: SWAPDB 0 9
  a: MULTI
  a: EXEC
  a: WATCH k
  b: SWAPDB 0 9
  a: MULTI
  a: EXEC
  a: WATCH k
  b: SELECT 9
  b: SET k v PXAT 1
  b: SWAPDB 0 9
  a: MULTI
  a: EXEC
  a: WATCH k
  b: SET k v
  b: SWAPDB 0 9
  a: MULTI
  a: EXEC
  a: WATCH k
  b: SWAPDB 0 0
  a: MULTI
  a: EXEC
  a: WATCH k
  b: SWAPDB 1 2
  a: MULTI
  a: EXEC
  b: SELECT 0
  b: SET k v PXAT 1
  a: WATCH k
  b: SET k v
  a: MULTI
  a: EXEC
  b: SET k v PXAT 1
  a: WATCH k
  b: DBSIZE
  a: MULTI
  a: DBSIZE
  a: EXEC
  b: SET k v
  a: WATCH k
  b: SET k v PXAT 1
  a: MULTI
  a: EXEC
  `,
);

Deno.test("a watched key that expires unnoticed is a change, and is not deleted by EXEC", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.call("SET", "k", "v", "PX", "100");
  await client.call("WATCH", "k");
  redis.clock.advance({ seconds: 1 });
  await client.call("MULTI");
  assertEquals(await client.ask("EXEC"), "* null");
  assertEquals(await client.ask("DBSIZE"), ':"1"');
});

Deno.test("a client that leaves watches nothing, and its transaction is gone", async () => {
  await using redis = await startFrozenServer();
  const client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await client.call("WATCH", "k", "l");
  await client.call("MULTI");
  await client.call("SET", "k", "v");
  const list = async () => (await other.call("CLIENT", "LIST")).text!;
  assertEquals(/ multi=1 /.test(await list()), true);
  assertEquals(redis.running.server.watched.size, 2);
  client.close();
  await until("the client's end", async () => !/ multi=1 /.test(await list()));
  assertEquals(redis.running.server.watched.size, 0);
  assertEquals((await other.call("EXISTS", "k")).text, "0");
});
