/** The append-only file: damage, faults of the disk, switching it on and off. In memory. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { LoadError } from "../../src/persistence/data_loader.ts";
import { holdsUnitAt } from "../../src/persistence/torn_tail.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost, type Operation } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";

const FOLDER = "appendonlydir";
const MANIFEST = `${FOLDER}/appendonly.aof.manifest`;
const INCREMENT = `${FOLDER}/appendonly.aof.1.incr.aof`;
const ON = { appendonly: "yes", appendfsync: "always" };

const start = (host: MemoryHost, directives: Readonly<Record<string, string>> = ON) =>
  new LocalServer(host, directives).start();

/** A server that has written some random units, and its data's signature after each. */
async function writeSome(units: number, seed: number) {
  const host = new MemoryHost();
  const server = await start(host);
  const random = new SeededRandom(seed);
  const digests = [server.digest()];
  for (let i = 0; i < units; i++) {
    server.run(...randomUnit(random));
    digests.push(server.digest());
  }
  return { host, server, digests };
}

/** Lets time pass for what goes on in the background to end. */
async function waitFor({ clock, server }: LocalServer): Promise<void> {
  for (let i = 0; i < 200 && server.persistence.isBusy; i++) {
    clock.advance({ milliseconds: 5 });
    await settle();
  }
  assert(!server.persistence.isBusy);
}

Deno.test("a file that ends anywhere is loaded up to the last whole unit", async () => {
  const { host, digests } = await writeSome(25, 1);
  const whole = host.readFile(INCREMENT);
  let state = digests.length;
  for (let length = whole.length; length >= 0; length--) {
    const files = host.files.set(INCREMENT, whole.slice(0, length));
    const server = await start(new MemoryHost(files));
    const found = digests.lastIndexOf(server.digest(), state);
    assert(found >= 0, `cut at ${length}`);
    state = found;
  }
  assertEquals(digests[state], digests[0]);
});

Deno.test("a file that ends within a request is refused if it must be whole", async () => {
  const { host } = await writeSome(5, 2);
  const whole = host.readFile(INCREMENT);
  const files = host.files.set(INCREMENT, whole.slice(0, -1));
  const damaged = new MemoryHost(files);
  const strict = { ...ON, "aof-load-truncated": "no" };
  await assertRejects(() => start(damaged, strict), LoadError, "Unexpected end of file");
  assertEquals(damaged.readFile(INCREMENT), whole.slice(0, -1));
});

/** The file of a server that has set three keys, and where the request of each ends. */
async function threeKeys() {
  const host = new MemoryHost();
  const server = await start(host);
  const ends: number[] = [];
  for (const key of ["one", "two", "three"]) {
    server.run(["SET", key, "value"]);
    ends.push(host.readFile(INCREMENT).length);
  }
  return { files: host.files, whole: host.readFile(INCREMENT), ends };
}

Deno.test("what is cut off a file is kept beside it, under a name that tells where it stood", async () => {
  const { files, whole, ends } = await threeKeys();
  const host = new MemoryHost(files.set(INCREMENT, whole.slice(0, -3)));
  const server = await start(host);
  assertEquals(server.ask("DBSIZE"), "2");
  assertEquals(host.readFile(INCREMENT), whole.slice(0, ends[1]));
  const copy = `${INCREMENT}.cut-at-${ends[1]}`;
  assertEquals(host.readFile(copy), whole.slice(ends[1], -3));
  assert(server.log.some((line) => line.includes(`Keeping what is cut off in ${copy}`)));
  // Safe on disk before the file is cut.
  assertEquals(host.afterPowerLoss(new SeededRandom(1)).readFile(copy), host.readFile(copy));
  // The next crash at the same place takes nothing from the first copy.
  const again = new MemoryHost(host.files.set(INCREMENT, whole.slice(0, -1)));
  await start(again);
  assertEquals(again.readFile(copy), whole.slice(ends[1], -3));
  assertEquals(again.readFile(`${copy}.2`), whole.slice(ends[1], -1));
});

Deno.test("requests that a damaged length has swallowed are kept beside the file", async () => {
  const { files, whole, ends } = await threeKeys();
  const damaged = fromLatin1(latin1(whole, 0, whole.length).replace("$3\r\ntwo", "$9999\r\ntwo"));
  const host = new MemoryHost(files.set(INCREMENT, damaged));
  await start(host);
  assertEquals(host.readFile(`${INCREMENT}.cut-at-${ends[0]}`), damaged.slice(ends[0]));
});

