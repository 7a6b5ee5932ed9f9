import { assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { scenario } from "../support/scenario.ts";
import { differential } from "../support/differential.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

differential(
  "commands that wait, when they need not",
  `
  RPUSH list a b c d e f
  BLPOP list 0
  BRPOP missing list 0
  BLPOP missing 0.01
  BLMOVE list list LEFT RIGHT 0
  BLMOVE list other RIGHT LEFT 0
  BLMOVE missing other RIGHT LEFT 0.01
  BRPOPLPUSH list other 0
  BRPOPLPUSH missing other 0.01
  BLMPOP 0 2 missing list LEFT COUNT 2
  BLMPOP 0.01 1 missing LEFT
  LRANGE list 0 -1
  LRANGE other 0 -1
  ZADD z 1 a 2 b 3 c 4 d 5 e
  BZPOPMIN z 0
  BZPOPMAX missing z 0
  BZPOPMIN missing 0.01
  BZMPOP 0 2 missing z MIN COUNT 2
  BZMPOP 0.01 1 missing MAX
  SET string 1
  BLPOP string 0
  BLPOP missing string 0
  BZPOPMIN string 0
  BLMOVE string other LEFT LEFT 0
  RPUSH one x
  BLMOVE one string LEFT LEFT 0
  BLPOP list -1
  BLPOP list abc
  ? BLPOP list inf
  ? BLPOP list 1e30
  ? BLPOP list 9223372036854775807
  BLMOVE list list UP DOWN 0
  BLMOVE list list LEFT RIGHT -1
  BLMPOP -1 1 list LEFT
  BLMPOP 0 0 list LEFT
  BLMPOP 0 1 list UP
  BLMPOP 0 1 list LEFT COUNT 0
  BLMPOP 0 2 list LEFT
  BZMPOP abc 1 z MIN
  BZMPOP 0 1 z MIN COUNT 1 COUNT 2
  CLIENT UNBLOCK 100000
  CLIENT UNBLOCK abc
  COMMAND GETKEYS BLPOP a b c 0
  COMMAND GETKEYS BLMPOP 0 2 a b LEFT
  `,
);

scenario(
  "clients that wait are served in order of arrival",
  `
  a> BLPOP list 0
  b> BRPOP list 0
  c> BLPOP other list 0
  d: RPUSH list 1 2
  a<
  b<
  d: RPUSH list 3
  c<
  d: LLEN list
  a> BLPOP x y 0
  d: RPUSH y 1
  a<
  a> BLPOP list 0
  d: SET list string
  d: DEL list
  d: ZADD list 1 a
  d: DEL list
  d: LPUSH list real
  a<
  a> BLMPOP 0 2 p q RIGHT COUNT 3
  d: RPUSH q 1 2 3 4 5
  a<
  d: LRANGE q 0 -1
  a> BLMOVE s t LEFT RIGHT 0
  b> BLPOP t 0
  d: RPUSH s moved
  a<
  b<
  d: EXISTS s t
  a> BRPOPLPUSH s s 0
  d: RPUSH s again
  a<
  d: LRANGE s 0 -1
  a> BRPOPLPUSH from to 0
  d: SET to string
  d: RPUSH from x
  a<
  d: LRANGE from 0 -1
  `,
);

scenario(
  "keys that come by other ways than a push serve clients too",
  `
  d: RPUSH src 1 2 3
  a> BLPOP new 0
  d: RENAME src new
  a<
  a> BLPOP copied 0
  d: COPY new copied
  a<
  d: LRANGE copied 0 -1
  d: SELECT 1
  d: RPUSH moved x
  a> BLPOP moved 0
  d: MOVE moved 0
  a<
  d: RPUSH swapped x
  a> BLPOP swapped 0
  d: SWAPDB 0 1
  a<
  d: SELECT 0
  a> BZPOPMIN z 0
  b> BZPOPMAX z 0
  c> BZMPOP 0 1 z MAX COUNT 2
  d: ZADD z 1 a 2 b 3 c 4 d 5 e
  a<
  b<
  c<
  d: ZRANGE z 0 -1
  a> BZPOPMIN z2 0
  d: ZUNIONSTORE z2 1 z
  a<
  a> BZPOPMIN z3 0
  d: ZRANGESTORE z3 z 0 -1
  a<
  a> BLPOP k1 0
  b> BLPOP k2 0
  d: RPUSH k2 x
  b<
  d: RPUSH k1 x
  a<
  `,
);

Deno.test("a wait ends at its deadline, by the server's clock", async () => {
  await using redis = await startFrozenServer({ config: { hz: "1" } });
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const request = (...words: string[]) => waiting.send(encodeRequest(words));
  const blocked = async () => /blocked_clients:(\d+)/.exec((await other.call("INFO")).text!)![1];
  for (const days of [0.001, 26]) {
    await request("BLPOP", "list", `${days * 86400}`);
    await until("a blocked client", async () => await blocked() !== "0");
    redis.clock.advance({ days: days * 0.99 });
    assertEquals(await blocked(), "1");
    redis.clock.advance({ days: days * 0.02 });
    assertEquals(await waiting.ask("PING"), "* null");
    assertEquals((await waiting.read()).text, "PONG");
    assertEquals(await blocked(), "0");
  }
});

Deno.test("CLIENT UNBLOCK ends a wait with null or an error", async () => {
  await using redis = await startFrozenServer();
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const id = (await waiting.call("CLIENT", "ID")).text!;
  // Last without a reason: that of the request before must not count.
  const reasons = [["TIMEOUT"], ["ERROR"], []];
  for (const reason of reasons) {
    await waiting.send(encodeRequest(["BLPOP", "list", "0"]));
    const list = async () => (await other.call("CLIENT", "LIST", "ID", id)).text!;
    await until("the flag of a blocked client", async () => !(await list()).includes("flags=N"));
    assertEquals(await other.ask("CLIENT", "UNBLOCK", id, ...reason), ':"1"');
    const error = '-"UNBLOCKED client unblocked via CLIENT UNBLOCK"';
    assertEquals(await waiting.ask("PING"), reason[0] === "ERROR" ? error : "* null");
    await waiting.read();
    assertEquals(await other.ask("CLIENT", "UNBLOCK", id), ':"0"');
  }
});

Deno.test("CLIENT UNBLOCK ends a wait once, though the transaction it is part of goes on", async () => {
  await using redis = await startFrozenServer();
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const id = (await waiting.call("CLIENT", "ID")).text!;
  await waiting.send(encodeRequest(["BLPOP", "list", "0"]));
  const list = async () => (await other.call("CLIENT", "LIST", "ID", id)).text!;
  await until("the flag of a blocked client", async () => !(await list()).includes("flags=N"));
  await other.call("MULTI");
  const requests = [["CLIENT", "UNBLOCK", id], ["RPUSH", "list", "a"], ["CLIENT", "UNBLOCK", id]];
  for (const request of requests) await other.call(...request);
  assertEquals(await other.ask("EXEC"), '*3[:"1" :"1" :"0"]');
  assertEquals(show(await waiting.read()), "* null");
  assertEquals(await other.ask("LLEN", "list"), ':"1"');
});

Deno.test("a client whose wait CLIENT UNBLOCK has ended gets nothing that came in the same transaction before", async () => {
  await using redis = await startFrozenServer();
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const id = (await waiting.call("CLIENT", "ID")).text!;
  await waiting.send(encodeRequest(["BLPOP", "list", "0"]));
  const list = async () => (await other.call("CLIENT", "LIST", "ID", id)).text!;
  await until("the flag of a blocked client", async () => !(await list()).includes("flags=N"));
  await other.call("MULTI");
  for (const request of [["RPUSH", "list", "a"], ["CLIENT", "UNBLOCK", id]]) {
    await other.call(...request);
  }
  assertEquals(await other.ask("EXEC"), '*2[:"1" :"1"]');
  assertEquals(show(await waiting.read()), "* null");
  assertEquals(await other.ask("LRANGE", "list", "0", "-1"), '*1[$"a"]');
});

Deno.test("nothing is popped for a client that has hung up", async () => {
  await using redis = await startFrozenServer();
  using other = await RespClient.connect(redis.port);
  const blocked = async () => /blocked_clients:(\d+)/.exec((await other.call("INFO")).text!)![1];
  const waiting = await RespClient.connect(redis.port);
  await waiting.send(encodeRequest(["BLPOP", "list", "0"]));
  await until("a blocked client", async () => await blocked() !== "0");
  waiting.close();
  await until("no blocked client", async () => await blocked() !== "1");
  await other.call("RPUSH", "list", "kept");
  assertEquals(await other.ask("LRANGE", "list", "0", "-1"), '*1[$"kept"]');
});

Deno.test("requests behind one that waits run after it", async () => {
  await using redis = await startFrozenServer();
  using waiting = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  const blocked = async () => /blocked_clients:(\d+)/.exec((await other.call("INFO")).text!)![1];
  const words = [["SET", "k", "1"], ["BLPOP", "list", "0"], ["INCR", "k"], ["BLPOP", "list", "0"]];
  for (const request of words) await waiting.send(encodeRequest(request));
  assertEquals((await waiting.read()).text, "OK");
  await until("a blocked client", async () => await blocked() !== "0");
  await waiting.send(encodeRequest(["INCR", "k"]));
  assertEquals((await other.call("GET", "k")).text, "1");
  await other.call("RPUSH", "list", "a");
  assertEquals((await waiting.read()).elements[1].text, "a");
  assertEquals((await waiting.read()).text, "2");
  await other.call("RPUSH", "list", "b");
  assertEquals((await waiting.read()).elements[1].text, "b");
  assertEquals((await waiting.read()).text, "3");
});
