/** Replicas as their primary sees them: sessions that ask to follow, and get snapshots and the stream. In memory. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readRdbFile } from "../../src/rdb/file_reader.ts";
import { FakeReplica } from "../support/fake_replica.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { effort } from "../support/effort.ts";
import { randomUnit } from "../support/random_writes.ts";
import { repeatStream } from "../support/repeat_stream.ts";

function start(
  directives: Readonly<Record<string, string>> = {},
  host: MemoryHost = new MemoryHost(),
): Promise<LocalServer> {
  return new LocalServer(host, directives).start();
}

/** Lets a snapshot be made and sent. */
async function passTime(server: LocalServer, seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 20; i++) {
    server.clock.advance({ milliseconds: 50 });
    await settle();
    server.session.endRound();
  }
}

/** A replica that can do everything, and has its snapshot. */
async function follower(server: LocalServer): Promise<FakeReplica> {
  const replica = new FakeReplica(server.server);
  replica.send("REPLCONF capa eof capa psync2", "PSYNC ? -1");
  await passTime(server, 7);
  replica.takeAll();
  replica.send("REPLCONF ACK 0");
  return replica;
}

/** The field of INFO. */
function info(server: LocalServer, field: string): string | undefined {
  const text = server.ask("INFO", "replication", "stats", "clients", "memory")!;
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1];
}

/** The data of a snapshot and of the stream behind it. */
async function digestOf(snapshot: Uint8Array, stream: string): Promise<string> {
  const copy = await start();
  readRdbFile(copy.server.keyspace, snapshot);
  repeatStream(copy, fromLatin1(stream.replaceAll("*1\r\n$4\r\nPING\r\n", "")));
  return copy.digest();
}

Deno.test("a replica that knows no end mark gets a snapshot at once, and its length first", async () => {
  const server = await start();
  server.run(["SET", "a", "1"]);
  const replica = new FakeReplica(server.server);
  replica.send("REPLCONF listening-port 6380");
  assertEquals(replica.line(), "+OK");
  replica.send("REPLCONF capa psync2");
  assertEquals(replica.line(), "+OK");
  replica.send("PSYNC ? -1");
  assertMatch(replica.line(), /^\+FULLRESYNC [0-9a-f]{40} 0$/);
  await passTime(server, 0.1);
  const snapshot = replica.snapshot();
  assertEquals(replica.takeAll(), "");
  server.run(["SET", "b", "2"]);
  const stream = replica.takeAll();
  assertEquals(
    stream,
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n",
  );
  assertEquals(await digestOf(snapshot, stream), server.digest());
});

Deno.test("replicas that come within repl-diskless-sync-delay share a snapshot, and get the stream when they have acknowledged it", async () => {
  const server = await start({
    "repl-diskless-sync-delay": "3",
    "repl-ping-replica-period": "100",
  });
  server.run(["SET", "a", "1"]);
  const [one, two] = [new FakeReplica(server.server), new FakeReplica(server.server)];
  one.send("REPLCONF capa eof capa psync2", "PSYNC ? -1");
  await passTime(server, 1);
  two.send("REPLCONF capa eof", "PSYNC ? -1");
  assertEquals([one.line(), two.line()], ["+OK", "+OK"]);
  assertMatch(one.takeAll(), /^\n*$/);
  await passTime(server, 4);
  for (const replica of [one, two]) assertMatch(replica.line(), /^\n*\+FULLRESYNC [0-9a-f]{40} 0$/);
  server.run(["SET", "b", "2"]);
  const snapshots = [one.snapshot(), two.snapshot()];
  assertEquals(snapshots[0], snapshots[1]);
  assertEquals([one.received, two.received], ["", ""]);
  one.send("REPLCONF ACK 0");
  const stream = one.takeAll();
  assertStringIncludes(stream, "SET");
  assertEquals(two.received, "");
  two.send("REPLCONF ACK 0");
  assertEquals(two.takeAll(), stream);
  assertEquals(await digestOf(snapshots[0], stream), server.digest());
  assertEquals(server.log.filter((line) => line.includes("Starting BGSAVE for SYNC")).length, 1);
});

