/**
 * What a replica makes of its primary: of one that behaves, and of one that answers wrongly, sends damaged files, or hangs up at any byte.
 * All of it is in memory.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HISTORY, PrimaryHost, textOf } from "../support/fake_primary.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import {
  FILE,
  MARK,
  marked,
  rdbOf,
  ReplicaSubject,
  sized,
  stream,
} from "../support/replica_subject.ts";

Deno.test("A replica introduces itself one request at a time, and asks for everything", async () => {
  const subject = new ReplicaSubject({ "replica-announce-port": "7000" });
  const link = await subject.start();
  const seen: string[] = [];
  for (const reply of ["+PONG", "+OK", "+OK"]) {
    assertEquals(link.requests.length, 1);
    seen.push(link.requests.shift()!);
    await link.answer(`${reply}\r\n`);
  }
  assertEquals(seen, [
    "PING",
    "REPLCONF listening-port 7000",
    "REPLCONF capa eof capa psync2",
  ]);
  assertEquals(link.requests, ["PSYNC ? -1"]);
  assertEquals(subject.info("master_link_status"), "down");
});

Deno.test("A replica sends its password, its user, and the address that it is to be known by", async () => {
  const subject = new ReplicaSubject({
    masterauth: "p\u00e4ss",
    masteruser: "link",
    "replica-announce-ip": "10.1.2.3",
  });
  const link = await subject.start();
  const seen: string[] = [];
  for (let i = 0; i < 5; i++) {
    seen.push(link.requests.shift()!);
    await link.answer(i === 0 ? "-NOAUTH Authentication required.\r\n" : "+OK\r\n");
  }
  assertEquals(seen[1], "AUTH link p\u00e4ss");
  assertEquals(seen[3], "REPLCONF ip-address 10.1.2.3");
  assertEquals(link.requests, ["PSYNC ? -1"]);
});

Deno.test("A primary that does not know a REPLCONF is followed all the same", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.start();
  await link.answer("+PONG\r\n");
  await link.answer("-ERR unknown option\r\n");
  await link.answer("-ERR unknown option\r\n");
  assertEquals(link.requests.at(-1), "PSYNC ? -1");
  assertStringIncludes(subject.log, "Master does not understand REPLCONF listening-port: -ERR");
});

for (
  const [name, replies, message] of [
    ["refuses PING", ["-ERR go away\r\n"], "Error reply to PING from master: '-ERR go away'"],
    ["is busy loading", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      "-LOADING busy\r\n",
    ], "Master is currently unable to PSYNC but should be in the future: -LOADING busy"],
    ["answers PSYNC with half a history", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      "+FULLRESYNC abc 1\r\n",
    ], "Master replied with wrong +FULLRESYNC syntax"],
    ["answers PSYNC with an offset beyond all numbers", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      `+FULLRESYNC ${HISTORY} 99999999999999999999\r\n`,
    ], "Master replied with wrong +FULLRESYNC syntax"],
    ["sends a line without an end", ["x".repeat(2000)], "The line is too long"],
    ["sends no file", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      `+FULLRESYNC ${HISTORY} 0\r\n`,
      "+what file?\r\n",
    ], "Bad protocol from MASTER, the first byte is not '$' (we received '+what file?')"],
    ["sends a file of negative length", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      `+FULLRESYNC ${HISTORY} 0\r\n`,
      "$-7\r\n",
    ], "Bad protocol from MASTER"],
    ["cannot make a file", [
      "+PONG\r\n",
      "+OK\r\n",
      "+OK\r\n",
      `+FULLRESYNC ${HISTORY} 0\r\n`,
      "-ERR no memory\r\n",
    ], "MASTER aborted replication with an error: ERR no memory"],
  ] as const
) {
  Deno.test(`A replica whose primary ${name} says so, and tries again after a second`, async () => {
    const subject = new ReplicaSubject();
    subject.host.refuses = true;
    await subject.replica.start();
    await settle();
    subject.host.refuses = false;
    await subject.second();
    const link = subject.host.link;
    for (const reply of replies) await link.answer(reply);
    assertStringIncludes(subject.log, message);
    assert(link.isClosed);
    assertEquals(subject.host.links.length, 1);
    await subject.second();
    assertEquals(subject.host.links.length, 2);
    assertEquals(subject.host.link.requests, ["PING"]);
  });
}

Deno.test("A primary that knows no PSYNC is asked for SYNC", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.start();
  await link.meet();
  await link.answer("-ERR unknown command 'PSYNC'\r\n");
  // Its line ends like one of a terminal.
  assertStringIncludes(link.requests.join(), "SYNC");
  await link.answer(...sized(FILE));
  await subject.loaded();
  assertEquals(subject.get("a"), "1");
  await link.end();
  assertEquals(await subject.host.link.meet(), "PSYNC ? -1");
});

for (const [form, wrap] of [["known", sized], ["marked", marked]] as const) {
  Deno.test(`A file whose end is ${form} comes in pieces of any size, with requests right behind it`, async () => {
    for (const pieceBytes of [1, 7, 40, 41, 1000]) {
      const subject = new ReplicaSubject();
      const link = await subject.start();
      await link.meet();
      const all = [
        `+FULLRESYNC ${HISTORY} 10\r\n`,
        "\n",
        ...wrap(FILE),
        stream("SELECT 0", "SET c 3"),
      ].map((part) => typeof part === "string" ? part : textOf(part)).join("");
      for (let at = 0; at < all.length; at += pieceBytes) {
        await link.answer(all.slice(at, at + pieceBytes));
      }
      await subject.loaded();
      assertEquals(
        ["a", "b", "c"].map((key) => subject.get(key)),
        ["1", "two", "3"],
        `pieces of ${pieceBytes}`,
      );
      const offset = 10 + stream("SELECT 0", "SET c 3").length;
      assertEquals(subject.info("slave_repl_offset"), String(offset));
      assertEquals(subject.info("master_replid"), HISTORY);
      assertEquals(subject.info("master_link_status"), "up");
    }
  });

  Deno.test(`Wherever a file whose end is ${form} is cut, the data is as before`, async () => {
    const subject = new ReplicaSubject();
    let link = await subject.synced();
    await link.end();
    const head = textOf(FILE.subarray(0, 0)) + wrap(FILE)[0];
    const whole = wrap(FILE).map((part) => typeof part === "string" ? part : textOf(part)).join("");
    for (let cut = 0; cut < whole.length; cut += 1 + Math.floor(cut / 40)) {
      link = subject.host.link;
      assertEquals(await link.meet(), `PSYNC ${HISTORY} 1`);
      await link.answer(`+FULLRESYNC ${"f".repeat(40)} 5000\r\n`, whole.slice(0, cut));
      assertEquals(subject.info("master_sync_in_progress"), "1", head);
      await link.end();
      await subject.loaded();
      assertEquals([subject.get("a"), subject.get("b")], ["1", "two"]);
      await subject.second();
    }
    assertEquals(subject.host.files.size, 1, "No temporary file is left");
  });
}

for (
  const [name, damage, message] of [
    ["empty", () => new Uint8Array(0), "wrong signature"],
    ["no RDB file", () => new Uint8Array(500).fill(65), "wrong signature"],
    ["of a version to come", (file: Uint8Array) => {
      file.set([0x30, 0x39, 0x39, 0x39], 5);
      return file;
    }, "format version 999"],
    ["cut at its end", (file: Uint8Array) => file.subarray(0, file.length - 20), "has no end"],
    ["damaged in a byte", (file: Uint8Array) => {
      file[30] ^= 1;
      return file;
    }, "wrong checksum"],
  ] as const
) {
  for (const [form, wrap] of [["known", sized], ["marked", marked]] as const) {
    Deno.test(`A file that is ${name}, whose end is ${form}, does not touch the data`, async () => {
      const subject = new ReplicaSubject();
      let link = await subject.synced();
      await link.end();
      link = subject.host.link;
      await link.meet();
      await link.answer(
        `+FULLRESYNC ${"f".repeat(40)} 5000\r\n`,
        ...wrap(damage(FILE.slice())),
      );
      await subject.loaded();
      assertStringIncludes(subject.log, message);
      assertEquals([subject.get("a"), subject.get("b")], ["1", "two"]);
      // The history is still that of the data, and goes on where it was.
      await subject.second();
      assertEquals(await subject.host.link.meet(), `PSYNC ${HISTORY} 1`);
      await subject.host.link.answer("+CONTINUE\r\n", stream("SELECT 0", "SET a 2"));
      assertEquals(subject.get("a"), "2");
    });
  }
}

Deno.test("Requests of a primary run wherever its bytes are cut, and each counts when it is whole", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced(100);
  const first = stream("SELECT 3", "SET k v", "MULTI", "INCR n", "INCR n");
  const bytes = first + stream("EXEC", "SELECT 0", "APPEND k x");
  const multiAt = stream("SELECT 3", "SET k v").length;
  const execEnd = first.length + stream("EXEC").length;
  for (let at = 0; at < bytes.length; at++) {
    await link.answer(bytes[at]);
    const offset = Number(subject.info("slave_repl_offset")) - 100;
    assert(offset <= at + 1);
    if (at + 1 >= multiAt && at + 1 < execEnd) assertEquals(offset, multiAt);
    assertEquals(subject.info("slave_read_repl_offset"), String(100 + at + 1));
  }
  assertEquals(subject.info("slave_repl_offset"), String(100 + bytes.length));
  assertEquals(subject.get("k"), "x");
  assertEquals(
    subject.replica.run(["SELECT", "3"], ["MGET", "k", "n"])[1].elements?.map((item) => item.text),
    ["v", "2"],
  );
});

Deno.test("A link that breaks within a transaction goes on with all of it, in the database of before", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  const before = stream("SELECT 5", "SET k 1");
  await link.answer(before, stream("MULTI", "SELECT 2", "INCR k"));
  await link.end();
  assertStringIncludes(subject.log, "Connection with master lost.");
  const next = subject.host.link;
  assertEquals(await next.meet(), `PSYNC ${HISTORY} ${before.length + 1}`);
  await next.answer("+CONTINUE\r\n", stream("INCR k"));
  subject.replica.run(["SELECT", "5"]);
  assertEquals(subject.get("k"), "2");
  assertEquals(subject.info("master_replid"), HISTORY);
});

Deno.test("A primary that goes on under another id is followed, and the old id stays known", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced(7);
  await link.end();
  const renamed = "e".repeat(40);
  await subject.host.link.meet();
  await subject.host.link.answer(`+CONTINUE ${renamed}\r\n`);
  assertEquals(subject.info("master_replid"), renamed);
  assertEquals(subject.info("master_replid2"), HISTORY);
  assertEquals(subject.info("second_repl_offset"), "8");
});

Deno.test("A primary that says nothing for repl-timeout is left, and asked again", async () => {
  const subject = new ReplicaSubject({ "repl-timeout": "10" });
  const link = await subject.synced();
  for (let i = 0; i < 10; i++) await subject.second();
  assert(!link.isClosed);
  await subject.second();
  assert(link.isClosed);
  assertStringIncludes(subject.log, "MASTER timeout: no data nor PING received...");
  assertEquals(await subject.host.link.meet(), `PSYNC ${HISTORY} 1`);
});

Deno.test("How long the link is down is told from when it was up, and what is left of a file of unknown length is below zero", async () => {
  const subject = new ReplicaSubject();
  const first = await subject.start();
  await subject.second();
  assertEquals(subject.info("master_link_down_since_seconds"), "-1");
  await first.meet();
  await first.answer(`+FULLRESYNC ${HISTORY} 0\r\n`, ...marked(FILE).slice(0, 2));
  const read = Number(subject.info("master_sync_read_bytes"));
  assertEquals(subject.info("master_sync_left_bytes"), String(-read));
  assertEquals(subject.info("master_link_down_since_seconds"), "-1");
  await first.answer(MARK);
  await subject.loaded();
  assertEquals(subject.info("master_link_down_since_seconds"), undefined);
  subject.host.refuses = true;
  await first.end();
  for (let i = 0; i < 3; i++) await subject.second();
  assertEquals(subject.info("master_link_down_since_seconds"), "3");
  subject.replica.run(["REPLICAOF", "127.0.0.1", "7777"]);
  assertEquals(subject.info("master_link_down_since_seconds"), "-1");
});

Deno.test("A transfer that stands still for repl-timeout is given up", async () => {
  const subject = new ReplicaSubject({ "repl-timeout": "10" });
  const link = await subject.start();
  await link.meet();
  await link.answer(`+FULLRESYNC ${HISTORY} 0\r\n`, "$500\r\n");
  for (let i = 0; i < 11; i++) await subject.second();
  assert(link.isClosed);
  assertStringIncludes(subject.log, "Timeout receiving bulk data from MASTER...");
});

Deno.test("Bytes that are no requests end the link, and everything is asked for again", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.answer(stream("SELECT 0", "SET a 9"), "*1\r\n!nonsense\r\n");
  assertStringIncludes(subject.log, "Protocol error: expected '$', got '!' from master");
  assert(link.isClosed);
  assertEquals(await subject.host.link.meet(), "PSYNC ? -1");
  assertEquals(subject.get("a"), "9");
});

Deno.test("A request that the primary could run and the replica cannot is reported", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.answer(stream("SELECT 0", "LPUSH a x", "NOSUCH a", "SET after 1"));
  assertStringIncludes(
    subject.log,
    "== CRITICAL == This replica is sending an error to its master: " +
      "'-WRONGTYPE Operation against a key holding the wrong kind of value' after processing the " +
      "command 'lpush'",
  );
  assertStringIncludes(subject.log, "'-ERR unknown command 'NOSUCH'");
  assertEquals(subject.info("unexpected_error_replies"), "2");
  assertEquals(subject.get("after"), "1");
});

Deno.test("A replica takes writes of its primary only, unless it is told otherwise", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  const refusal = "READONLY You can't write against a read only replica.";
  assertEquals(subject.replica.ask("SET", "k", "v"), refusal);
  assertEquals(
    subject.replica.ask("EVAL", "return redis.call('set', 'k', 'v')", "0")?.slice(0, 8),
    "READONLY",
  );
  assertEquals(subject.replica.ask("EVAL", "#!lua\nreturn 1", "0"), refusal);
  assertEquals(subject.replica.ask("EVAL", "#!lua flags=no-writes\nreturn 'read'", "0"), "read");
  const [, queued, exec] = subject.replica.run(["MULTI"], ["SET", "k", "v"], ["EXEC"]);
  assertEquals(queued.text, refusal);
  assertStringIncludes(exec.text!, "EXECABORT");
  await link.answer(stream("SELECT 0", "SET k theirs"));
  assertEquals(subject.get("k"), "theirs");
  subject.replica.run(["CONFIG", "SET", "replica-read-only", "no"]);
  assertEquals(subject.replica.ask("SET", "k", "ours"), "OK");
});

Deno.test("A replica without its primary answers or not, as replica-serve-stale-data says", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  subject.replica.run(["CONFIG", "SET", "replica-serve-stale-data", "no"]);
  assertEquals(subject.get("a"), "1");
  subject.host.refuses = true;
  await link.end();
  const refusal =
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
  assertEquals(subject.get("a"), refusal);
  assertEquals(subject.replica.ask("EVAL", "return 1", "0"), refusal);
  assertEquals(
    subject.replica.ask("EVAL", "#!lua flags=allow-stale,no-writes\nreturn 'fine'", "0"),
    "fine",
  );
  assertEquals(
    subject.replica.ask(
      "EVAL",
      "#!lua flags=allow-stale,no-writes\nreturn redis.call('get', 'a')",
      "0",
    )
      ?.includes("Can not execute the command on a stale replica"),
    true,
  );
  assertEquals(subject.replica.ask("PING"), refusal);
  subject.replica.run(["CONFIG", "SET", "replica-serve-stale-data", "yes"]);
  assertEquals(subject.get("a"), "1");
});

Deno.test("A replica hides a key that has expired, and keeps it until its primary deletes it", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.answer(
    stream("SELECT 0", `SET k v PXAT ${subject.replica.clock.now() + 5000}`, "SADD s m"),
  );
  assertEquals(subject.get("k"), "v");
  for (let i = 0; i < 6; i++) await subject.second();
  assertEquals(subject.get("k"), undefined);
  assertEquals(subject.replica.ask("EXISTS", "k"), "0");
  assertEquals(subject.replica.ask("DBSIZE"), "4");
  // To the primary the key is there, because the primary knows best.
  await link.answer(stream("APPEND k more", "PERSIST k"));
  assertEquals(subject.get("k"), "vmore");
  await link.answer(stream("DEL k"));
  assertEquals(subject.replica.ask("DBSIZE"), "3");
});

Deno.test("A deadline of the past deletes nothing on a replica", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.answer(stream("SELECT 0", "PEXPIREAT a 1000"));
  assertEquals(subject.get("a"), undefined);
  assertEquals(subject.replica.ask("DBSIZE"), "2");
});

Deno.test("REPLICAOF NO ONE makes a primary whose history goes on under a new id", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced(41);
  assertEquals(subject.replica.ask("REPLICAOF", "NO", "ONE"), "OK");
  assert(link.isClosed);
  assertEquals(subject.info("role"), "master");
  assertEquals(subject.info("master_replid2"), HISTORY);
  assertEquals(subject.info("second_repl_offset"), "42");
  assertEquals(subject.replica.ask("SET", "k", "v"), "OK");
  assertEquals(subject.replica.run(["CONFIG", "GET", "replicaof"])[0].elements?.[1].text, "");
  await subject.second();
  assertEquals(subject.host.links.length, 1);
  // As a replica of its former primary it asks for what follows its own history, which the primary may not have.
  assertEquals(subject.replica.ask("REPLICAOF", "127.0.0.1", "6379"), "OK");
  const request = await subject.host.link.meet();
  assert(/^PSYNC [0-9a-f]{40} \d+$/.test(request) && !request.includes(HISTORY), request);
});

Deno.test("REPLICAOF another primary asks it for the rest, and a repeated one changes nothing", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced(41);
  assertEquals(
    subject.replica.ask("REPLICAOF", "127.0.0.1", "6379"),
    "OK Already connected to specified master",
  );
  assert(!link.isClosed);
  assertEquals(subject.replica.ask("SLAVEOF", "10.0.0.1", "6380"), "OK");
  assert(link.isClosed);
  assertEquals(await subject.host.link.meet(), `PSYNC ${HISTORY} 42`);
  assertEquals(subject.info("master_host"), "10.0.0.1");
  assertEquals(subject.replica.ask("REPLICAOF", "h", "70000"), "ERR Invalid master port");
});

Deno.test("Clients that wait for keys are told when the server becomes a replica, and are closed", async () => {
  const host = new PrimaryHost();
  const server = await new LocalServer(host, {}).start();
  const session = server.server.session();
  const popped = session.call("BLPOP", "list", "0").catch((error) => error.message);
  server.run(["REPLICAOF", "127.0.0.1", "6379"]);
  assertEquals(
    await popped,
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
  );
});

Deno.test("A replica goes on after its own restart where its file says that it was", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced(100);
  await link.answer(stream("SELECT 4", "SET k 1"));
  subject.replica.run(["SAVE"]);
  const offset = 100 + stream("SELECT 4", "SET k 1").length;
  const host = new PrimaryHost(subject.host.files);
  const again = await new LocalServer(host, { replicaof: "127.0.0.1 6379" }).start();
  await settle();
  assertEquals(await host.link.meet(), `PSYNC ${HISTORY} ${offset + 1}`);
  await host.link.answer("+CONTINUE\r\n", stream("INCR k"));
  again.run(["SELECT", "4"]);
  assertEquals(again.ask("GET", "k"), "2");
});

Deno.test("With swapdb clients of the same history go on while data is loaded, and a damaged file changes nothing", async () => {
  const subject = new ReplicaSubject({ "repl-diskless-load": "swapdb" });
  let link = await subject.synced();
  assertEquals(subject.host.files.size, 0);
  await link.end();
  link = subject.host.link;
  await link.meet();
  const damaged = FILE.slice();
  // Type 7 never was one. Without a checksum nobody knows before the file is read.
  damaged.fill(0, damaged.length - 8);
  const typeAt = textOf(damaged).indexOf("\x00\x01a");
  damaged[typeAt] = 7;
  await link.answer(`+FULLRESYNC ${HISTORY} 9\r\n`, ...sized(damaged));
  await subject.loaded();
  assertStringIncludes(subject.log, "Discarding temporary DB in background");
  assertEquals([subject.get("a"), subject.get("b")], ["1", "two"]);
  await subject.second();
  assertEquals(await subject.host.link.meet(), `PSYNC ${HISTORY} 1`);
  await subject.host.link.answer(`+FULLRESYNC ${HISTORY} 9\r\n`, ...marked(rdbOf({ c: "3" })));
  await subject.loaded();
  assertEquals([subject.get("a"), subject.get("c")], [undefined, "3"]);
  assertEquals(subject.replica.ask("DEBUG", "ARENA")?.startsWith("ERR"), false);
});

Deno.test("Without swapdb a file that is damaged beyond its checks leaves no data and no history", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.end();
  await subject.host.link.meet();
  const damaged = FILE.slice();
  damaged.fill(0, damaged.length - 8);
  damaged[textOf(damaged).indexOf("\x00\x01a")] = 7;
  await subject.host.link.answer(`+FULLRESYNC ${HISTORY} 9\r\n`, ...sized(damaged));
  await subject.loaded();
  assertStringIncludes(subject.log, "Failed trying to load the MASTER synchronization DB");
  assertEquals(subject.replica.ask("DBSIZE"), "0");
  await subject.second();
  assertEquals(await subject.host.link.meet(), "PSYNC ? -1");
});

Deno.test("A replica without a disk to write to keeps the file in memory", async () => {
  const subject = new ReplicaSubject();
  subject.host.fault = (operation) => {
    if (operation === "open") throw new Error("Read-only file system");
  };
  const link = await subject.start();
  await link.meet();
  await link.answer(`+FULLRESYNC ${HISTORY} 0\r\n`, ...sized(FILE));
  await subject.loaded();
  assertEquals(subject.get("b"), "two");
  assertStringIncludes(subject.log, "The file is kept in memory instead");
});
Deno.test("GETACK is answered with the offset before it, every second has an ACK, and nothing else is answered", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.synced();
  await link.answer(stream("REPLCONF GETACK *"));
  assertEquals(link.requests.splice(0), ["REPLCONF ACK 0"]);
  const ping = stream("PING");
  await link.answer(ping, stream("SELECT 0"), stream("SET k v"), stream("GET k"));
  assertEquals(link.requests, []);
  const getack = stream("REPLCONF GETACK *").length;
  const offset = getack + ping.length + stream("SELECT 0", "SET k v", "GET k").length;
  await link.answer(stream("REPLCONF GETACK *"));
  assertEquals(link.requests.splice(0), [`REPLCONF ACK ${offset}`]);
  await subject.second();
  assertEquals(link.requests.splice(0), [`REPLCONF ACK ${offset + getack}`]);
});

Deno.test("On a writable replica the keys of its own clients expire, and those of its primary do not", async () => {
  const subject = new ReplicaSubject({ "replica-read-only": "no" });
  const link = await subject.synced();
  const deadline = subject.replica.clock.now() + 2000;
  await link.answer(stream("SELECT 0", `SET theirs v PXAT ${deadline}`));
  subject.replica.run(["SET", "ours", "v", "PX", "2000"], ["SET", "kept", "v", "PX", "2000"]);
  subject.replica.run(["PERSIST", "kept"]);
  assertEquals(subject.info("slave_expires_tracked_keys"), "2");
  for (let i = 0; i < 4; i++) await subject.second();
  assertEquals(subject.replica.ask("EXISTS", "ours", "theirs", "kept"), "1");
  // `theirs` is there, though nobody sees it.
  assertEquals(subject.replica.ask("DBSIZE"), "4");
  assertEquals(subject.info("slave_expires_tracked_keys"), "0");
  assertEquals(subject.replica.ask("INCR", "theirs"), "1");
  assertEquals(subject.replica.ask("TTL", "theirs"), "-1");
});

Deno.test("While a file comes to memory the server says that it loads; with swapdb and the same history it can be read", async () => {
  const subject = new ReplicaSubject({ "repl-diskless-load": "swapdb" });
  let link = await subject.synced();
  const begin = async (history: string) => {
    await link.end();
    if (subject.info("master_link_status") === "down") await subject.second();
    link = subject.host.link;
    await link.meet();
    await link.answer(`+FULLRESYNC ${history} 9\r\n`, `$${FILE.length}\r\n`, FILE.subarray(0, 20));
  };
  await begin(HISTORY);
  assertEquals([subject.info("loading"), subject.info("async_loading")], ["0", "1"]);
  assertEquals(subject.get("a"), "1");
  const refusal = "LOADING Redis is loading the dataset in memory";
  assertEquals(subject.replica.ask("CONFIG", "SET", "appendonly", "yes"), refusal);
  assertEquals(subject.replica.ask("REPLICAOF", "NO", "ONE"), refusal);
  await begin("f".repeat(40));
  assertStringIncludes(subject.log, "Internal error in RDB reading offset 20 -> connection lost");
  assertEquals([subject.info("loading"), subject.info("async_loading")], ["1", "0"]);
  assertEquals(subject.get("a"), refusal);
  await link.end();
  assertEquals([subject.info("loading"), subject.get("a")], ["0", "1"]);
});

Deno.test("An ACK says how much is safe in the append-only file, and nothing of another history", async () => {
  const subject = new ReplicaSubject({ appendonly: "yes", appendfsync: "always" });
  let link = await subject.synced(5000);
  for (let i = 0; i < 3; i++) await subject.second();
  link.requests.length = 0;
  const request = stream("SELECT 0", "SET k v");
  await link.answer(request);
  subject.replica.session.endRound();
  await subject.second();
  const offset = 5000 + request.length;
  assertEquals(link.requests.at(-1), `REPLCONF ACK ${offset} FACK ${offset}`);
  await link.end();
  link = subject.host.link;
  await link.meet();
  // This history has come less far, and no base of its data is written yet.
  subject.replica.run(["CONFIG", "SET", "rdb-key-save-delay", "10000000"]);
  await link.answer(`+FULLRESYNC ${"f".repeat(40)} 9\r\n`, ...marked(FILE));
  await subject.loaded();
  await subject.second();
  assertEquals(link.requests.at(-1), "REPLCONF ACK 9 FACK 0");
  subject.replica.server.stop();
});

Deno.test("With appendfsync no, an ACK does not say that a change is safe", async () => {
  const subject = new ReplicaSubject({ appendonly: "yes", appendfsync: "no" });
  const link = await subject.synced(5000);
  for (let i = 0; i < 3; i++) await subject.second();
  link.requests.length = 0;
  const request = stream("SELECT 0", "SET k v");
  await link.answer(request);
  subject.replica.session.endRound();
  await subject.second();
  assertEquals(link.requests.at(-1), `REPLCONF ACK ${5000 + request.length} FACK 5000`);
});
