import { assert, assertEquals, assertRejects } from "@std/assert";
import { RespError, startTestServer } from "../../src/testing/mod.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

Deno.test("values of the language are stored as the types that they look like", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  await redis.seed({
    text: "grüße",
    number: 5,
    list: ["b", "a", 3],
    set: new Set(["b", "a"]),
    scores: new Map([["ada", 2], ["bob", 1.5]]),
    user: { name: "Ada", age: 36 },
    readings: [{ temperature: 21 }, { temperature: 22, wind: 3 }],
    "from json": { $set: ["x"] },
    ranking: { $zset: { ada: 1 } },
    session: { $value: { user: "ada" }, $ttl: 60 },
  });
  const startMs = redis.clock.now();
  assertEquals(
    await redis.dump(),
    `db0
  from json (set)
    "x"
  list (list)
    "b"
    "a"
    "3"
  number (string)
    "5"
  ranking (zset)
    "ada": 1
  readings (stream)
    ${startMs}-0 "temperature" "21"
    ${startMs}-1 "temperature" "22" "wind" "3"
  scores (zset)
    "bob": 1.5
    "ada": 2
  session (hash, ttl 60000 ms)
    "user": "ada"
  set (set)
    "a"
    "b"
  text (string)
    "grüße"
  user (hash)
    "age": "36"
    "name": "Ada"`,
  );
  await redis.seed({ list: ["new"] });
  assertEquals(await redis.call("LRANGE", "list", 0, -1), ["new"]);
  await assertRejects(() => redis.seed({ empty: [] }), TypeError, "Cannot seed 'empty'");
  await assertRejects(() => redis.seed({ mixed: ["a", {}] as string[] }), TypeError, "mixed");
});

Deno.test("a test looks at keys without a socket", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  assertEquals(await redis.dump(), "");
  await redis.call("SET", "b", "2", "PX", 500);
  await redis.call("SADD", "a", "x");
  assertEquals(await redis.keys(), ["a", "b"]);
  assertEquals(await redis.keys("b*"), ["b"]);
  assertEquals(await redis.get("b"), "2");
  assertEquals(await redis.get("nosuch"), null);
  await assertRejects(() => redis.get("a"), RespError, "WRONGTYPE");
  assertEquals([await redis.type("a"), await redis.type("nosuch")], ["set", "none"]);
  assertEquals([await redis.ttl("a"), await redis.ttl("b")], [null, 500]);
});

Deno.test("the clock runs unless a test stops it, and goes on from where the test has left it", async () => {
  await using redis = await startTestServer();
  assert(!redis.clock.isFrozen);
  assert(Math.abs(redis.clock.now() - Date.now()) < 1000);
  await redis.call("SET", "k", "v", "EX", 3600);
  redis.clock.freeze();
  assertEquals(await redis.call("PTTL", "k"), await redis.call("PTTL", "k"));
  await redis.clock.advance({ minutes: 59 });
  assertEquals(await redis.get("k"), "v");
  redis.clock.resume();
  const left = await redis.ttl("k");
  assert(left !== null && left > 0 && left <= 60_000, `${left}`);
  await redis.clock.advance({ seconds: 61 });
  assertEquals(await redis.get("k"), null);
});

Deno.test("advancing ends every wait that is due, in order, and its replies are out", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  const events: string[] = [];
  using first = redis.running.session();
  using second = redis.running.session();
  using third = redis.running.session();
  for (const [session, seconds] of [[first, 3], [second, 1], [third, 20]] as const) {
    session.call("BLPOP", "list", seconds).then(
      (reply) => events.push(`${seconds}: ${reply}`),
      // The one that still waits ends with the server.
      () => {},
    );
  }
  using socket = await RespClient.connect(redis.port);
  await socket.send(new TextEncoder().encode("BLPOP list 2\r\n"));
  const startMs = redis.clock.now();
  using control = await RespClient.connect(redis.port);
  await until(
    "all to wait",
    async () => (await control.ask("INFO", "clients")).includes("blocked_clients:4"),
  );
  await redis.clock.advance({ seconds: 4 });
  assertEquals(events, ["1: null", "3: null"]);
  assertEquals(show(await socket.read()), "* null");
  assertEquals(redis.clock.now() - startMs, 4000);
  const [seconds] = await redis.call("TIME") as string[];
  assertEquals(Number(seconds), Math.floor(redis.clock.now() / 1000));
});