Deno.test("repl-diskless-sync-max-replicas ends the delay", async () => {
  const server = await start({
    "repl-diskless-sync-delay": "100",
    "repl-diskless-sync-max-replicas": "2",
  });
  const [one, two] = [new FakeReplica(server.server), new FakeReplica(server.server)];
  one.send("REPLCONF capa eof", "PSYNC ? -1");
  await passTime(server, 5);
  assertEquals(one.line(), "+OK");
  assertMatch(one.takeAll(), /^\n+$/);
  two.send("REPLCONF capa eof", "PSYNC ? -1");
  await passTime(server, 2);
  assertStringIncludes(one.received, "FULLRESYNC");
  assertStringIncludes(two.received, "FULLRESYNC");
});

Deno.test("without repl-diskless-sync replicas get the RDB file, and one that comes meanwhile shares it", async () => {
  const host = new MemoryHost();
  const server = await start({
    "repl-diskless-sync": "no",
    "rdb-del-sync-files": "yes",
    "rdb-key-save-delay": "10000",
  }, host);
  for (let i = 0; i < 100; i++) server.run(["SET", `k${i}`, "v"]);
  const [one, two] = [new FakeReplica(server.server), new FakeReplica(server.server)];
  one.send("REPLCONF capa eof capa psync2", "PSYNC ? -1");
  await passTime(server, 0.5);
  server.run(["SET", "b", "2"]);
  two.send("REPLCONF capa eof", "PSYNC ? -1");
  server.run(["SET", "c", "3"]);
  await passTime(server, 3);
  assert(host.hasFile("dump.rdb") || server.log.some((line) => line.includes("Removing the RDB")));
  const digest = server.digest();
  for (const replica of [one, two]) {
    assertEquals(replica.line(), "+OK");
    assertMatch(replica.line(), /^\n*\+FULLRESYNC [0-9a-f]{40} 0$/);
    while (replica.received.startsWith("\n")) replica.take(1);
    assertEquals(await digestOf(replica.snapshot(), replica.takeAll()), digest);
  }
  await passTime(server, 2);
  assertEquals(host.hasFile("dump.rdb"), false);
});

Deno.test("a replica goes on from where it was, if the backlog still has that", async () => {
  const server = await start({ "repl-ping-replica-period": "1000" });
  const first = new FakeReplica(server.server).send("REPLCONF capa psync2", "PSYNC ? -1");
  await passTime(server, 0.1);
  assertEquals(first.line(), "+OK");
  const [, id] = first.line().split(" ");
  first.snapshot();
  server.run(["SET", "a", "1"]);
  const seen = first.takeAll().length;
  first.session.close();
  server.run(["SET", "b", "2"], ["MULTI"], ["INCR", "c"], ["INCR", "d"], ["EXEC"]);
  for (const capability of ["REPLCONF capa psync2", "REPLCONF capa none"]) {
    const again = new FakeReplica(server.server).send(capability, `PSYNC ${id} ${seen + 1}`);
    assertEquals(again.line(), "+OK");
    assertEquals(again.line(), capability.endsWith("2") ? `+CONTINUE ${id}` : "+CONTINUE");
    assertMatch(again.takeAll(), /^\*3\r\n\$3\r\nSET\r\n\$1\r\nb\r\n[^]*MULTI[^]*EXEC\r\n/);
    server.run(["SET", "e", "2"]);
    assertStringIncludes(again.takeAll(), "SET");
  }
  assertEquals(info(server, "sync_partial_ok"), "2");
  const { offset } = server.server.replication.history;
  for (const wrong of [`${id} ${offset + 2}`, `${id} 0`, `${"a".repeat(40)} 1`]) {
    const replica = new FakeReplica(server.server).send(`PSYNC ${wrong}`);
    assertMatch(replica.line(), /^\+FULLRESYNC/, wrong);
  }
  assertEquals(info(server, "sync_partial_err"), "3");
  assertEquals(
    new FakeReplica(server.server).send(`PSYNC ${id} x`).takeAll(),
    "-ERR value is not an integer or out of range\r\n",
  );
});

Deno.test("the backlog keeps the newest bytes, and goes when there were no replicas for repl-backlog-ttl", async () => {
  const server = await start({ "repl-backlog-size": "16kb", "repl-backlog-ttl": "10" });
  const replica = await follower(server);
  const id = info(server, "master_replid");
  for (let i = 0; i < 100; i++) server.run(["SET", "k", "x".repeat(1000)]);
  assert(Number(info(server, "repl_backlog_histlen")) >= 16384);
  assert(Number(info(server, "repl_backlog_histlen")) < 2 * 16384);
  replica.session.close();
  await passTime(server, 9);
  assertEquals(info(server, "repl_backlog_active"), "1");
  await passTime(server, 4);
  assertEquals(info(server, "repl_backlog_active"), "0");
  assert(id !== info(server, "master_replid"));
  assertEquals(server.server.propagation.isOn, false);
});

