/** The clients that people use, unmodified: ioredis and node-redis from npm, redis-cli and redis-benchmark. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startTestServer } from "../../src/testing/mod.ts";

async function missing(...names: Deno.PermissionName[]): Promise<string | undefined> {
  for (const name of names) {
    const { state } = await Deno.permissions.query({ name } as Deno.PermissionDescriptor);
    if (state !== "granted") return `needs --allow-${name}`;
  }
  return undefined;
}

async function missingProgram(command: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "run", command });
  if (state !== "granted") return `needs --allow-run=${command}`;
  return await new Deno.Command(command, { args: ["--version"], stdout: "null" }).output()
    .then(() => undefined, () => `needs ${command} (apt-get install redis-tools)`);
}

function test(name: string, problem: string | undefined, fn: () => Promise<void>): void {
  const title = problem === undefined ? name : `${name} (skipped: ${problem})`;
  Deno.test({ name: title, ignore: problem !== undefined, fn });
}

const npm = await missing("env", "read", "sys");

test("ioredis sets, gets, counts, scans and pipelines", npm, async () => {
  const { Redis } = await import("ioredis");
  await using server = startTestServer();
  const redis = new Redis(server.port, "127.0.0.1");
  try {
    assertEquals(await redis.set("k", "v", "EX", 100), "OK");
    assertEquals(await redis.get("k"), "v");
    assertEquals(await redis.getBuffer("k"), Buffer.from("v"));
    assertEquals(await redis.incrby("n", 5), 5);
    assertEquals(await redis.mget("k", "none"), ["v", null]);
    const results = await redis.pipeline().set("a", 1).incr("a").get("a").exec();
    assertEquals(results, [[null, "OK"], [null, 2], [null, "2"]]);
    const keys: string[] = [];
    for await (const batch of redis.scanStream({ match: "*" })) keys.push(...batch as string[]);
    assertEquals(keys.sort(), ["a", "k", "n"]);
    assertEquals(await redis.ttl("k"), 100);
    assertStringIncludes(await redis.info("server"), "server_name:redeno");
    assertEquals(
      await redis.call("NOSUCH").catch((error: Error) => error.message.split(",")[0]),
      "ERR unknown command 'NOSUCH'",
    );
  } finally {
    redis.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  test(`node-redis sets, gets, counts and scans in RESP${RESP}`, npm, async () => {
    const { createClient } = await import("redis");
    await using server = startTestServer();
    const redis = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP, name: "me" });
    await redis.connect();
    try {
      assertEquals(await redis.set("k", "v", { expiration: { type: "EX", value: 100 } }), "OK");
      assertEquals(await redis.get("k"), "v");
      assertEquals(await redis.incrBy("n", 5), 5);
      assertEquals(await redis.mGet(["k", "none"]), ["v", null]);
      assertEquals(await redis.setBit("bits", 7, 1), 0);
      assertEquals(await redis.bitCount("bits"), 1);
      assertEquals(await redis.clientGetName(), "me");
      assertEquals((await redis.configGet("hz")).hz, "10");
      const keys: string[] = [];
      for await (const batch of redis.scanIterator()) keys.push(...[batch].flat());
      assertEquals(keys.sort(), ["bits", "k", "n"]);
      assertEquals(await redis.dbSize(), 3);
    } finally {
      redis.destroy();
    }
  });
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

test("redis-cli talks to it", await missingProgram("redis-cli"), async () => {
  await using server = startTestServer();
  const cli = (...args: string[]) => run("redis-cli", "-p", `${server.port}`, ...args);
  assertEquals(await cli("PING"), "PONG\n");
  assertEquals(await cli("SET", "k", "v"), "OK\n");
  assertEquals(await cli("-3", "CONFIG", "GET", "hz"), "hz 10\n");
  assertStringIncludes(await cli("--bigkeys"), "1 strings with 1 bytes");
  assertEquals(await cli("--scan"), "k\n");
  assertStringIncludes(await cli("INFO", "keyspace"), "db0:keys=1");
});

test("redis-benchmark runs", await missingProgram("redis-benchmark"), async () => {
  await using server = startTestServer();
  const tests = "ping_inline,ping_mbulk,set,get,incr,mset";
  const output = await run(
    "redis-benchmark",
    ...["-p", `${server.port}`, "-n", "2000", "-P", "4", "-t", tests, "--csv"],
  );
  assertEquals(
    output.split("\n").filter((line) => /^"(PING|SET|GET|INCR|MSET)/.test(line)).length,
    6,
  );
  assert(!/error/i.test(output), output);
});
