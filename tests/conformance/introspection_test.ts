import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseSyntax } from "../../src/command/syntax.ts";
import { LatencyHistogram } from "../../src/telemetry/latency_histogram.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { differential } from "../support/differential.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

differential(
  "SLOWLOG and LATENCY take and refuse what redis-server does",
  `
  CONFIG SET slowlog-log-slower-than 1000000
  SLOWLOG RESET
  SLOWLOG LEN
  SLOWLOG GET
  SLOWLOG GET -1
  SLOWLOG GET -2
  SLOWLOG GET x
  SLOWLOG GET 1 2
  SLOWLOG NOSUCH
  CONFIG SET slowlog-log-slower-than 10000
  CONFIG SET latency-monitor-threshold 0
  LATENCY RESET
  LATENCY LATEST
  LATENCY HISTORY
  LATENCY HISTORY command
  LATENCY GRAPH nosuch
  LATENCY RESET a b
  LATENCY NOSUCH
  LATENCY HISTOGRAM nosuch
  CONFIG SET latency-tracking-info-percentiles "50 a"
  CONFIG SET latency-tracking-info-percentiles "50 101"
  CONFIG SET latency-tracking-info-percentiles "50.0 99.99 100.0"
  CONFIG GET latency-tracking-info-percentiles
  CONFIG SET latency-tracking-info-percentiles ""
  CONFIG GET latency-tracking-info-percentiles
  CONFIG RESETSTAT
  CONFIG SET latency-tracking no
  SET a 1
  LATENCY HISTOGRAM set
  CONFIG SET latency-tracking yes
  MULTI
  MONITOR
  EXEC
  `,
);

differential(
  "the slow log shows words shortened and secrets not at all",
  `
  SLOWLOG RESET
  CONFIG SET slowlog-log-slower-than 0
  SADD set ${Array.from({ length: 40 }, (_, i) => i).join(" ")}
  SET key ${"x".repeat(200)}
  AUTH user secret
  HELLO 2 AUTH user secret
  CONFIG SET masterauth secret
  CONFIG SET masterauth ""
  EXEC
  CONFIG SET slowlog-log-slower-than -1
  SLOWLOG LEN
  CONFIG SET slowlog-max-len 2
  SLOWLOG LEN
  CONFIG SET slowlog-max-len 128 slowlog-log-slower-than 10000
  `,
);

Deno.test("SLOWLOG GET describes a slow request and who sent it", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("CLIENT", "SETNAME", "tester");
  await client.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
  await client.call("AUTH", "user", "secret");
  await client.call("SET", "key", "x".repeat(130));
  const { elements } = await client.call("SLOWLOG", "GET", "2");
  const [id, seconds, microseconds, words, address, name] = elements[0].elements;
  assertEquals(
    show(words),
    `*3["SET" "key" "${"x".repeat(128)}... (2 more bytes)"]`.replace(/"([^"]*)"/g, '$"$1"'),
  );
  assertEquals(show(elements[1].elements[3]), '*3[$"AUTH" $"(redacted)" $"(redacted)"]');
  assertEquals([id, seconds, microseconds].map(({ type }) => type).join(""), ":::");
  assertMatch(address.text!, /^127\.0\.0\.1:\d+$/);
  assertEquals(name.text, "tester");
});

