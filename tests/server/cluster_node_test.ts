/** A server that is the node of a cluster: its keys by slot, its file, and the table of slots that it may be given. */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { startServer } from "../../src/mod.ts";
import { keySlot } from "../../src/keyspace/key_slot.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { Chance } from "../support/property.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";

const NODE = { "cluster-enabled": "yes" };
const FILE = "nodes.conf";

function slotOf(key: string): number {
  const bytes = fromLatin1(key);
  return keySlot(bytes, 0, bytes.length);
}

function file(host: MemoryHost, text: string): void {
  host.replaceFile(FILE, fromLatin1(text));
}

function fileText(host: MemoryHost): string {
  return new TextDecoder().decode(host.readFile(FILE));
}

function errorOf(server: LocalServer, ...words: string[]): string {
  const [reply] = server.run(words);
  return reply.type === "-" ? reply.text! : `no error but ${reply.type}${reply.text}`;
}

/** Compares the index of slots with all keys. */
function checkSlots(server: LocalServer, context: string): void {
  const { databases: [database], entries } = server.server.keyspace;
  // KEYS would leave out expired keys, which count until they are deleted.
  const keys: string[] = [];
  database.scan(0, Infinity, (entry) => {
    const { bytes, start, length } = entries.key(entry);
    keys.push(latin1(bytes, start, length));
  });
  const model = Map.groupBy(keys, slotOf);
  let total = 0;
  for (const [slot, keys] of model) {
    const found = server.run(["CLUSTER", "GETKEYSINSLOT", `${slot}`, "1000"])[0].elements;
    const present = found.map(({ text }) => text!).sort();
    assertEquals(present, keys.sort(), `${context}, slot ${slot}`);
    assertEquals(server.ask("CLUSTER", "COUNTKEYSINSLOT", `${slot}`), String(keys.length));
    total += keys.length;
  }
  assertEquals(server.ask("DBSIZE"), String(total), context);
  let indexed = 0;
  for (let slot = 0; slot < 16384; slot++) indexed += database.slots!.count(slot);
  assertEquals(indexed, total, context);
  assertMatch(server.ask("DEBUG", "ARENA")!, /^blocks/, context);
}

/** Brings some of the keys of random requests into one slot. */
function intoSlots(words: readonly string[]): string[] {
  return words.map((word) => word.replace(/^key:(\d+)$/, (key, n) => `{${Number(n) % 3}}${key}`));
}

Deno.test("the keys of slots are known whatever happens to keys", async () => {
  for (let round = 0; round < 12 * effort; round++) {
    const chance = new Chance(round, 0);
    const host = new MemoryHost();
    const directives = {
      ...NODE,
      appendonly: round % 3 === 0 ? "yes" : "no",
      save: round % 3 === 1 ? "3600 1" : "",
      ...(round % 4 === 0 ? { maxmemory: "3mb", "maxmemory-policy": "allkeys-lru" } : {}),
    };
    let server = await new LocalServer(host, directives).start();
    for (let step = 0; step < 150; step++) {
      server.run(...randomUnit(chance).map(intoSlots));
      if (chance.oneIn(4)) server.run(["PEXPIRE", `{1}key:${chance.below(12)}`, "50"]);
      if (chance.oneIn(6)) server.clock.advance({ milliseconds: chance.below(80) });
      if (chance.oneIn(9)) server.run(["SET", `big:${chance.below(40)}`, "x".repeat(90_000)]);
      if (chance.oneIn(70)) server.run([chance.oneIn(2) ? "FLUSHALL" : "FLUSHDB", "ASYNC"]);
      if (chance.oneIn(60)) server.run(["DEBUG", "RELOAD"]);
      if (!chance.oneIn(30)) continue;
      checkSlots(server, `round ${round}, step ${step}`);
    }
    // Loading leaves out what has expired, and so must the digest.
    for (let i = 0; i < 12; i++) server.run(["EXISTS", `{1}key:${i}`]);
    if (round % 3 === 1) server.run(["SAVE"]);
    await settle();
    const before = server.digest();
    server.server.stop();
    if (round % 3 === 2) continue;
    server = await new LocalServer(host, directives, server.clock).start();
    assertEquals(server.digest(), before);
    checkSlots(server, `round ${round}, loaded`);
    server.server.stop();
  }
});