Deno.test("the time of day can be set, forward and back: deadlines before it have passed, and timers go on", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  await redis.call("SET", "old", "v", "EX", 10);
  redis.clock.set(Date.UTC(2030, 0, 1));
  assertEquals(await redis.get("old"), null);
  assertEquals((await redis.call("TIME") as string[])[0], `${Date.UTC(2030, 0, 1) / 1000}`);
  redis.clock.set(Date.UTC(2020, 0, 1));
  assertEquals((await redis.call("TIME") as string[])[0], `${Date.UTC(2020, 0, 1) / 1000}`);
  await redis.call("SET", "k", "v", "EX", 10);
  await redis.clock.advance({ seconds: 11 });
  assertEquals(await redis.get("k"), null);
});

Deno.test("a year passes in a moment, and what is due meanwhile happens", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  await redis.seed({ short: { $value: "v", $ttl: 60 }, long: { $value: "v", $ttl: 366 * 86400 } });
  using session = redis.running.session();
  const wait = session.call("BLPOP", "list", 86400);
  await redis.clock.advance({ days: 365 });
  assertEquals(await wait, null);
  assertEquals(await redis.keys(), ["long"]);
});

Deno.test("a fault replies in place of the commands that it meets, for as often as it says", async () => {
  await using redis = await startTestServer();
  const fault = redis.faults.add({
    command: "GET",
    key: "user:*",
    after: 1,
    times: 2,
    reply: new RespError("LOADING Redis is loading the dataset in memory"),
  });
  await redis.seed({ "user:1": "ada", other: "x" });
  assertEquals(await redis.get("user:1"), "ada");
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => redis.get("user:1"), RespError, "LOADING");
    assertEquals(await redis.get("other"), "x");
  }
  assertEquals(await redis.get("user:1"), "ada");
  assertEquals(fault.hits, 2);
  redis.faults.add({ command: "get", reply: [1, null, "text"] });
  assertEquals(await redis.call("GET", "user:1"), [1, null, "text"]);
  redis.faults.clear();
  assertEquals(await redis.get("user:1"), "ada");
});

Deno.test("a fault meets the client that it names, by id or by name", async () => {
  await using redis = await startTestServer();
  using one = redis.running.session();
  using other = redis.running.session();
  redis.faults.add({ client: one.id, command: "ping", reply: "one" });
  redis.faults.add({ client: "worker", command: "ping", reply: "worker" });
  await other.call("CLIENT", "SETNAME", "worker");
  assertEquals([await one.call("PING"), await other.call("PING")], ["one", "worker"]);
  assertEquals(await redis.call("PING"), "PONG");
});

Deno.test("a delayed request runs later by the server's clock, and the client's others behind it", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  redis.faults.add({ command: "set", delayMs: 500, times: 1 });
  using session = redis.running.session();
  const replies = Promise.all([session.call("SET", "k", "v"), session.call("GET", "k")]);
  assertEquals(await redis.get("k"), null);
  await redis.clock.advance({ milliseconds: 499 });
  assertEquals(await redis.get("k"), null);
  await redis.clock.advance({ milliseconds: 1 });
  assertEquals(await replies, ["OK", "v"]);
});