/** Requests with a secret, most of them wrong; redis-server shows many of these secrets. */
const SECRETS = [
  "AUTH secret",
  "AUTH user secret",
  "AUTH user secret secret",
  "HELLO 2 AUTH user secret",
  "HELLO 9 AUTH user secret",
  "HELLO x AUTH user secret",
  "HELLO 2 SETNAME me AUTH user secret NONSENSE",
  "HELLO 2 AUTH AUTH secret",
  "CONFIG SET masterauth secret",
  "CONFIG SET maxclients nonsense requirepass secret",
  "CONFIG SET nosuch 1 masterauth secret",
  "CONFIG SET requirepas secret",
  "CONFIG SET maxmemory 0 requirepass secret 1",
  "CONFIG SET maxmemory requirepass secret",
  "ACL SETUSER bob >secret on",
  "ACL SETUSER bob on nonsense >secret",
  "ACL SETUSER bob <secret",
  "ACL DRYRUN default AUTH secret",
  "ACL DRYRUN nobody AUTH user secret",
  "ACL DRYRUN default CONFIG SET requirepass secret",
  "ACL DRYRUN default HELLO 3 AUTH user secret",
  "COMMAND GETKEYS MIGRATE host 1 key 0 1 AUTH secret",
  "COMMAND GETKEYSANDFLAGS ACL SETUSER bob >secret",
  "MIGRATE host 1 nokey 0 1 AUTH secret",
  "MIGRATE host 1 nokey 0 1 AUTH2 user secret COPY",
  "MIGRATE host 1 nokey 0 1 NONSENSE AUTH secret",
  "MIGRATE host 1 nokey 0 1 AUTH AUTH2 user secret",
  "MIGRATE host x nokey y z AUTH secret KEYS a",
];

Deno.test("neither the slow log nor MONITOR shows a password, not even of requests that fail", async () => {
  await using server = await startFrozenServer();
  using watcher = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  await client.call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "1000");
  await watcher.call("MONITOR");
  for (const request of SECRETS) {
    await client.call("AUTH", "default", "");
    await client.call(...request.split(" "));
    await client.call("CONFIG", "SET", "requirepass", "");
    for (const words of ["MULTI", request, "EXEC"]) await client.call(...words.split(" "));
    await client.call("CONFIG", "SET", "requirepass", "");
  }
  const log = show(await client.call("SLOWLOG", "GET", "-1"));
  assertEquals(log.match(/.{60}secret.{20}/g), null);
  for (const name of ["GETKEYS", "SETUSER", "DRYRUN", "MIGRATE", "HELLO", "CONFIG"]) {
    assert(log.includes(name), name);
  }
  await client.call("ECHO", "the end");
  for (let line = ""; !line.includes("the end");) {
    line = (await watcher.read()).text!;
    assert(!line.includes("secret"), line);
  }
});

Deno.test("what is no password is shown beside one", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
  await client.call("CONFIG", "SET", "maxclients", "100", "masterauth", "secret");
  await client.call("MIGRATE", "host", "1", "nokey", "0", "1", "COPY", "AUTH", "secret", "KEYS");
  await client.call("ACL", "DRYRUN", "default", "GET", "key");
  const { elements } = await client.call("SLOWLOG", "GET", "3");
  assertEquals(
    elements.map(({ elements }) => elements[3].elements.map(({ text }) => text).join(" ")),
    [
      "ACL DRYRUN default GET key",
      "MIGRATE host 1 nokey 0 1 COPY AUTH (redacted) KEYS",
      "CONFIG SET maxclients 100 masterauth (redacted)",
    ],
  );
});

Deno.test("LATENCY tells of commands that took longer than the threshold", async () => {
  await using server = await startFrozenServer({ config: { "enable-debug-command": "yes" } });
  using client = await RespClient.connect(server.port);
  await client.call("CONFIG", "SET", "latency-monitor-threshold", "10");
  await client.call("DEBUG", "SLEEP", "0.02");
  await client.call("SET", "a", "1");
  const latest = (await client.call("LATENCY", "LATEST")).elements;
  assertEquals(latest.length, 1);
  const [event, seconds, last, max] = latest[0].elements.map(({ text }) => text);
  assertEquals([event, last, max], ["command", "20", "20"]);
  assertEquals(
    await client.ask("LATENCY", "HISTORY", "command"),
    `*1[*2[:"${seconds}" :"20"]]`,
  );
  assertMatch((await client.call("LATENCY", "GRAPH", "command")).text!, /high 20 ms, low 20 ms/);
  assertMatch((await client.call("LATENCY", "DOCTOR")).text!, /command: 1 latency spikes/);
  assertEquals(await client.ask("LATENCY", "RESET"), ':"1"');
});