Deno.test("a slot with many keys gives as many as are asked for", () => {
  const server = new LocalServer(new MemoryHost(), NODE);
  for (let i = 0; i < 5000; i++) server.run(["SET", `{one}${i}`, "x"]);
  const slot = String(slotOf("one"));
  assertEquals(server.ask("CLUSTER", "COUNTKEYSINSLOT", slot), "5000");
  for (const count of [0, 1, 99, 4999, 5000, 6000]) {
    const found = server.run(["CLUSTER", "GETKEYSINSLOT", slot, String(count)])[0].elements;
    assertEquals(new Set(found.map(({ text }) => text)).size, Math.min(count, 5000));
  }
});

Deno.test("a server that is no node of a cluster keeps no keys by slot", () => {
  const server = new LocalServer(new MemoryHost(), {});
  assertEquals(server.server.keyspace.databases[0].slots, undefined);
  assertEquals(
    errorOf(server, "CLUSTER", "HELP"),
    "ERR This instance has cluster support disabled",
  );
});

Deno.test("a node that nobody has told of slots serves all of them", () => {
  const server = new LocalServer(new MemoryHost(), NODE);
  assertStringIncludes(server.ask("CLUSTER", "INFO")!, "cluster_state:ok\r\n");
  assertEquals(server.ask("SET", "a", "1"), "OK");
  assertMatch(
    server.ask("CLUSTER", "NODES")!,
    / 127\.0\.0\.1:6379@16379 myself,master .* 0-16383\n/,
  );
});

Deno.test("INFO, HELLO and CLIENT INFO tell that the server is a node", () => {
  const server = new LocalServer(new MemoryHost(), NODE);
  assertStringIncludes(server.ask("INFO", "server")!, "redis_mode:cluster\r\n");
  assertStringIncludes(server.ask("INFO", "cluster")!, "cluster_enabled:1\r\n");
  const facts = server.run(["HELLO"])[0].elements.map(({ text }) => text);
  assertEquals(facts[facts.indexOf("mode") + 1], "cluster");
  assertStringIncludes(server.run(["READONLY"], ["CLIENT", "INFO"])[1].text!, " flags=r ");
  assertStringIncludes(server.run(["READWRITE"], ["CLIENT", "INFO"])[1].text!, " flags=N ");
  assertStringIncludes(
    server.run(["READONLY"], ["RESET"], ["CLIENT", "INFO"])[2].text!,
    " flags=N ",
  );
});

Deno.test("a cluster that goes down ends the waits of clients", async () => {
  const server = new LocalServer(new MemoryHost(), NODE);
  const session = server.server.session();
  let error = "";
  session.call("BLPOP", "a", 0).catch((reason) => error = reason.message);
  server.run(["CLUSTER", "DELSLOTS", "1"]);
  await settle();
  assertEquals(error, "CLUSTERDOWN The cluster is down");
});

Deno.test("the first ADDSLOTS says which slots a node serves, and loses no key", () => {
  const server = new LocalServer(new MemoryHost(), NODE);
  server.run(["SET", "a", "1"]);
  assertEquals(errorOf(server, "CLUSTER", "ADDSLOTS", "5", "5").slice(0, 10), "ERR Slot 5");
  assertStringIncludes(server.ask("CLUSTER", "INFO")!, "slots_assigned:16384");
  assertEquals(server.ask("CLUSTER", "ADDSLOTSRANGE", "0", "100"), "OK");
  assertStringIncludes(server.ask("CLUSTER", "INFO")!, "slots_assigned:102");
  assertEquals(errorOf(server, "GET", "b"), "CLUSTERDOWN Hash slot not served");
  assertEquals(errorOf(server, "GET", "a"), "CLUSTERDOWN The cluster is down");
  assertEquals(errorOf(server, "CLUSTER", "ADDSLOTS", "5"), "ERR Slot 5 is already busy");
  server.run(["CLUSTER", "ADDSLOTSRANGE", "101", `${slotOf("a") - 1}`]);
  server.run(["CLUSTER", "ADDSLOTSRANGE", `${slotOf("a") + 1}`, "16383"]);
  assertEquals(server.ask("GET", "a"), "1");
});