Deno.test("a delay that was ordered again meets the request behind one whose delay is over", async () => {
  await using redis = await startTestServer({ clock: "manual" });
  using session = redis.running.session();
  const first = redis.faults.add({ command: "set", delayMs: 500 });
  const reply = session.call("SET", "a", "1");
  first.remove();
  await redis.clock.advance({ milliseconds: 500 });
  assertEquals(await reply, "OK");
  redis.faults.add({ command: "set", delayMs: 500 });
  session.call("SET", "b", "1").catch(() => {});
  assertEquals(await redis.get("b"), null);
  // The server ends before that delay does, and leaves no timer behind.
});

Deno.test({
  name: "a server that ends while a request is delayed leaves no timer behind",
  sanitizeOps: true,
  async fn() {
    await using redis = await startTestServer();
    redis.faults.add({ command: "ping", delayMs: 3_600_000 });
    redis.running.session().call("PING").catch(() => {});
  },
});

Deno.test("a reply is cut at any byte and the connection closed, though the command has run", async () => {
  await using redis = await startTestServer();
  for (const bytes of [0, 1, 5, 12, 100]) {
    redis.faults.clear();
    redis.faults.add({ command: "append", closeAfterBytes: bytes });
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: redis.port });
    await conn.write(new TextEncoder().encode("ECHO before\r\nAPPEND k xxxxxxxxxxx\r\nPING\r\n"));
    const received = await new Response(conn.readable).text();
    const whole = `:${String(await redis.get("k")).length}\r\n`;
    assertEquals(received, `$6\r\nbefore\r\n${whole.slice(0, bytes)}`, `cut at ${bytes}`);
  }
});

Deno.test("a lost reply and a lost request differ in what has happened", async () => {
  await using redis = await startTestServer();
  for (const [effect, expected] of [["dropReply", "1"], ["dropRequest", null]] as const) {
    redis.faults.clear();
    await redis.call("DEL", "n");
    redis.faults.add({ command: "incr", ...{ [effect]: true } as { dropReply: true } });
    using socket = await RespClient.connect(redis.port);
    await socket.send(new TextEncoder().encode("INCR n\r\nPING\r\n"));
    assertEquals(show(await socket.read()), '+"PONG"');
    assertEquals(await redis.get("n"), expected, effect);
  }
});

Deno.test("the same seed makes the same faults", async () => {
  const outcomes = async (seed: number) => {
    await using redis = await startTestServer({ seed });
    redis.faults.add({ command: "ping", chance: 0.5, reply: "fault" });
    const run = async () => {
      const replies: unknown[] = [];
      for (let i = 0; i < 40; i++) replies.push(await redis.call("PING"));
      return replies.join();
    };
    const first = await run();
    redis.faults.clear();
    redis.faults.add({ command: "ping", chance: 0.5, reply: "fault" });
    assertEquals(await run(), first);
    return first;
  };
  const [first, again, other] = [await outcomes(7), await outcomes(7), await outcomes(8)];
  assertEquals(again, first);
  assert(first.includes("fault") && first.includes("PONG") && other !== first);
});

Deno.test("a test sees which commands have run, for whom, and in how many round trips", async () => {
  await using redis = await startTestServer({ recordsCommands: true });
  using socket = await RespClient.connect(redis.port);
  await socket.call("CLIENT", "SETNAME", "shop");
  redis.commands.clear();
  await socket.send(new TextEncoder().encode("SET a 1\r\nGET a\r\nGET b\r\nLPUSH a x\r\n"));
  for (let i = 0; i < 4; i++) await socket.read().catch(() => {});
  assertEquals(redis.commands.count("get"), 2);
  assertEquals(redis.commands.count("GET"), 2);
  assertEquals(redis.commands.count("del"), 0);
  assertEquals(redis.commands.count(), 4);
  assertEquals(redis.commands.roundTrips, 1);
  const [{ name, argv, clientName, error }] = redis.commands.all;
  assertEquals([name, argv, clientName, error], ["set", ["SET", "a", "1"], "shop", undefined]);
  assertEquals(
    redis.commands.toString().split("\n")[3],
    'shop: "LPUSH" "a" "x" ! WRONGTYPE Operation against a key holding the wrong kind of value',
  );
});