Deno.test("INFO commandstats and latencystats count every run, pipelined or not", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("CONFIG", "RESETSTAT");
  for (let i = 0; i < 5; i++) await client.call("SET", "a", "1");
  await client.call("GETRANGE", "a", "0", "-1");
  const info = (await client.call("INFO", "commandstats", "latencystats")).text!;
  assertMatch(info, /cmdstat_set:calls=5,usec=\d+,usec_per_call=/);
  assertMatch(info, /cmdstat_getrange:calls=1,/);
  assertMatch(info, /latency_percentiles_usec_set:p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+/);
  const [name, { elements }] = (await client.call("LATENCY", "HISTOGRAM", "set")).elements;
  assertEquals(name.text, "set");
  assertEquals(elements[1].text, "5");
  assertEquals(elements[3].elements.at(-1)!.text, "5");
});

Deno.test("a command counts when it is over: INFO leaves itself out, CONFIG RESETSTAT does not", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  const calls = async (name: string) => {
    const info = (await client.call("INFO", "commandstats")).text!;
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  };
  assertEquals([await calls("info"), await calls("info")], [0, 1]);
  // In one go: what has run before the reset is forgotten, its time too.
  await client.send(fromLatin1("SET a 1\r\nSET a 2\r\nCONFIG RESETSTAT\r\nINFO everything\r\n"));
  for (let i = 0; i < 3; i++) await client.read();
  const info = (await client.read()).text!;
  assertMatch(info, /cmdstat_config\|resetstat:calls=1,/);
  assertMatch(info, /total_commands_processed:1\r/);
  assert(!/cmdstat_set|latency_percentiles_usec_set/.test(info));
  const { elements } = await client.call("LATENCY", "HISTOGRAM", "config|resetstat");
  assertEquals(elements[1].elements[1].text, "1");
});

Deno.test("INFO shows the section debug to those alone who ask for it", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  for (const section of ["all", "everything", "default"]) {
    assert(!(await client.call("INFO", section)).text!.includes("# Debug"));
  }
  await client.send(fromLatin1("PING\r\n".repeat(30)));
  for (let i = 0; i < 30; i++) await client.read();
  await client.call("DEBUG", "SLEEP", "0.5");
  const fields = Object.fromEntries(
    (await client.call("INFO", "debug")).text!.split("\r\n").map((line) => line.split(":")),
  );
  assertEquals(Object.keys(fields).filter((name) => name.startsWith("eventloop_")), [
    "eventloop_duration_aof_sum",
    "eventloop_duration_cron_sum",
    "eventloop_duration_max",
    "eventloop_cmd_per_cycle_max",
  ]);
  assertEquals(fields.eventloop_duration_max, "500000");
  assert(Number(fields.eventloop_cmd_per_cycle_max) >= 2);
  await client.call("CONFIG", "RESETSTAT");
  assertMatch((await client.call("INFO", "debug")).text!, /eventloop_duration_max:0\r/);
});

Deno.test("INFO tells what the server listens on", async () => {
  await using server = await startFrozenServer({ config: { bind: "127.0.0.1" } });
  using client = await RespClient.connect(server.port);
  assertMatch(
    (await client.call("INFO", "server")).text!,
    new RegExp(`listener0:name=tcp,bind=127.0.0.1,port=${server.port}\r`),
  );
});

Deno.test("what is repeated in a syntax is a block that may come several times", () => {
  for (
    const [syntax, parts] of [
      ["field value [field value ...]", "field value"],
      ["[GET encoding offset [GET encoding offset ...]]", "encoding offset"],
    ]
  ) {
    const [block, ...more] = parseSyntax(syntax);
    assertEquals(more, []);
    assertEquals(`${block.type} ${block.isMultiple}`, "block true", syntax);
    assertEquals(block.parts!.map(({ name }) => name).join(" "), parts);
    assert(block.parts!.every(({ isMultiple }) => !isMultiple));
  }
  assertEquals(parseSyntax("key [key ...]"), [{ name: "key", type: "key", isMultiple: true }]);
  const [{ token, isMultiple, isOptional }] = parseSyntax("[KEYS key [key ...]]");
  assertEquals([token, isMultiple, isOptional], ["KEYS", true, true]);
});

