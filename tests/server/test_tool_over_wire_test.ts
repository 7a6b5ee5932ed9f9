/** What tests in any language can do: DEBUG CLOCK, FAULT and ISOLATE, and the same by the test tool. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { startServer } from "../../src/mod.ts";
import { RespError, startTestServer } from "../../src/testing/mod.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

const CLOCK_ERROR = "The clock of this server cannot be moved";

Deno.test("the clock is frozen, moved, set and let go by DEBUG CLOCK", async () => {
  await using server = await startServer({ port: "0", "enable-debug-command": "yes" });
  using control = await RespClient.connect(server.port);
  using waiting = await RespClient.connect(server.port);
  const debug = (...words: string[]) => control.ask("DEBUG", "CLOCK", ...words);
  assertEquals(await debug("freeze"), '+"OK"');
  await control.call("SET", "k", "v", "PX", "5000");
  await waiting.send(new TextEncoder().encode("BLPOP list 10\r\n"));
  await until(
    "the client to wait",
    async () => (await control.ask("INFO", "clients")).includes("blocked_clients:1"),
  );
  assertEquals(await debug("ADVANCE", "5000"), '+"OK"');
  assertEquals(await control.ask("PTTL", "k"), ':"0"');
  await debug("ADVANCE", "1");
  assertEquals(await control.ask("PTTL", "k"), ':"-2"');
  await debug("ADVANCE", "5000");
  assertEquals(show(await waiting.read()), "* null");
  await debug("SET", "1900000000000");
  assertEquals((await control.call("TIME")).elements[0].text, "1900000000");
  assertEquals(await debug("RESUME"), '+"OK"');
  const [seconds] = (await control.call("TIME")).elements;
  assert(Number(seconds.text) >= 1_900_000_000 && Number(seconds.text) < 1_900_000_100);
});

Deno.test("DEBUG CLOCK says what is wrong, and that a clock cannot be moved", async () => {
  await using redis = await startTestServer();
  const debug = (...words: string[]) => redis.call("DEBUG", "CLOCK", ...words);
  const wrong = [["STOP"], ["ADVANCE"], ["FREEZE", "1"], ["SET", "1", "2"], ["ADVANCE", "x"]];
  for (const words of wrong) await assertRejects(() => debug(...words), RespError);
  await assertRejects(() => debug("ADVANCE", "-1"), RespError, "out of range");
  await redis.call("MULTI");
  await redis.call("DEBUG", "CLOCK", "ADVANCE", "1");
  const [reply] = await redis.call("EXEC") as RespError[];
  assertEquals(reply.message, "ERR The clock cannot be advanced within a transaction.");
  await using frozen = await startFrozenServer();
  using client = await RespClient.connect(frozen.port);
  assert((await client.ask("DEBUG", "CLOCK", "FREEZE")).includes(CLOCK_ERROR));
  await using plain = await startServer({ port: "0" });
  const refused = plain.session().call("DEBUG", "CLOCK", "FREEZE");
  await assertRejects(() => refused, RespError, "DEBUG command not allowed");
});

Deno.test("what is due in an isolate happens when the clock of its server moves, and its replies are out", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  using socket = await RespClient.connect(redis.isolate("one").port);
  const popped = socket.call("BLPOP", "list", "5");
  using control = await RespClient.connect(redis.isolate("one").port);
  await until(
    "the client to wait",
    async () => (await control.ask("INFO", "clients")).includes("blocked_clients:1"),
  );
  await redis.clock.advance({ seconds: 6 });
  assertEquals(show(await popped), "* null");
});

Deno.test("whatever is done in an isolate, nobody outside sees it", async () => {
  await using redis = await startTestServer({
    config: { "notify-keyspace-events": "KEA", requirepass: "secret" },
  });
  await redis.seed({ k: "outside" });
  const one = redis.isolate("one");
  const two = redis.isolate("two");
  assertEquals(redis.isolate("one"), one);
  assert(new Set([redis.url, one.url, two.url]).size === 3);
  using listener = await RespClient.connect(redis.port);
  await listener.call("AUTH", "secret");
  await listener.call("PSUBSCRIBE", "*");
  using watcher = redis.running.session();
  await watcher.call("WATCH", "k");
  await watcher.call("MULTI");
  await watcher.call("PING");

  await one.seed({ k: "inside", other: "1" });
  await one.call("SELECT", 3);
  await one.call("SET", "k", "3");
  await one.call("SWAPDB", 0, 3);
  assertEquals(await one.call("DBSIZE"), 2);
  assertEquals(await one.call("PUBLISH", "channel", "x"), 0);
  assertEquals(await one.call("EVAL", "return #redis.call('KEYS', '*')", 0), 2);
  assertEquals(
    await one.call("SCRIPT", "LOAD", "return 1"),
    "e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
  );
  assert(String(await one.call("INFO", "keyspace")).includes("db0:keys=1"));
  assertEquals(await two.call("DBSIZE"), 0);
  await two.call("FLUSHALL");
  assertEquals(await redis.dump(), 'db0\n  k (string)\n    "outside"');
  assertEquals(await redis.call("SCRIPT", "EXISTS", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), [
    0,
  ]);
  assertEquals(await redis.call("DBSIZE"), 1);
  assertEquals(await watcher.call("EXEC"), ["PONG"]);
  await redis.call("PUBLISH", "channel", "outside");
  // Nothing of the isolates came before it.
  assertEquals((await listener.read()).elements[3].text, "outside");
  using socket = await RespClient.connect(one.port);
  assertEquals(await socket.ask("GET", "k"), '-"NOAUTH Authentication required."');
  await one[Symbol.asyncDispose]();
  await assertRejects(() => RespClient.connect(one.port));
  assertEquals(await redis.isolate("one").call("DBSIZE"), 0);
});

Deno.test("another program gets an isolate by name, the same for the same name, until it is closed", async () => {
  await using redis = await startTestServer();
  const debug = (...words: string[]) => redis.call("DEBUG", "ISOLATE", ...words);
  const port = Number(await debug("OPEN", "file 1"));
  assertEquals(await debug("open", "file 1"), port);
  assertEquals(await debug("LIST"), ["file 1"]);
  using client = await RespClient.connect(port);
  await client.call("SET", "k", "v");
  assertEquals(await redis.get("k"), null);
  assertEquals(await redis.isolate("file 1").get("k"), "v");
  assertEquals(await debug("CLOSE", "file 1"), "OK");
  await assertRejects(() => debug("CLOSE", "file 1"), RespError, "No such isolate: 'file 1'");
  await assertRejects(() => debug("OPEN"), RespError, "DEBUG ISOLATE OPEN name");
  assertEquals(await debug("LIST"), []);
});

Deno.test("faults are added, listed, removed and cleared by DEBUG FAULT", async () => {
  await using redis = await startTestServer();
  const debug = (...words: string[]) => redis.call("DEBUG", "FAULT", ...words);
  const first = await debug(
    "ADD",
    "command",
    "get",
    "KEY",
    "user:*",
    "TIMES",
    "2",
    "ERROR",
    "LOADING wait",
  );
  await debug("ADD", "CLIENT", "worker", "AFTER", "1", "CHANCE", "0.5", "DELAY", "20");
  const third = Number(await debug("ADD", "COMMAND", "ping", "INTEGER", "-5"));
  assertEquals(third, Number(first) + 2);
  await assertRejects(() => redis.get("user:1"), RespError, "LOADING wait");
  assertEquals(await redis.call("PING"), -5);
  assertEquals(await debug("LIST"), [
    `id=${first} hits=1 COMMAND get KEY user:* TIMES 2 ERROR LOADING wait`,
    `id=${Number(first) + 1} hits=0 CLIENT worker AFTER 1 CHANCE 0.5 DELAY 20`,
    `id=${third} hits=1 COMMAND ping INTEGER -5`,
  ]);
  await debug("REMOVE", String(third));
  assertEquals(await redis.call("PING"), "PONG");
  await assertRejects(() => debug("REMOVE", String(third)), RespError, "No such fault");
  await debug("CLEAR");
  assertEquals(await debug("LIST"), []);
  assertEquals(await redis.get("user:1"), null);
  for (const [words, expected] of [["REPLY x", "x"], ["NULL", null]] as const) {
    await debug("CLEAR");
    // It meets everything but DEBUG itself.
    await debug("ADD", ...words.split(" "));
    assertEquals(await redis.call("PING"), expected);
  }
});

Deno.test("DEBUG FAULT takes nothing that it does not understand", async () => {
  await using redis = await startTestServer();
  const wrong = [
    "ADD",
    "ADD COMMAND",
    "ADD COMMAND get",
    "ADD GET REPLY x",
    "ADD REPLY",
    "ADD NULL x",
    "ADD TIMES -1 NULL",
    "ADD TIMES many NULL",
    "ADD CHANCE 2 NULL",
    "ADD CLOSE -1",
    "ADD INTEGER 1.5",
    "ADD DELAY soon",
    "LIST x",
    "REMOVE",
    "REMOVE 99",
    "CLEAR x",
    "CLEAR 1 2",
    "",
  ];
  for (const words of wrong) {
    const reply = redis.call("DEBUG", "FAULT", ...words.split(" "));
    await assertRejects(() => reply, RespError, "ERR", words);
  }
  assertEquals(redis.faults.all.length, 0);
});

Deno.test("a new connection that a fault refuses is closed, and those that are there go on", async () => {
  await using redis = await startTestServer();
  using before = await RespClient.connect(redis.port);
  assertEquals(await before.ask("PING"), '+"PONG"');
  redis.faults.add({ refuseConnection: true, after: 1, times: 2 });
  using passes = await RespClient.connect(redis.port);
  assertEquals(await passes.ask("PING"), '+"PONG"');
  for (let i = 0; i < 2; i++) {
    await using refused = await Deno.connect({ hostname: "127.0.0.1", port: redis.port });
    assertEquals(await refused.read(new Uint8Array(1)).catch(() => null), null);
  }
  using again = await RespClient.connect(redis.port);
  assertEquals(await again.ask("PING"), '+"PONG"');
  assertEquals(await before.ask("PING"), '+"PONG"');
});

Deno.test("a stalled client gets no reply until the fault is gone, and the others go on", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  const fault = redis.faults.add({ command: "set", stall: true });
  using session = redis.running.session();
  const replies = Promise.all([session.call("SET", "k", "v"), session.call("GET", "k")]);
  await redis.clock.advance({ hours: 1 });
  assertEquals(await redis.get("k"), null);
  fault.remove();
  assertEquals(await replies, ["OK", "v"]);
  redis.faults.add({ command: "set", stall: true });
  session.call("SET", "k", "later").catch(() => {});
  assertEquals(await redis.get("k"), "v");
  redis.faults.clear();
  assertEquals(await session.call("GET", "k"), "later");
});

Deno.test("the seed that DEBUG FAULT CLEAR sets repeats what chance did", async () => {
  await using redis = await startTestServer();
  const outcomes: string[] = [];
  for (const seed of ["7", "7", "8"]) {
    await redis.call("DEBUG", "FAULT", "CLEAR", seed);
    await redis.call("DEBUG", "FAULT", "ADD", "COMMAND", "ping", "CHANCE", "0.5", "REPLY", "x");
    const replies: unknown[] = [];
    for (let i = 0; i < 40; i++) replies.push(await redis.call("PING"));
    outcomes.push(replies.join());
  }
  assertEquals(outcomes[0], outcomes[1]);
  assert(outcomes[1] !== outcomes[2]);
});