Deno.test("a file is not cut if what is cut off cannot be kept", async () => {
  const { files, whole } = await threeKeys();
  const host = new MemoryHost(files.set(INCREMENT, whole.slice(0, -3)));
  host.fault = (operation, path) => {
    if (operation === "write" && path.includes("cut-at")) {
      throw new Error("No space left on device");
    }
  };
  await assertRejects(() => start(host), LoadError, "No space left on device");
  assertEquals(host.readFile(INCREMENT), whole.slice(0, -3));
});

Deno.test("a second look at a file's end sees whole requests and transactions, and only those", () => {
  const parts = ["*1\r\n$4\r\nPING\r\n", "#TS:17\r\n", "*1\r\n$5\r\nMULTI\r\n"];
  const queued = "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n";
  const exec = "*1\r\n$4\r\nEXEC\r\n";
  const text = parts.join("") + queued + exec;
  const [ping, , multi] = parts;
  const start = text.indexOf(multi);
  for (let length = 0; length <= text.length; length++) {
    const host = new MemoryHost(new Map([["file", fromLatin1(text.slice(0, length))]]));
    host.readLimit = () => 1 + length % 7;
    assertEquals(holdsUnitAt(host, "file", 0), length >= ping.length, `${length} bytes`);
    for (const offset of [ping.length, start]) {
      assertEquals(holdsUnitAt(host, "file", offset), length === text.length, `${length} bytes`);
    }
  }
});

Deno.test("a damaged file is refused or loaded, and never breaks anything", async () => {
  const { host } = await writeSome(40, 3);
  const random = new SeededRandom(4);
  const base = `${FOLDER}/appendonly.aof.1.base.rdb`;
  for (let round = 0; round < 1500 * effort; round++) {
    const path = [INCREMENT, INCREMENT, base, MANIFEST][random.below(4)];
    const bytes = host.readFile(path);
    for (let flips = 1 + random.below(3); flips > 0; flips--) {
      bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    }
    const server = new LocalServer(new MemoryHost(host.files.set(path, bytes)), ON);
    try {
      await server.start();
    } catch (error) {
      assert(error instanceof LoadError, String(error));
      continue;
    }
    assertEquals(server.run(["DEBUG", "ARENA"])[0].type, "$");
    assert(!server.log.some((line) => line.includes("Internal error")), server.log.join(""));
    server.server.stop();
  }
});

Deno.test("a rewrite leaves one base and one increment, with the same data", async () => {
  for (const preamble of ["yes", "no"]) {
    const host = new MemoryHost();
    const directives = { ...ON, "aof-use-rdb-preamble": preamble };
    const server = await start(host, directives);
    const random = new SeededRandom(5);
    for (let i = 0; i < 150; i++) server.run(...randomUnit(random));
    server.run(["SELECT", "0"], ["HSET", "fields", "a", "1", "b", "2"]);
    server.run(["HPEXPIREAT", "fields", "33000000000000", "FIELDS", "1", "a"]);
    server.run(["XADD", "s", "1-1", "f", "v"], ["XADD", "s", "2-1", "f", "v"]);
    server.run(["XGROUP", "CREATE", "s", "g", "0"]);
    server.run(["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">"]);
    server.run(["XADD", "emptied", "7-7", "f", "v"], ["XDEL", "emptied", "7-7"]);
    assertEquals(server.ask("BGREWRITEAOF"), "Background append only file rewriting started");
    assertMatch(server.ask("BGREWRITEAOF")!, /already in progress/);
    assertMatch(server.ask("BGSAVE")!, /Another child process is active \(AOF\?\)/);
    for (let i = 0; i < 30; i++) server.run(...randomUnit(random));
    await waitFor(server);
    assertMatch(server.ask("INFO", "persistence")!, /aof_last_bgrewrite_status:ok/);
    const suffix = preamble === "yes" ? "rdb" : "aof";
    assertEquals([...host.files.keys()].sort(), [
      `${FOLDER}/appendonly.aof.2.base.${suffix}`,
      `${FOLDER}/appendonly.aof.2.incr.aof`,
      MANIFEST,
    ]);
    const again = await start(host.afterKill(), directives);
    assertEquals(again.digest(), server.digest());
    server.run(["SELECT", "0"]);
    for (
      const question of [
        "XINFO STREAM emptied",
        "XPENDING s g - + 10",
        "XINFO GROUPS s",
        "HPEXPIRETIME fields FIELDS 1 a",
      ]
    ) {
      const words = question.split(" ");
      // Times of delivery count from now.
      assertEquals(
        JSON.stringify(again.run(words)).replace(/"text":"\d{4,}"/g, ""),
        JSON.stringify(server.run(words)).replace(/"text":"\d{4,}"/g, ""),
      );
    }
  }
});

Deno.test("the file is rewritten by itself when it has grown enough", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, "auto-aof-rewrite-min-size": "1kb" });
  for (let i = 0; i < 100; i++) server.run(["SET", "same", `${i}`.repeat(20)]);
  server.clock.advance({ milliseconds: 200 });
  assertMatch(server.log.join(""), /Starting automatic rewriting of AOF on \d+% growth/);
  await waitFor(server);
  const { bytes } = server.server.persistence.aof;
  assert(bytes < 1024, `${bytes} bytes`);
});