/** How often a command ran, was refused and failed, as INFO tells. */
async function counts(client: RespClient, command: string): Promise<string | undefined> {
  const info = (await client.call("INFO", "commandstats")).text!;
  const line = new RegExp(`cmdstat_${command}:(.*)\r`).exec(info)?.[1];
  return line?.replace(/usec\w*=[\d.]+,/g, "");
}

Deno.test("a command that has waited counts once, when it is over, as what it has come to", async () => {
  await using server = await startFrozenServer({ config: { "slowlog-log-slower-than": "0" } });
  using other = await RespClient.connect(server.port);
  const ends: Record<string, (id: string) => unknown> = {
    timeout: () => server.clock.advance({ seconds: 6 }),
    "CLIENT UNBLOCK": (id) => other.call("CLIENT", "UNBLOCK", id, "ERROR"),
    push: () => other.call("RPUSH", "list", "a"),
    "wrong type": () =>
      other.call("SET", "target", "v").then(() => other.call("RPUSH", "list", "a")),
  };
  for (
    const [end, failures] of [["timeout", 0], ["CLIENT UNBLOCK", 1], ["push", 0], ["wrong type", 1]]
  ) {
    using waiting = await RespClient.connect(server.port);
    const id = (await waiting.call("CLIENT", "ID")).text!;
    for (const request of ["DEL target list", "CONFIG RESETSTAT", "SLOWLOG RESET"]) {
      await other.call(...request.split(" "));
    }
    await waiting.send(encodeRequest("BLMOVE list target LEFT LEFT 5".split(" ")));
    const list = async () => (await other.call("CLIENT", "LIST", "ID", id)).text!;
    await until("the flag of a blocked client", async () => (await list()).includes("flags=b"));
    assertEquals(await counts(other, "blmove"), undefined);
    await ends[end](id);
    await waiting.read();
    assertEquals(
      await counts(other, "blmove"),
      `calls=1,rejected_calls=0,failed_calls=${failures}`,
    );
    const words = (await other.call("SLOWLOG", "GET")).elements.map(({ elements }) => elements[3]);
    assertEquals(words.filter(({ elements }) => elements[0].text === "BLMOVE").length, 1);
    const errors = (await other.call("INFO", "errorstats")).text!;
    assertEquals(/errorstat_UNBLOCKED:count=1/.test(errors), end === "CLIENT UNBLOCK");
    const [, times] = (await other.call("LATENCY", "HISTOGRAM", "blmove")).elements;
    assertEquals(times.elements[1].text, "1");
  }
});

Deno.test("a client that hangs up while it waits leaves no trace in the counts", async () => {
  await using server = await startFrozenServer();
  using other = await RespClient.connect(server.port);
  const waiting = await RespClient.connect(server.port);
  await waiting.send(encodeRequest(["BLPOP", "list", "0"]));
  const list = async () => (await other.call("CLIENT", "LIST")).text!;
  await until("the flag of a blocked client", async () => (await list()).includes("flags=b"));
  waiting.close();
  await until("the client's end", async () => !(await list()).includes("flags=b"));
  assertEquals(await counts(other, "blpop"), undefined);
});

Deno.test("a transaction's failures are those of its commands, not EXEC's", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  for (const request of ["SET k v", "MULTI", "INCR k", "GET k", "INCR k", "EXEC", "EXEC"]) {
    await client.call(...request.split(" "));
  }
  assertEquals(await counts(client, "incr"), "calls=2,rejected_calls=0,failed_calls=2");
  // The second one fails itself: there is no transaction.
  assertEquals(await counts(client, "exec"), "calls=2,rejected_calls=0,failed_calls=1");
});