Deno.test("requests of every type reach a replica as they were run, whenever it comes", async () => {
  for (let seed = 1; seed <= 10 * effort; seed++) {
    const random = new SeededRandom(seed);
    const server = await start({ "repl-diskless-sync-delay": "0" });
    const write = () => {
      for (let left = random.below(60); left > 0; left--) server.run(...randomUnit(random));
    };
    write();
    const replica = new FakeReplica(server.server);
    replica.send(
      random.below(2) === 0 ? "REPLCONF capa eof" : "REPLCONF capa psync2",
      "PSYNC ? -1",
    );
    replica.line();
    for (let i = 0; i < 3; i++) {
      write();
      server.clock.advance({ milliseconds: 1 });
      await settle();
      server.session.endRound();
    }
    await passTime(server, 1);
    replica.line();
    const snapshot = replica.snapshot();
    replica.send("REPLCONF ACK 0");
    write();
    assertEquals(await digestOf(snapshot, replica.takeAll()), server.digest(), `seed ${seed}`);
  }
});

Deno.test("a consumer that is made by reading is told with its stream and group, wherever these stand", async () => {
  const server = await start();
  server.run(...["a", "b"].map((key) => ["XGROUP", "CREATE", key, "group", "0", "MKSTREAM"]));
  const replica = await follower(server);
  for (const options of ["", "COUNT 1 ", "NOACK ", "COUNT 1 NOACK "]) {
    for (const keys of ["a", "a b"]) {
      const consumer = `me-${options.replaceAll(" ", "")}-${keys.length}`;
      const words = `${options}STREAMS ${keys} ${keys.replace(/\w/g, ">")}`.split(" ");
      server.run(["XREADGROUP", "GROUP", "group", consumer, ...words]);
      const requests = replica.takeAll().split(/\r\n/).join(" ");
      const told = [...requests.matchAll(/CREATECONSUMER \S+ (\S+) \S+ (\S+) \S+ (\S+)/g)];
      const expected = keys.split(" ").map((key) => [key, "group", consumer]);
      assertEquals(told.map(([, ...words]) => words), expected, words.join(" "));
    }
  }
});

Deno.test("a replica is named where it says that it can be reached; ROLE and INFO tell how far it is", async () => {
  const server = await start({ "repl-ping-replica-period": "1000" });
  const replica = new FakeReplica(server.server);
  replica.send("REPLCONF listening-port 6390 ip-address replica.example", "PSYNC ? -1");
  await passTime(server, 0.1);
  replica.takeAll();
  server.run(["SET", "a", "1"]);
  replica.send(`REPLCONF ACK ${replica.takeAll().length}`);
  await passTime(server, 2);
  assertEquals(
    info(server, "slave0"),
    "ip=replica.example,port=6390,state=online,offset=50,lag=2",
  );
  const [reply] = server.run(["ROLE"]);
  assertEquals(reply.elements[2].elements[0].elements.map(({ text }) => text), [
    ...["replica.example", "6390", "50"],
  ]);
  assertMatch(server.ask("CLIENT", "LIST", "TYPE", "replica")!, /flags=S /);
  assertEquals(server.ask("CLIENT", "KILL", "TYPE", "replica"), "1");
  assertEquals(info(server, "connected_slaves"), "0");
});

Deno.test("WAIT ends when enough replicas have acknowledged the client's changes", async () => {
  const server = await start({ "repl-ping-replica-period": "1000" });
  const replica = await follower(server);
  assertEquals(server.ask("WAIT", "1", "0"), "1");
  server.run(["SET", "a", "1"]);
  const stream = replica.takeAll();
  const { offset } = server.server.replication.history;
  assertEquals(server.run(["WAIT", "1", "500"]).length, 0);
  assertStringIncludes(stream, "SET");
  assertMatch(replica.takeAll(), /^\*3\r\n\$8\r\nREPLCONF\r\n\$6\r\nGETACK\r\n\$1\r\n\*\r\n$/);
  replica.send(`REPLCONF ACK ${offset - 1}`);
  assertEquals(server.run().length, 0);
  replica.send(`REPLCONF ACK ${offset}`);
  assertEquals(server.run().map(({ text }) => text), ["1"]);
  assertEquals(server.ask("WAIT", "1", "0"), "1");
  assertEquals(server.run(["WAIT", "2", "500"]).length, 0);
  await passTime(server, 0.6);
  assertEquals(server.run().map(({ text }) => text), ["1"]);
});