Deno.test("a node comes back as who it was, with its slots and epochs", async () => {
  const host = new MemoryHost();
  const first = await new LocalServer(host, NODE).start();
  const [id, shard] = [first.ask("CLUSTER", "MYID"), first.ask("CLUSTER", "MYSHARDID")];
  first.run(["CLUSTER", "DELSLOTSRANGE", "7", "9"], ["CLUSTER", "BUMPEPOCH"]);
  const nodes = first.ask("CLUSTER", "NODES");
  first.server.stop();
  const second = await new LocalServer(host, NODE).start();
  assertEquals(second.ask("CLUSTER", "MYID"), id);
  assertEquals(second.ask("CLUSTER", "MYSHARDID"), shard);
  assertEquals(second.ask("CLUSTER", "NODES"), nodes);
  assertStringIncludes(second.ask("CLUSTER", "INFO")!, "cluster_current_epoch:1\r\n");
  second.run(["CLUSTER", "RESET", "HARD"]);
  assert(second.ask("CLUSTER", "MYID") !== id);
  assertStringIncludes(fileText(host), second.ask("CLUSTER", "MYID")!);
  second.server.stop();
});

const mayWrite = (await Deno.permissions.query({ name: "write" })).state === "granted";
Deno.test({
  name: `the file is in the server's directory${mayWrite ? "" : " (skipped: needs --allow-write)"}`,
  ignore: !mayWrite,
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      const ids: string[] = [];
      for (const _ of [1, 2]) {
        const config = { "cluster-enabled": true, port: 0, dir, "cluster-config-file": FILE };
        await using server = await startServer(config);
        ids.push(server.session().callNow("CLUSTER", "MYID") as string);
        assertStringIncludes(await Deno.readTextFile(`${dir}/${FILE}`), ids[0]);
      }
      assertEquals(ids[0], ids[1]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("what is acknowledged is in the file", () => {
  const host = new MemoryHost();
  const server = new LocalServer(host, NODE);
  server.run(["CLUSTER", "DELSLOTS", "5"]);
  assertMatch(fileText(host), / connected 0-4 6-16383\nvars currentEpoch 0 lastVoteEpoch 0\n$/);
  host.fault = () => {
    throw new Error("no space");
  };
  assertEquals(server.run(["CLUSTER", "ADDSLOTS", "5"]), []);
  assert(server.server.hasFailed);
  assertStringIncludes(server.log.join(""), "can't update cluster config file");
});

Deno.test("a file that makes no sense ends the start and stays as it is", () => {
  const id = "a".repeat(40);
  const good = `${id} 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-5\n`;
  const other = "b".repeat(40);
  for (
    const text of [
      "x\n",
      good.replace("myself,", ""),
      good.replace("0-5", "0-16384"),
      good.replace("0-5", "x"),
      good.replace("0-5", `[5->-${other}]`),
      good.replace(id, "short"),
      good.replace("myself,master", "myself,nosuch"),
      good.replace("@2", "@2,host,nosuch=1"),
      good.replace("0 1 connected", "0 x connected"),
      good.replace("127.0.0.1:1@2", "nowhere"),
      `${good}vars currentEpoch\n`,
      `${good}vars currentEpoch x\n`,
      `${good}"\n`,
      `${good.replace("master -", `slave ${other}`)}${other} h:1@2 master - 0 0 1 connected\n`,
    ]
  ) {
    const host = new MemoryHost();
    file(host, text);
    assertThrows(() => new LocalServer(host, NODE), Error, "corrupted cluster config file");
    assertEquals(fileText(host), text);
  }
});

Deno.test("a file of Redis 3, 6 and 7.2 is understood", () => {
  const [a, b] = ["a".repeat(40), "b".repeat(40)];
  for (
    const address of [
      "10.0.0.1:7000",
      "10.0.0.1:7000@17000",
      "10.0.0.1:7000@17000,",
      "10.0.0.1:7000@17000,,tls-port=0,shard-id=" + "c".repeat(40),
      `10.0.0.1:7000@17000,,shard-id=${"c".repeat(40)},nodename=bob,tls-port=0`,
    ]
  ) {
    const host = new MemoryHost();
    file(
      host,
      `\n${a} ${address} myself,master - 0 0 7 connected 0-99 101 [5->-${b}]\n` +
        `${b} 10.0.0.2:7000 master,fail? - 0 1 8 connected 102-16383\n` +
        "vars currentEpoch 3 lastVoteEpoch 2 nosuch 1\n",
    );
    const config = { ...NODE, "cluster-require-full-coverage": "no" };
    const server = new LocalServer(host, config);
    const nodes = server.ask("CLUSTER", "NODES")!;
    assertStringIncludes(
      nodes,
      `${a} 10.0.0.1:6379@16379 myself,master - 0 0 7 connected 0-99 101 [5->`,
    );
    assertStringIncludes(
      nodes,
      `${b} 10.0.0.2:7000@17000 master,fail? - 0 0 8 disconnected 102-16383`,
    );
    assertStringIncludes(server.ask("CLUSTER", "INFO")!, "cluster_current_epoch:8\r\n");
  }
});

Deno.test("keys that are loaded decide whose their slots are", async () => {
  const host = new MemoryHost();
  const config = { ...NODE, appendonly: "yes" };
  const first = await new LocalServer(host, config).start();
  first.run(["SET", "a", "1"], ["SET", "b", "1"]);
  const id = first.ask("CLUSTER", "MYID");
  first.server.stop();
  const other = "b".repeat(40);
  file(
    host,
    `${id} :6379@16379 myself,master - 0 0 0 connected 0-10\n` +
      `${other} 10.0.0.2:7000@17000 master - 0 0 0 connected ${slotOf("a")}\n`,
  );
  const second = await new LocalServer(host, config).start();
  assertMatch(
    second.ask("CLUSTER", "NODES")!,
    new RegExp(`connected 0-10 ${slotOf("b")} \\[${slotOf("a")}-<-${other}\\]`),
  );
  assertStringIncludes(second.log.join(""), `unassigned slot ${slotOf("b")}. Taking resp`);
  assertStringIncludes(second.log.join(""), "Setting it to importing state.");
  second.server.stop();
});

Deno.test("whose replica a node is the configuration does not say", () => {
  assertThrows(
    () => new LocalServer(new MemoryHost(), { ...NODE, replicaof: "127.0.0.1 6379" }),
    Error,
    "replicaof directive not allowed in cluster mode",
  );
});

const TABLE = { ...NODE, "cluster-config-file": "" };

Deno.test("nodes that are given the same table know each other", () => {
  const table = "10.0.0.1:6379 0-8191 10.0.0.2:6380 8192-16383";
  const config = (port: string) => ({ ...TABLE, port, "cluster-table": table });
  const first = new LocalServer(new MemoryHost(), config("6379"));
  const second = new LocalServer(new MemoryHost(), config("6380"));
  const lines = (server: LocalServer) =>
    server.ask("CLUSTER", "NODES")!.trim().split("\n").map((line) => {
      const [id, address, , , , , , , ...slots] = line.split(" ");
      return [id, address.replace(/@.*/, ""), ...slots].join(" ");
    }).sort();
  assertEquals(lines(first), lines(second));
  assertEquals(errorOf(first, "SET", "a", "1"), `MOVED ${slotOf("a")} 10.0.0.2:6380`);
  assertEquals(second.ask("SET", "a", "1"), "OK");
  assertEquals(errorOf(second, "SET", "b", "1"), `MOVED ${slotOf("b")} 10.0.0.1:6379`);
  const ids = [first, second].map((server) => server.ask("CLUSTER", "MYID"));
  assert(ids[0] !== ids[1]);
});

Deno.test("a table sends clients after keys that are on their way", () => {
  const [a, b] = [slotOf("a"), slotOf("b")];
  const table = `myself 0-8191 ${b}->10.0.0.2:6380 ${a}<-10.0.0.2:6380 10.0.0.2:6380 8192-16383`;
  const server = new LocalServer(new MemoryHost(), { ...TABLE, "cluster-table": table });
  assertEquals(errorOf(server, "GET", "b"), `ASK ${b} 10.0.0.2:6380`);
  assertEquals(errorOf(server, "GET", "a"), `MOVED ${a} 10.0.0.2:6380`);
  assertEquals(server.run(["ASKING"], ["SET", "a", "1"])[1].text, "OK");
});

Deno.test("a table can be changed while the server runs", () => {
  const server = new LocalServer(new MemoryHost(), TABLE);
  const id = server.ask("CLUSTER", "MYID");
  const give = (table: string) => server.run(["CONFIG", "SET", "cluster-table", table])[0].text!;
  assertEquals(give("myself 0-8191 10.0.0.2:1 8192-16383"), "OK");
  assertEquals(errorOf(server, "GET", "a"), `MOVED ${slotOf("a")} 10.0.0.2:1`);
  assertEquals(give("10.0.0.2:1 0-8191 myself 8192-16383"), "OK");
  assertEquals(errorOf(server, "GET", "b"), `MOVED ${slotOf("b")} 10.0.0.2:1`);
  assertEquals(server.ask("SET", "a", "1"), "OK");
  assertEquals(give("myself 0-16383"), "OK");
  assertMatch(server.ask("CLUSTER", "NODES")!, new RegExp(`^${id} [^\n]*\n$`));
});

Deno.test("a table that makes no sense changes nothing, and says why", () => {
  const server = new LocalServer(new MemoryHost(), TABLE);
  const before = server.ask("CLUSTER", "NODES");
  for (
    const [table, reason] of [
      ["0-5", "stands before the address"],
      ["myself 0-16384", "no slot 16384"],
      ["myself 5-4", "ends before it begins"],
      ["myself 0-5 h:1 5", "slot 5 has two nodes"],
      ["myself 1 myself 2", "stands twice"],
      ["nosuch 0-5", "is no address, slot or range"],
      ["h:1 0-5", "none of the addresses is that of this node"],
      ["a:6379 0-5 b:6379 6", "which of a:6379, b:6379 is this node"],
      ["myself 1->x", "'x' is no address"],
      ["h:0 1", "is no address"],
      ["h:65536 1", "is no address"],
    ]
  ) {
    assertStringIncludes(errorOf(server, "CONFIG", "SET", "cluster-table", table), reason);
    assertEquals(server.ask("CLUSTER", "NODES"), before, table);
    assertThrows(
      () => new LocalServer(new MemoryHost(), { ...TABLE, "cluster-table": table }),
      Error,
      reason,
    );
  }
});

Deno.test("a table counts as long as there is no file of nodes", () => {
  const host = new MemoryHost();
  const config = { ...NODE, "cluster-table": "myself 0-8191 10.0.0.2:1 8192-16383" };
  const first = new LocalServer(host, config);
  first.run([
    "CLUSTER",
    "SETSLOT",
    "0",
    "NODE",
    first.ask("CLUSTER", "NODES")!.slice(-200).match(/([0-9a-f]{40}) 10\./)![1],
  ]);
  const second = new LocalServer(host, config);
  assertStringIncludes(second.log.join(""), "'cluster-table' has no effect");
  assertStringIncludes(
    second.ask("CLUSTER", "NODES")!,
    "10.0.0.2:1@0 master - 0 0 0 disconnected 0 8192-16383",
  );
});
