/** Keys and fields with deadlines, and restarts: what lives comes back, what has gone stays away, whatever time has passed meanwhile. */
import { assert, assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { ManualClock } from "../../src/testing/mod.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { show } from "../support/resp_client.ts";

const ON = { appendonly: "yes", appendfsync: "always" };

/** A server on what a killed one has left, started now by the same clock. */
function restart(host: MemoryHost, clock: ManualClock, directives = ON): Promise<LocalServer> {
  return new LocalServer(host.afterKill(), directives, clock).start();
}

Deno.test("a RESTORE in the append-only file lets nothing expire that lives further on in it", async () => {
  const host = new MemoryHost();
  const clock = new ManualClock();
  const server = await new LocalServer(host, ON, clock).start();
  server.run(["SET", "source", "value"]);
  const payload = fromLatin1(server.ask("DUMP", "source")!);
  server.run(["RESTORE", "copy", "0", payload]);
  server.run(["SET", "kept", "1", "PX", "100"], [
    "HSETEX",
    "hash",
    "PX",
    "100",
    "FIELDS",
    "1",
    "f",
    "v",
  ]);
  server.run(["PERSIST", "kept"], ["HPERSIST", "hash", "FIELDS", "1", "f"]);
  clock.advance({ milliseconds: 200 });
  const again = await restart(host, clock);
  assertEquals(again.ask("GET", "kept"), "1");
  assertEquals(again.ask("HGET", "hash", "f"), "v");
  assertEquals(again.ask("GET", "copy"), "value");
  server.server.stop();
  again.server.stop();
});

Deno.test("fields that RESTORE brings and whose time has come are gone for what follows, after a restart too", async () => {
  const host = new MemoryHost();
  const clock = new ManualClock();
  const server = await new LocalServer(host, ON, clock).start();
  server.run(["HSETEX", "hash", "PX", "100", "FIELDS", "2", "f", "v", "g", "w"]);
  const payload = fromLatin1(server.ask("DUMP", "hash")!);
  clock.advance({ milliseconds: 200 });
  server.run(["SET", "old", "value"]);
  assertEquals(server.ask("EXISTS", "hash"), "0");
  for (const [key, ttl] of [["list", "0"], ["old", "0"], ["timed", "1000"]]) {
    server.run(["RESTORE", key, ttl, payload, "REPLACE"]);
    assertEquals(server.ask("RPUSH", key, "element"), "1");
  }
  const again = await restart(host, clock);
  for (const key of ["list", "old", "timed"]) assertEquals(again.ask("LLEN", key), "1", key);
  assert(!again.log.some((line) => line.includes("CRITICAL")), again.log.join(""));
  server.server.stop();
  again.server.stop();
});

Deno.test("DEBUG RELOAD drops no key that has expired without a DEL in the append-only file", async () => {
  const host = new MemoryHost();
  const clock = new ManualClock();
  const server = await new LocalServer(host, ON, clock).start();
  server.run(["DEBUG", "SET-ACTIVE-EXPIRE", "0"], ["SET", "key", "value", "PX", "10"]);
  clock.advance({ milliseconds: 50 });
  assertEquals(server.ask("DEBUG", "RELOAD"), "OK");
  assertEquals(server.ask("RPUSH", "key", "element"), "1");
  const again = await restart(host, clock);
  assertEquals(again.ask("LLEN", "key"), "1");
  server.server.stop();
  again.server.stop();
});

Deno.test("the latest deadline there is survives the append-only file, its rewrite and DEBUG RELOAD", async () => {
  const latest = "9223372036854775807";
  const host = new MemoryHost();
  const server = await new LocalServer(host, ON).start();
  server.run(["SET", "source", "value"]);
  const payload = fromLatin1(server.ask("DUMP", "source")!);
  server.run(
    ["SET", "set", "v", "PXAT", latest],
    ["SET", "expired", "v"],
    ["PEXPIREAT", "expired", latest],
    ["SET", "fetched", "v"],
    ["GETEX", "fetched", "PXAT", latest],
    ["RESTORE", "restored", latest, payload, "ABSTTL"],
    ["COPY", "set", "copied"],
    ["RENAME", "fetched", "renamed"],
  );
  const check = (one: LocalServer, when: string) => {
    for (const key of ["set", "expired", "renamed", "restored", "copied"]) {
      assertEquals(one.ask("PEXPIRETIME", key), latest, `${key} ${when}`);
    }
  };
  check(server, "at first");
  server.run(["DEBUG", "RELOAD"]);
  check(server, "after DEBUG RELOAD");
  const again = await restart(host, server.clock);
  check(again, "after a restart");
  for (const preamble of ["yes", "no"]) {
    const rewritten = new MemoryHost();
    const first = await new LocalServer(rewritten, { ...ON, "aof-use-rdb-preamble": preamble })
      .start();
    first.run(["SET", "set", "v", "PXAT", latest]);
    first.run(["BGREWRITEAOF"]);
    first.clock.advance({ milliseconds: 50 });
    await settle();
    const second = await restart(rewritten, first.clock);
    assertEquals(second.ask("PEXPIRETIME", "set"), latest, `preamble ${preamble}`);
    first.server.stop();
    second.server.stop();
  }
  server.server.stop();
  again.server.stop();
});

/** Requests that give and take deadlines which are over in a moment. */
function randomRequest(random: SeededRandom, nowMs: number): (string | Uint8Array)[] {
  const key = () => `key:${random.below(8)}`;
  const field = () => `f${random.below(4)}`;
  const soon = () => String(1 + random.below(300));
  const near = () => String(nowMs + random.below(400) - 50);
  const condition = () => ["NX", "XX", "GT", "LT"][random.below(4)];
  const requests: (() => string[])[] = [
    () => ["SET", key(), "v", "PX", soon()],
    () => ["SET", key(), "v", "PXAT", near()],
    () => ["SET", key(), "w", "KEEPTTL"],
    () => ["GETEX", key(), "PX", soon()],
    () => ["GETEX", key(), "PERSIST"],
    () => ["PEXPIRE", key(), soon(), condition()],
    () => ["PEXPIREAT", key(), near()],
    () => ["PERSIST", key()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["MOVE", key(), "1"],
    () => ["APPEND", key(), "z"],
    () => ["HSET", key(), field(), "v", field(), "w"],
    () => ["HPEXPIRE", key(), soon(), condition(), "FIELDS", "1", field()],
    () => ["HPEXPIREAT", key(), near(), "FIELDS", "2", field(), field()],
    () => ["HPERSIST", key(), "FIELDS", "1", field()],
    () => ["HGETEX", key(), "PX", soon(), "FIELDS", "1", field()],
    () => ["HSETEX", key(), "KEEPTTL", "FIELDS", "1", field(), "n"],
    () => ["HLEN", key()],
    () => ["EXISTS", key()],
    () => ["SADD", key(), field()],
    () => ["SUNIONSTORE", key(), key(), key()],
    () => ["SORT", key(), "BY", "nosort", "STORE", key()],
    () => ["SELECT", String(random.below(2))],
    () => ["SWAPDB", "0", "1"],
  ];
  return requests[random.below(requests.length)]();
}

/** All keys with their values, deadlines and the deadlines of their fields. */
function stateOf(server: LocalServer): string[] {
  const state: string[] = [];
  for (const database of ["0", "1"]) {
    server.run(["SELECT", database]);
    for (let i = 0; i < 8; i++) {
      const key = `key:${i}`;
      if (server.ask("TYPE", key) === "none") continue;
      const requests = [["DEBUG", "DIGEST-VALUE", key], ["PEXPIRETIME", key]];
      if (server.ask("TYPE", key) === "hash") {
        requests.push(["HPEXPIRETIME", key, "FIELDS", "4", "f0", "f1", "f2", "f3"]);
      }
      state.push(`${database} ${key} ${server.run(...requests).map(show).join(" ")}`);
    }
  }
  server.run(["SELECT", "0"]);
  return state;
}

Deno.test("a server that is started again has what one that never stopped has, whatever expires meanwhile", async () => {
  for (let seed = 0; seed < 40 * effort; seed++) {
    const random = new SeededRandom(seed);
    const clock = new ManualClock();
    const directives = { ...ON, "aof-use-rdb-preamble": random.below(2) === 0 ? "yes" : "no" };
    const host = new MemoryHost();
    const server = await new LocalServer(host, directives, clock).start();
    const payloads: Uint8Array[] = [];
    for (let step = 0; step < 120; step++) {
      let request = randomRequest(random, clock.now());
      if (random.below(20) === 0) {
        const payload = server.ask("DUMP", `key:${random.below(8)}`);
        if (payload !== undefined) payloads.push(fromLatin1(payload));
        if (payloads.length === 0) continue;
        const ttl = random.below(2) === 0 ? "0" : "150";
        const one = payloads[random.below(payloads.length)];
        request = ["RESTORE", `key:${random.below(8)}`, ttl, one, "REPLACE"];
      }
      const isTransaction = random.below(10) === 0;
      if (isTransaction) server.run(["MULTI"], request, ["PERSIST", "key:1"], ["EXEC"]);
      else server.run(random.below(40) === 0 ? ["BGREWRITEAOF"] : request);
      if (random.below(3) > 0) continue;
      clock.advance({ milliseconds: random.below(40) });
      await settle();
    }
    clock.advance({ milliseconds: random.below(600) });
    await settle();
    const again = await restart(host, clock, directives);
    assertEquals(stateOf(again), stateOf(server), `seed ${seed}`);
    server.server.stop();
    again.server.stop();
  }
});