Deno.test("waits that end at their deadline are forgotten, though no replica ever says anything", async () => {
  const server = await start();
  for (let i = 0; i < 50; i++) {
    server.run(["WAIT", "1", "10"]);
    await passTime(server, 0.05);
  }
  await passTime(server, 1);
  assertEquals(server.server.replication.waits.size, 0);
});

Deno.test("WAITAOF counts replicas that have the client's changes safe on disk", async () => {
  const server = await start({ "repl-ping-replica-period": "1000" });
  const replica = await follower(server);
  server.run(["SET", "a", "1"]);
  const { offset } = server.server.replication.history;
  replica.send(`REPLCONF ACK ${offset}`);
  assertEquals(server.ask("WAIT", "1", "0"), "1");
  assertEquals(server.run(["WAITAOF", "0", "1", "0"]).length, 0);
  replica.send(`REPLCONF ACK ${offset} FACK ${offset}`);
  assertEquals(server.run()[0].elements.map(({ text }) => text), ["0", "1"]);
});

Deno.test("min-replicas-to-write refuses changes unless so many replicas have told that they are there", async () => {
  const server = await start({ "min-replicas-to-write": "1", "min-replicas-max-lag": "3" });
  assertMatch(server.ask("SET", "a", "1")!, /^NOREPLICAS/);
  const replica = await follower(server);
  assertEquals(server.ask("SET", "a", "1"), "OK");
  assertEquals(info(server, "min_slaves_good_slaves"), "1");
  await passTime(server, 5);
  assertMatch(server.ask("SET", "a", "1")!, /^NOREPLICAS/);
  replica.send("REPLCONF ACK 1");
  assertEquals(server.ask("SET", "a", "1"), "OK");
  replica.session.close();
  assertMatch(server.ask("SET", "a", "1")!, /^NOREPLICAS/);
});

Deno.test("a replica that says nothing for repl-timeout is disconnected, and gets PINGs until then", async () => {
  const server = await start({ "repl-timeout": "5", "repl-ping-replica-period": "2" });
  const [silent, lively] = [await follower(server), await follower(server)];
  silent.takeAll();
  for (let i = 0; i < 4; i++) {
    await passTime(server, 2);
    lively.send("REPLCONF ACK 1");
  }
  assertEquals(silent.isClosed, true);
  assertEquals(lively.isClosed, false);
  assert(lively.received.split("PING").length > 3);
});

Deno.test("a replica whose request has a reply is disconnected", async () => {
  const server = await start();
  const replica = await follower(server);
  replica.send("PING");
  assertEquals(replica.isClosed, true);
  assertStringIncludes(server.log.join("\n"), "Replica generated a reply to command 'ping'");
});

Deno.test("FLUSHALL and the end of all replicas give up a snapshot, and the next one is whole", async () => {
  const server = await start({ "repl-diskless-sync-delay": "0", "rdb-key-save-delay": "10000" });
  for (let i = 0; i < 200; i++) server.run(["SET", `k${i}`, "v"]);
  const one = new FakeReplica(server.server).send("REPLCONF capa eof", "PSYNC ? -1");
  await passTime(server, 0.3);
  assertStringIncludes(one.received, "EOF");
  one.session.close();
  assertEquals(server.server.persistence.isSaving, false);
  const two = new FakeReplica(server.server).send("REPLCONF capa eof", "PSYNC ? -1");
  await passTime(server, 0.3);
  server.run(["FLUSHALL"], ["SET", "a", "1"]);
  assertEquals(two.isClosed, true);
  const three = new FakeReplica(server.server).send("REPLCONF capa eof", "PSYNC ? -1");
  await passTime(server, 1);
  three.line();
  three.line();
  assertEquals(await digestOf(three.snapshot(), ""), server.digest());
});