Deno.test("it can be switched on and off while the server runs", async () => {
  const host = new MemoryHost();
  const server = await start(host, { appendfsync: "always" });
  server.run(["SET", "before", "1"]);
  assertEquals(host.files.size, 0);
  assertEquals(server.ask("CONFIG", "SET", "appendonly", "yes"), "OK");
  server.run(["SET", "meanwhile", "1"]);
  await waitFor(server);
  server.run(["SET", "after", "1"]);
  const digest = server.digest();
  assertEquals((await start(host.afterKill())).digest(), digest);
  assertEquals(server.ask("CONFIG", "SET", "appendonly", "no"), "OK");
  server.run(["SET", "unseen", "1"]);
  assertEquals((await start(host.afterKill())).digest(), digest);
  // And on again: what was not written meanwhile must be there, what was must not come back.
  server.run(["DEL", "before"]);
  assertEquals(server.ask("CONFIG", "SET", "appendonly", "yes"), "OK");
  await waitFor(server);
  assertEquals((await start(host.afterKill())).digest(), server.digest());
});

Deno.test("switched on while a BGSAVE runs, it begins behind it", async () => {
  const host = new MemoryHost();
  const server = await start(host, { appendfsync: "always" });
  server.run(["SET", "k", "v"]);
  server.ask("BGSAVE");
  assertEquals(server.ask("CONFIG", "SET", "appendonly", "yes"), "OK");
  await waitFor(server);
  server.clock.advance({ milliseconds: 200 });
  await waitFor(server);
  assertEquals((await start(host.afterKill())).digest(), server.digest());
});

/** Lets operations on the increment fail while `isOn`. */
function failing(host: MemoryHost, operation: Operation, reason: string) {
  const state = { isOn: false };
  host.fault = (done, path) => {
    if (state.isOn && done === operation && path === INCREMENT) throw new Error(reason);
  };
  return state;
}

Deno.test("switching it on where the rewrite cannot begin changes nothing, and nobody reads the stream", async () => {
  const host = new MemoryHost();
  const server = await start(host, {});
  host.fault = (_, path) => {
    if (path.includes("temp-rewriteaof-bg")) throw new Error("No space left on device");
  };
  assertMatch(server.ask("CONFIG", "SET", "appendonly", "yes")!, /Unable to turn on AOF/);
  assertEquals(server.server.propagation.isOn, false);
  assertEquals([...host.files.keys()], []);
  host.fault = () => {};
  assertEquals(server.ask("CONFIG", "SET", "appendonly", "yes"), "OK");
  await waitFor(server);
  server.run(["SET", "a", "1"]);
  assertEquals((await start(host.afterKill())).ask("GET", "a"), "1");
});

Deno.test("with a full disk writes are refused, until there is room again", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, appendfsync: "everysec" });
  server.run(["SET", "k", "1"]);
  await settle();
  const fault = failing(host, "write", "No space left on device");
  fault.isOn = true;
  // Redis acknowledges what it could not write with everysec: it is in memory, and will be written.
  server.run(["SET", "k", "2"]);
  const refused = server.run(["SET", "k", "3"], ["PING"], ["GET", "k"]);
  assertMatch(refused[0].text!, /^MISCONF Errors writing to the AOF file: No space left on device/);
  assertMatch(refused[1].text!, /^MISCONF/);
  assertEquals(refused[2].text, "2");
  assertMatch(server.ask("INFO", "persistence")!, /aof_last_write_status:err/);
  fault.isOn = false;
  server.clock.advance({ milliseconds: 100 });
  assertEquals(server.ask("SET", "k", "4"), "OK");
  assertMatch(server.log.join(""), /AOF write error looks solved/);
  assertEquals((await start(host.afterKill())).ask("GET", "k"), "4");
});

