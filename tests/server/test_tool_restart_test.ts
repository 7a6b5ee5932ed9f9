/** A test server that ends and starts again: what its disk holds, and what the client sees. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { startTestServer, type TestServerOptions } from "../../src/testing/mod.ts";
import { effort } from "../support/effort.ts";
import { RespClient } from "../support/resp_client.ts";

const APPENDS: TestServerOptions = {
  clock: "manual",
  disk: "memory",
  config: { appendonly: "yes", appendfsync: "everysec" },
};

Deno.test("a server that keeps nothing starts again with nothing", async () => {
  await using redis = await startTestServer();
  await redis.seed({ k: "v" });
  await redis.restart();
  assertEquals(await redis.get("k"), null);
});

Deno.test("a server that saves has at its next start what it had at SHUTDOWN, but not what a kill has cut off", async () => {
  await using redis = await startTestServer({ disk: "memory", config: { save: "3600 1" } });
  await redis.seed({ k: "v", s: [{ x: 1 }] });
  const state = await redis.dump();
  await redis.restart("shutdown");
  assertEquals(await redis.dump(), state);
  await redis.seed({ k: "later" });
  await redis.restart("kill");
  assertEquals(await redis.dump(), state);
  await redis.restart("new disk");
  assertEquals(await redis.dump(), "");
});

Deno.test("a server comes back on its port, and only new connections reach it", async () => {
  await using redis = await startTestServer(APPENDS);
  const { port, url } = redis;
  using before = await RespClient.connect(port);
  assertEquals(await before.ask("SET", "k", "v"), '+"OK"');
  redis.faults.add({ command: "get", reply: "fault" });
  for (const how of ["shutdown", "kill", "power loss"] as const) {
    const closed = before.read().then(() => false, () => true);
    await redis.restart(how);
    assert(await closed);
    assertEquals([redis.port, redis.url], [port, url]);
    using again = await RespClient.connect(port);
    assert(["v", undefined].includes((await again.call("GET", "k")).text));
  }
});

Deno.test("a killed process has kept all that it has acknowledged", async () => {
  await using redis = await startTestServer(APPENDS);
  for (let i = 0; i < 20; i++) await redis.call("RPUSH", "list", i);
  await redis.restart("kill");
  assertEquals(await redis.call("LLEN", "list"), 20);
});

Deno.test("a power loss takes what was not synced or a part of it, and never what is older than two seconds", async () => {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 12 * effort; seed++) {
    await using redis = await startTestServer({ ...APPENDS, seed });
    for (let i = 0; i < 10; i++) await redis.call("RPUSH", "list", i);
    await redis.clock.advance({ seconds: 2 });
    for (let i = 10; i < 20; i++) await redis.call("RPUSH", "list", i);
    await redis.restart("power loss");
    const list = await redis.call("LRANGE", "list", 0, -1) as string[];
    assertEquals(list, Array.from(list, (_, i) => String(i)));
    assert(list.length >= 10, `seed ${seed}: ${list.length}`);
    lengths.add(list.length);
  }
  assert(lengths.size > 2, `${[...lengths]}`);
});

Deno.test("the same seed loses the same", async () => {
  const outcome = async () => {
    await using redis = await startTestServer({ ...APPENDS, seed: 9 });
    const states: string[] = [];
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 10; j++) await redis.call("RPUSH", "list", `${i}:${j}`);
      await redis.restart("power loss");
      states.push(datasetDigest(redis.running.server.keyspace));
    }
    return states;
  };
  assertEquals(await outcome(), await outcome());
});

Deno.test("a restart that is not possible says why, and the server goes on", async () => {
  await using redis = await startTestServer();
  await redis.seed({ k: "v" });
  for (const how of ["kill", "power loss", "new disk"] as const) {
    await assertRejects(() => redis.restart(how), TypeError, "has no disk in memory");
  }
  await assertRejects(() => redis.isolate("one").restart(), TypeError, "it is an isolate");
  assertEquals(await redis.get("k"), "v");
});

Deno.test("the log of commands goes on after a restart", async () => {
  await using redis = await startTestServer({ recordsCommands: true });
  using before = await RespClient.connect(redis.port);
  await before.call("SET", "k", "1");
  await redis.restart();
  using after = await RespClient.connect(redis.port);
  await after.call("SET", "k", "2");
  assertEquals([redis.commands.count("set"), redis.commands.roundTrips], [2, 2]);
});