Deno.test("a filtered snapshot holds functions only, and a replica that wants only a snapshot is closed behind it", async () => {
  const server = await start({ "repl-diskless-sync-delay": "0" });
  server.run(["SET", "a", "1"]);
  server.run([
    "FUNCTION",
    "LOAD",
    "#!lua name=f\nredis.register_function('f', function() return 1 end)",
  ]);
  const replica = new FakeReplica(server.server);
  replica.send("REPLCONF capa eof rdb-only 1 rdb-filter-only functions", "PSYNC ? -1");
  await passTime(server, 1);
  replica.line();
  replica.line();
  const copy = await start();
  readRdbFile(copy.server.keyspace, replica.snapshot(), copy.server.functions);
  assertEquals(copy.ask("DBSIZE"), "0");
  assertEquals(copy.server.functions.libraries.size, 1);
  assertEquals(replica.isClosed, true);
  const unable = new FakeReplica(server.server);
  unable.send("REPLCONF rdb-filter-only functions", "PSYNC ? -1");
  assertEquals(unable.takeAll(), "+OK\r\n-ERR Filtered replica requires EOF capability\r\n");
});

Deno.test("REPLCONF says what it does not understand", async () => {
  const server = await start();
  assertEquals(
    server.run(
      ["REPLCONF", "capa"],
      ["REPLCONF", "nosuch", "1"],
      ["REPLCONF", "rdb-only", "2"],
      ["REPLCONF", "listening-port", "x"],
      ["REPLCONF", "ip-address", "a".repeat(256)],
      ["REPLCONF", "rdb-filter-only", "keys"],
      ["REPLCONF", "capa", "whatever"],
    ).map(({ text }) => text),
    [
      "ERR syntax error",
      "ERR Unrecognized REPLCONF option: nosuch",
      "ERR value is out of range, value must between 0 and 1",
      "ERR value is not an integer or out of range",
      "ERR REPLCONF ip-address provided by replica instance is too long: 256 bytes",
      "ERR Unsupported rdb-filter-only option: keys",
      "OK",
    ],
  );
  assertEquals(server.run(["REPLCONF", "ACK", "1"], ["REPLCONF", "GETACK", "*"]), []);
});

Deno.test("PUBLISH, and what a script wants only replicas to have, goes to replicas and not to the append-only file", async () => {
  const host = new MemoryHost();
  const server = await start({ appendonly: "yes", appendfsync: "no" }, host);
  const replica = await follower(server);
  replica.takeAll();
  server.run(["PUBLISH", "channel", "lonely"]);
  server.run(["MULTI"], ["SET", "a", "1"], ["PUBLISH", "channel", "together"], ["EXEC"]);
  server.run(["SPUBLISH", "shard", "message"]);
  const script = (repl: string) => `redis.set_repl(redis.${repl}) redis.call("SET", "${repl}", 1)`;
  for (const repl of ["REPL_AOF", "REPL_REPLICA", "REPL_NONE", "REPL_ALL"]) {
    server.run(["EVAL", script(repl), "0"]);
  }
  server.session.endRound();
  const stream = replica.takeAll();
  const file = new TextDecoder().decode(host.readFile("appendonlydir/appendonly.aof.1.incr.aof"));
  const seen = (text: string) =>
    ["lonely", "together", "SPUBLISH", "REPL_AOF", "REPL_REPLICA", "REPL_NONE", "REPL_ALL"]
      .filter((word) => text.includes(word));
  assertEquals(seen(stream), ["lonely", "together", "SPUBLISH", "REPL_REPLICA", "REPL_ALL"]);
  assertEquals(seen(file), ["REPL_AOF", "REPL_ALL"]);
});

Deno.test("CLIENT PAUSE does not keep a replica from telling how far it is", async () => {
  const server = await start({ "repl-timeout": "5" });
  const replica = await follower(server);
  server.run(["CLIENT", "PAUSE", "100000", "ALL"]);
  for (let i = 0; i < 4; i++) {
    await passTime(server, 2);
    replica.send("REPLCONF ACK 1");
  }
  assertEquals(replica.isClosed, false);
});

Deno.test("SHUTDOWN waits for replicas that lack something, holds writes up meanwhile, and can be taken back", async () => {
  const server = await start({ "shutdown-timeout": "10" });
  let hasEnded = false;
  server.server.stopRequested.then(() => hasEnded = true);
  const replica = await follower(server);
  const { history } = server.server.replication;
  server.run(["SET", "a", "1"]);
  replica.takeAll();
  const other = new FakeReplica(server.server);
  assertEquals(server.run(["SHUTDOWN"]), []);
  assertStringIncludes(replica.takeAll(), "GETACK");
  other.send("SET b 1");
  assertEquals(other.received, "");
  other.session.close();
  const third = new FakeReplica(server.server).send("SHUTDOWN ABORT");
  assertEquals(third.line(), "+OK");
  assertMatch(server.run()[0].text!, /^ERR Errors trying to SHUTDOWN/);
  third.send("SET b 1");
  assertEquals(third.line(), "+OK");

  assertEquals(server.run(["SHUTDOWN"]), []);
  await passTime(server, 1);
  assertEquals(hasEnded, false);
  replica.send(`REPLCONF ACK ${history.offset}`);
  await passTime(server, 0.2);
  assertEquals(hasEnded, true);
  assertStringIncludes(server.log.join(""), "1 of 1 replicas are in sync when shutting down.");
});