Deno.test("with always nothing is acknowledged that is not on disk: the server ends", async () => {
  for (const operation of ["write", "sync"] as const) {
    const host = new MemoryHost();
    const server = await start(host);
    server.run(["SET", "k", "1"]);
    failing(host, operation, "Input/output error").isOn = true;
    assertEquals(server.run(["SET", "k", "2"]), []);
    assert(server.server.hasFailed);
    assertMatch(server.log.join(""), /when the AOF fsync policy is 'always'.*Exiting/);
    const recovered = await start(host.afterPowerLoss(new SeededRandom(1)));
    assert(["1", "2"].includes(recovered.ask("GET", "k")!));
  }
});

Deno.test("what was written of a request is taken back", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, appendfsync: "no" });
  server.run(["SET", "k", "1"]);
  const before = host.readFile(INCREMENT);
  let left = 1;
  host.fault = (operation) => {
    if (operation !== "write") return;
    if (left-- > 0) return 5;
    throw new Error("No space left on device");
  };
  server.run(["SET", "k", "2"]);
  assertEquals(host.readFile(INCREMENT), before);
  // If even that fails, what follows goes on where the file ends.
  left = 1;
  host.fault = (operation) => {
    if (operation === "truncate") throw new Error("Input/output error");
    if (operation !== "write") return;
    if (left-- > 0) return 7;
    throw new Error("No space left on device");
  };
  server.clock.advance({ milliseconds: 100 });
  host.fault = () => {};
  server.clock.advance({ milliseconds: 100 });
  assertEquals(server.ask("SET", "other", "3"), "OK");
  assertEquals((await start(host.afterKill())).digest(), server.digest());
});

Deno.test("with always a part of a request is taken back before the server ends, and nothing follows it", async () => {
  for (const canCut of [true, false]) {
    const host = new MemoryHost();
    const server = await start(host);
    server.run(["SET", "k", "1"]);
    const before = host.readFile(INCREMENT);
    let left = 1;
    host.fault = (operation) => {
      if (operation === "truncate" && !canCut) throw new Error("Input/output error");
      if (operation !== "write") return;
      if (left-- > 0) return 7;
      throw new Error("No space left on device");
    };
    assertEquals(server.run(["SET", "k", "2"], ["SET", "other", "3"]), []);
    assert(server.server.hasFailed);
    // Stopping makes room: files that were being written are removed.
    host.fault = () => {};
    server.server.stop();
    if (canCut) assertEquals(host.readFile(INCREMENT), before);
    const recovered = await start(host.afterKill());
    assertEquals(recovered.ask("GET", "k"), "1");
    assertEquals(recovered.ask("DBSIZE"), "1");
  }
});

Deno.test("DEBUG LOADAOF is refused while the file lacks what memory holds", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, appendfsync: "no" });
  const disk = failing(host, "write", "No space left on device");
  disk.isOn = true;
  assertEquals(server.ask("SET", "k", "1"), "OK");
  assertMatch(server.ask("DEBUG", "LOADAOF")!, /Error trying to load the AOF files/);
  assertEquals(server.ask("GET", "k"), "1");
  disk.isOn = false;
  assertEquals(server.ask("DEBUG", "LOADAOF"), "OK");
  assertEquals(server.ask("GET", "k"), "1");
});

Deno.test("a write waits for a slow sync, two seconds at most", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, appendfsync: "everysec" });
  const { aof } = server.server.persistence;
  server.run(["SET", "k", "1"]);
  assert(aof.isSyncing);
  server.run(["SET", "k", "2"]);
  assert(aof.bufferedBytes > 0);
  server.clock.advance({ milliseconds: 1900 });
  assert(aof.bufferedBytes > 0);
  server.clock.advance({ milliseconds: 200 });
  assertEquals(aof.bufferedBytes, 0);
  assertMatch(server.ask("INFO", "persistence")!, /aof_delayed_fsync:1/);
  await settle();
});