Deno.test("MONITOR shows requests as they are run, without secrets and administration", async () => {
  await using server = await startFrozenServer();
  using watcher = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  await watcher.call("MONITOR");
  const requests = [
    ["SELECT", "3"],
    ["SET", "a", 'x"\n\x01'],
    ["CONFIG", "GET", "port"],
    ["AUTH", "user", "secret"],
    ["MULTI"],
    ["GET", "a"],
    ["EXEC"],
  ];
  for (const request of requests) await client.call(...request);
  const lines: string[] = [];
  for (let i = 0; i < 6; i++) lines.push((await watcher.read()).text!);
  for (const line of lines) assertMatch(line, /^\d+\.\d{6} \[\d 127\.0\.0\.1:\d+\] "/);
  assertEquals(lines.map((line) => line.replace(/^.*?\] /, "")), [
    '"SELECT" "3"',
    '"SET" "a" "x\\"\\n\\x01"',
    '"AUTH" "(redacted)" "(redacted)"',
    '"MULTI"',
    '"GET" "a"',
    '"EXEC"',
  ]);
  assertMatch((await client.call("CLIENT", "LIST")).text!, / flags=O /);
  assertEquals(await watcher.ask("RESET"), '+"RESET"');
  await client.call("PING");
  assertEquals(await watcher.ask("ECHO", "quiet"), '$"quiet"');
});

Deno.test("LatencyHistogram keeps durations to within a percent", () => {
  const histogram = new LatencyHistogram();
  for (let microseconds = 1; microseconds <= 10000; microseconds++) {
    histogram.record(microseconds, 1);
  }
  for (const percent of [1, 50, 90, 99, 99.9]) {
    const expected = percent * 100;
    const found = histogram.percentile(percent);
    assert(Math.abs(found - expected) / expected < 0.01, `p${percent}: ${found}`);
  }
  const counts = histogram.cumulative();
  assertEquals(counts.at(-1)![1], 10000);
  assertEquals(counts.slice(0, 6).map(([limit]) => limit), [1, 2, 4, 8, 16, 33]);
});

differential(
  "a client that monitors must not touch the data",
  `
  MONITOR
  GET k
  SET k v
  PFCOUNT k
  PUBLISH a b
  RESET
  GET k
  `,
);

Deno.test("CLIENT LIST shows a transaction while it runs", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  await client.call("MULTI");
  await client.call("GET", "k");
  await client.call("CLIENT", "INFO");
  const [, info] = (await client.call("EXEC")).elements;
  assertMatch(info.text!, / flags=x .* multi=2 .* cmd=exec /);
  assertMatch(
    (await client.call("CLIENT", "INFO")).text!,
    / flags=N .* multi=-1 .* cmd=client\|info /,
  );
  await client.call("NOSUCH");
  const id = (await client.call("CLIENT", "ID")).text!;
  await client.call("GET");
  using other = await RespClient.connect(server.port);
  assertMatch((await other.call("CLIENT", "LIST", "ID", id)).text!, / cmd=get /);
});

Deno.test("of several filters of a kind CLIENT KILL takes the last", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  using first = await RespClient.connect(server.port);
  using second = await RespClient.connect(server.port);
  const [a, b] = [await first.call("CLIENT", "ID"), await second.call("CLIENT", "ID")];
  assertEquals(await client.ask("CLIENT", "KILL", "ID", a.text!, "ID", b.text!), ':"1"');
  assertEquals(await first.ask("PING"), '+"PONG"');
  assertEquals(await second.readToEnd(), "");
});

Deno.test("CLIENT LIST and KILL tell subscribers from others", async () => {
  await using server = await startFrozenServer();
  using listener = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  await listener.call("SUBSCRIBE", "news");
  const list = async (type: string) => (await client.call("CLIENT", "LIST", "TYPE", type)).text!;
  assertMatch(await list("pubsub"), /^id=\d+ [^\n]* flags=P [^\n]*\n$/);
  assertMatch(await list("normal"), /^id=\d+ [^\n]* cmd=client\|list [^\n]*\n$/);
  assertEquals(await client.ask("CLIENT", "KILL", "TYPE", "pubsub"), ':"1"');
  assertEquals(await list("pubsub"), "");
});

Deno.test("COMMAND LIST has subcommands, with a filter and without", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  const namesOf = async (...filter: string[]) =>
    (await client.call("COMMAND", "LIST", ...filter)).elements.map(({ text }) => text!).sort();
  const all = await namesOf();
  assertEquals(all, await namesOf("FILTERBY", "PATTERN", "*"));
  assertEquals(all.filter((name) => name.startsWith("xgroup|")).length, 6);
});