Deno.test("a signal waits for replicas too, but no longer than shutdown-timeout, and not at all with NOW", async () => {
  for (const now of [false, true]) {
    const server = await start({ "shutdown-timeout": "3" });
    let hasEnded = false;
    server.server.stopRequested.then(() => hasEnded = true);
    await follower(server);
    server.run(["SET", "a", "1"]);
    if (now) server.run(["SHUTDOWN", "NOW"]);
    else server.server.ending.signalled("SIGTERM");
    await passTime(server, 2);
    assertEquals(hasEnded, now);
    await passTime(server, 1.5);
    assertEquals(hasEnded, true);
    assertMatch(server.log.join(""), /Lagging replica .* reported offset \d+ behind master/);
  }
});

Deno.test("memory in use includes the backlog, and what is kept for a replica that is behind does not count towards maxmemory", async () => {
  const server = await start({ "repl-backlog-size": "16kb" });
  const before = server.server.memory.usedBytes;
  const replica = await follower(server);
  server.run(["SET", "k", "x".repeat(10_000)]);
  const backlogBytes = Number(info(server, "mem_replication_backlog"));
  assert(backlogBytes >= 10_000 && backlogBytes <= 16384);
  assert(server.server.memory.usedBytes - before > 2 * 10_000);
  assertEquals(info(server, "mem_clients_slaves"), "0");
  // It has a snapshot, and has not said that it is ready for the stream.
  const state = replica.session.client.replica!;
  state.waitsForAck = true;
  for (let i = 0; i < 20; i++) server.run(["SET", "k", "y".repeat(10_000)]);
  assert(Number(info(server, "mem_clients_slaves")) > 150_000);
  assert(server.server.memory.uncountedBytes > 150_000);
  replica.session.close();
  assert(Number(info(server, "mem_clients_slaves")) < 16384);
  assert(server.server.memory.uncountedBytes < 16384);
});

Deno.test("after DEBUG CHANGE-REPL-ID no replica can go on from where it was", async () => {
  const server = await start();
  const replica = await follower(server);
  const { id, offset } = server.server.replication.history;
  replica.session.close();
  assertEquals(server.ask("DEBUG", "CHANGE-REPL-ID"), "OK");
  const again = new FakeReplica(server.server).send(
    "REPLCONF capa psync2",
    `PSYNC ${id} ${offset}`,
  );
  assertEquals(again.line(), "+OK");
  assertMatch(again.line(), /^\+FULLRESYNC /);
  assert(server.server.replication.history.id !== id);
});

Deno.test("WAITAOF ends with an error when the append-only file is turned off meanwhile", async () => {
  const server = await start({ appendonly: "yes" });
  await follower(server);
  server.run(["SET", "a", "1"]);
  assertEquals(server.run(["WAITAOF", "1", "1", "0"]).length, 0);
  const other = new FakeReplica(server.server).send("CONFIG SET appendonly no");
  assertEquals(other.line(), "+OK");
  assertMatch(server.run()[0].text!, /^ERR WAITAOF cannot be used when numlocal is set but/);
});

Deno.test("a replica for which too much waits is disconnected, but not for less than the backlog holds", async () => {
  for (const [backlog, isCut] of [["16kb", true], ["1mb", false]] as const) {
    const server = await start({
      "repl-backlog-size": backlog,
      "client-output-buffer-limit": "replica 20kb 0 0",
      "repl-diskless-sync-delay": "0",
    });
    const replica = new FakeReplica(server.server).send("REPLCONF capa eof", "PSYNC ? -1");
    await passTime(server, 1);
    // It has its snapshot and does not say so; what comes meanwhile waits for it.
    for (let i = 0; i < 30; i++) server.run(["SET", "k", "x".repeat(1000)]);
    assertEquals(replica.isClosed, isCut, backlog);
    const cuts = server.log.filter((line) => line.includes("overcoming of output buffer limits"));
    assertEquals(cuts.length, isCut ? 1 : 0);
  }
});