Deno.test("a rewrite that fails leaves everything as it was", async () => {
  const { host, server } = await writeSome(30, 6);
  host.fault = (operation, path) => {
    if (operation === "write" && path.includes("rewriteaof")) throw new Error("Input/output error");
  };
  server.ask("BGREWRITEAOF");
  await waitFor(server);
  assertMatch(server.ask("INFO", "persistence")!, /aof_last_bgrewrite_status:err/);
  server.run(["SET", "after", "1"]);
  assert(![...host.files.keys()].some((path) => path.includes("temp-")));
  assertEquals((await start(host.afterKill())).digest(), server.digest());
});

Deno.test("manifests that make no sense are refused by name", async () => {
  const cases: [string, RegExp][] = [
    ["", /Found an empty AOF manifest/],
    ["file a seq 1 type b", /too long line/],
    ["file a seq 1 type b\n\n", /Invalid AOF manifest file format/],
    ["file a seq 1 type b\nfile b seq 2 type b\n", /Found duplicate base file information/],
    ["file a seq 2 type i\nfile b seq 2 type i\n", /Found a non-monotonic sequence number/],
    ["file a seq 1 type x\n", /Unknown AOF file type/],
    ["file a seq one type b\n", /Invalid AOF manifest file format/],
    ["file a seq 1\n", /Invalid AOF manifest file format/],
    ["file ../a seq 1 type b\n", /File can't be a path, just a filename/],
    [`file ${"a".repeat(1100)} seq 1 type b\n`, /too long line/],
    ["file missing.aof seq 1 type b\n", /missing\.aof .*No such file or directory/],
  ];
  for (const [text, reason] of cases) {
    const host = new MemoryHost(new Map([[MANIFEST, fromLatin1(text)]]));
    const error = await assertRejects(() => start(host), LoadError);
    assertMatch(error.message, reason);
    assertEquals(latin1(host.readFile(MANIFEST), 0, text.length), text);
  }
});

Deno.test("in a transaction BGSAVE and BGREWRITEAOF wait for its end", async () => {
  const host = new MemoryHost();
  const server = await start(host);
  const [, , , , replies] = server.run(
    ...[["MULTI"], ["SET", "half", "1"], ["BGREWRITEAOF"], ["INCR", "half"], ["EXEC"]],
  );
  assertEquals(replies.elements[1].text, "Background append only file rewriting scheduled");
  server.clock.advance({ milliseconds: 200 });
  await waitFor(server);
  assertMatch(server.ask("INFO", "persistence")!, /aof_rewrites:1\r/);
  assertEquals((await start(host.afterKill())).ask("GET", "half"), "2");
  server.run(["MULTI"], ["BGSAVE"], ["EXEC"]);
  assertEquals(server.ask("BGSAVE", "SCHEDULE"), "Background saving started");
});

Deno.test("a file from before there were manifests becomes the base", async () => {
  const old = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
  const host = new MemoryHost(new Map([["appendonly.aof", fromLatin1(old)]]));
  const server = await start(host);
  assertEquals(server.ask("GET", "k"), "v");
  server.run(["SET", "more", "1"]);
  assertEquals([...host.files.keys()].sort(), [
    `${FOLDER}/appendonly.aof`,
    `${FOLDER}/appendonly.aof.1.incr.aof`,
    MANIFEST,
  ]);
  assertEquals((await start(host.afterKill())).digest(), server.digest());
});

Deno.test("lines that are no requests are passed over, unknown commands are not", async () => {
  const host = new MemoryHost(
    new Map([["appendonly.aof", fromLatin1("#TS:1700000000\r\n*1\r\n$6\r\nNOSUCH\r\n")]]),
  );
  await assertRejects(() => start(host), LoadError, "Unknown command 'NOSUCH'");
  const other = "*2\r\n$6\r\nSELECT\r\n$2\r\n99\r\n";
  const beyond = new MemoryHost(new Map([["appendonly.aof", fromLatin1(other)]]));
  await assertRejects(() => start(beyond), LoadError, "has data of database 99");
});

Deno.test("fields whose time has come are propagated, and stay away after a load", async () => {
  const host = new MemoryHost();
  const server = await start(host);
  server.run(["HSET", "h", "a", "1", "b", "2", "c", "3"]);
  server.run(["HEXPIRE", "h", "10", "FIELDS", "1", "a"], ["HEXPIRE", "h", "0", "FIELDS", "1", "b"]);
  server.run(["HSETEX", "h", "EX", "20", "FIELDS", "1", "d", "4"]);
  server.run(["HGETEX", "h", "EX", "20", "FIELDS", "1", "c"]);
  server.run(["HGETDEL", "h", "FIELDS", "1", "nosuch"]);
  server.clock.advance({ seconds: 11 });
  assertEquals(server.ask("HSETNX", "h", "a", "new"), "1");
  const again = await new LocalServer(host.afterKill(), ON, server.clock).start();
  for (
    const words of [["HGETALL", "h"], ["HPEXPIRETIME", "h", "FIELDS", "4", "a", "b", "c", "d"]]
  ) {
    assertEquals(again.run(words), server.run(words));
  }
});

Deno.test("what groups have been given, and what is pending, is the same after a load", async () => {
  const host = new MemoryHost();
  const server = await start(host);
  const requests = [
    ...Array.from({ length: 12 }, (_, i) => `XADD s ${i + 1}-1 f v`),
    ...["XGROUP CREATE s g 0", "XGROUP CREATE s other $ ENTRIESREAD 5"],
    "XREADGROUP GROUP g alice COUNT 3 STREAMS s >",
    "XREADGROUP GROUP g bob COUNT 2 STREAMS s >",
    "XREADGROUP GROUP g carol COUNT 1 NOACK STREAMS s >",
    "XREADGROUP GROUP g dave STREAMS s 0",
    "XACK s g 2-1",
    "XCLAIM s g bob 0 1-1 RETRYCOUNT 7",
    "XCLAIM s g erin 0 9-1 FORCE JUSTID",
    "XDEL s 3-1",
    "XCLAIM s g bob 0 3-1",
    "XDEL s 4-1",
    "XAUTOCLAIM s g alice 0 - COUNT 2",
    "XREADGROUP GROUP g alice COUNT 4 STREAMS s >",
    "XGROUP DELCONSUMER s g carol",
    "XADD s * f last",
    "XTRIM s MAXLEN 9",
  ];
  for (const request of requests) {
    assert(server.run(request.split(" "))[0].type !== "-", request);
    server.clock.advance({ milliseconds: 7 });
  }
  const again = await new LocalServer(host.afterKill(), ON, server.clock).start();
  for (
    const question of ["XINFO GROUPS s", "XPENDING s g", "XPENDING s g - + 20", "XRANGE s - +"]
  ) {
    const words = question.split(" ");
    assertEquals(again.run(words), server.run(words), question);
  }
});

Deno.test("loading the file while the server runs changes neither it nor the data", async () => {
  const host = new MemoryHost();
  const server = await start(host);
  server.run(["SET", "k", "1"], ["SELECT", "2"], ["RPUSH", "l", "a"], ["MULTI"]);
  server.run(["INCR", "n"], ["APPEND", "k", "x"], ["EXEC"]);
  const digest = server.digest();
  const before = host.files;
  for (let i = 0; i < 3; i++) assertEquals(server.ask("DEBUG", "LOADAOF"), "OK");
  assertEquals(host.files, before);
  assertEquals(server.digest(), digest);
  assertEquals((await start(host.afterKill())).digest(), digest);
});

Deno.test("a file that asks for itself to be loaded again keeps its data", async () => {
  const set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
  const load = "*2\r\n$5\r\nDEBUG\r\n$7\r\nLOADAOF\r\n";
  const host = new MemoryHost(new Map([["appendonly.aof", fromLatin1(set + load)]]));
  const server = await start(host);
  assertEquals(server.ask("GET", "k"), "v");
});

Deno.test("a MULTI within a transaction of the file loses nothing of it", async () => {
  const requests = [["MULTI"], ["SET", "a", "1"], ["MULTI"], ["SET", "b", "2"], ["EXEC"]];
  const file = concat(requests.map((words) => encodeRequest(words)));
  const server = await start(new MemoryHost(new Map([["appendonly.aof", file]])));
  const [reply] = server.run(["MGET", "a", "b"]);
  assertEquals(reply.elements.map(({ text }) => text), ["1", "2"]);
});

Deno.test("while data is loaded it cannot be loaded again", async () => {
  const host = new MemoryHost();
  const first = await start(host);
  first.run(["DEBUG", "POPULATE", "200"], ["SET", "k", "v"]);
  first.ask("BGREWRITEAOF");
  await waitFor(first);
  const left = host.afterKill();
  const again = new LocalServer(left, ON);
  const refusals = new Set<string | undefined>();
  left.readLimit = () => {
    refusals.add(again.ask("DEBUG", "LOADAOF")).add(again.ask("DEBUG", "RELOAD"));
    return 500;
  };
  await again.start();
  assertEquals([...refusals], ["ERR Data is being loaded already."]);
  left.readLimit = () => Infinity;
  assertEquals(again.ask("DBSIZE"), "201");
});

Deno.test("a transaction begins with MULTI, then its database is selected", async () => {
  const host = new MemoryHost();
  const server = await start(host);
  server.run(["SELECT", "3"], ["MULTI"], ["SET", "a", "1"], ["SELECT", "5"], ["SET", "b", "2"]);
  server.run(["EXEC"]);
  const bytes = host.readFile(INCREMENT);
  const words = latin1(bytes, 0, bytes.length).split("\r\n").filter((word) => !/^[*$]/.test(word));
  assertEquals(words.join(" ").trim(), "MULTI SELECT 3 SET a 1 SELECT 5 SET b 2 EXEC");
});

Deno.test("what CONFIG SET maxmemory evicts is deleted key by key, after it", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, "maxmemory-policy": "allkeys-random" });
  for (let i = 0; i < 20; i++) server.run(["SET", `k${i}`, "x".repeat(1000)]);
  const before = host.readFile(INCREMENT).length;
  server.run(["MULTI"], ["SET", "z", "1"], ["CONFIG", "SET", "maxmemory", "1"], ["EXEC"]);
  await new Promise((resolve) => server.clock.after(0, () => resolve(undefined)));
  server.clock.advance({ milliseconds: 200 });
  assertEquals(server.ask("DBSIZE"), "0");
  const text = latin1(host.readFile(INCREMENT), before, host.readFile(INCREMENT).length - before);
  assertEquals(text.match(/MULTI|EXEC/g), null);
  assertEquals(text.match(/DEL/g)?.length, 21);
});

Deno.test("with aof-timestamp-enabled each second is marked once, before what belongs to it", async () => {
  const host = new MemoryHost();
  const stamped = { ...ON, "aof-timestamp-enabled": "yes", "aof-use-rdb-preamble": "no" };
  const server = await start(host, stamped);
  const second = Math.floor(server.clock.now() / 1000);
  server.run(["SET", "a", "1"], ["SET", "a", "2"]);
  server.clock.advance({ seconds: 2 });
  server.run(["MULTI"], ["SET", "a", "3"], ["SET", "a", "4"], ["EXEC"]);
  const text = (path: string) => new TextDecoder().decode(host.readFile(path));
  const lines = text(INCREMENT).match(/#TS:\d+\r\n|SELECT|MULTI|EXEC|SET/g);
  assertEquals(
    lines?.join(" ").replaceAll("\r\n", ""),
    `#TS:${second} SELECT SET SET #TS:${second + 2} MULTI SET SET EXEC`,
  );
  // A base of requests begins with the time at which it was written.
  server.ask("BGREWRITEAOF");
  await waitFor(server);
  const base = text(`${FOLDER}/appendonly.aof.2.base.aof`);
  assert(base.startsWith(`#TS:${second + 2}\r\n`), base);
  assertEquals((await start(host.afterKill(), stamped)).digest(), server.digest());
});

Deno.test("history is kept on demand, newest first, and goes as soon as it need not be kept", async () => {
  const host = new MemoryHost();
  const server = await start(host, { ...ON, "aof-disable-auto-gc": "yes" });
  for (let i = 0; i < 2; i++) {
    server.run(["INCR", "n"]);
    server.ask("BGREWRITEAOF");
    await waitFor(server);
  }
  const manifest = () => new TextDecoder().decode(host.readFile(MANIFEST));
  const kept = [
    "file appendonly.aof.3.base.rdb seq 3 type b",
    "file appendonly.aof.2.incr.aof seq 2 type h",
    "file appendonly.aof.2.base.rdb seq 2 type h",
    "file appendonly.aof.1.incr.aof seq 1 type h",
    "file appendonly.aof.1.base.rdb seq 1 type h",
    "file appendonly.aof.3.incr.aof seq 3 type i",
  ];
  assertEquals(manifest().trim().split("\n"), kept);
  assertEquals(host.files.size, kept.length + 1);
  server.ask("CONFIG", "SET", "aof-disable-auto-gc", "no");
  assertEquals(manifest().trim().split("\n"), [kept[0], kept[5]]);
  assertEquals(host.files.size, 3);
});
