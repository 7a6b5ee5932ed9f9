/** Scripts and functions by the ways that ioredis and node-redis offer for them. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { packageProblem, testUnless } from "../support/npm_clients.ts";

const npm = await packageProblem();

const TRANSFER = `
  local amount = tonumber(ARGV[1])
  local balance = tonumber(redis.call('GET', KEYS[1]) or '0')
  if balance < amount then return redis.error_reply('POOR has only ' .. balance) end
  return { redis.call('DECRBY', KEYS[1], amount), redis.call('INCRBY', KEYS[2], amount), ARGV[2], false }`;

testUnless(npm, "a command that ioredis defines is sent whole once, then by its hash", async () => {
  const { Redis } = await import("ioredis");
  await using server = await startFrozenServer({ inspectsChanges: true });
  const redis = new Redis(server.port, "127.0.0.1", {
    scripts: { transfer: { lua: TRANSFER, numberOfKeys: 2 } },
  });
  type Transfer = (from: string, to: string, amount: number, note: string) => Promise<unknown>;
  const transfer: Transfer = (...args) =>
    (redis as unknown as { transfer: Transfer }).transfer(...args);
  try {
    await redis.set("a", 10);
    assertEquals(await transfer("a", "b", 3, "ü"), [7, 3, "ü", null]);
    const error = await assertRejects(() => transfer("a", "b", 8, ""), Error);
    assertEquals(error.message, "POOR has only 7");
    await redis.script("FLUSH");
    assertEquals(await transfer("a", "b", 2, ""), [5, 5, "", null]);
    redis.defineCommand("bytes", { lua: "return ARGV[1] .. '\\0\\255'" });
    const bytes = redis as unknown as {
      bytesBuffer(keys: number, text: Uint8Array): Promise<Buffer>;
    };
    const sent = Uint8Array.of(0, 13, 10, 200);
    assertEquals([...await bytes.bytesBuffer(0, Buffer.from(sent))], [...sent, 0, 255]);
    // deno-lint-ignore no-explicit-any -- commands that are defined at run time have no types
    const pipeline = redis.pipeline().set("a", 1) as any;
    const results = await pipeline.transfer("a", "b", 1, "last").get("b").exec();
    assertEquals(results, [[null, "OK"], [null, [0, 6, "last", null]], [null, "6"]]);
    const stats = await redis.info("commandstats");
    // For each script once, and again after the flush.
    assertStringIncludes(stats, "cmdstat_eval:calls=3,");
  } finally {
    redis.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  testUnless(npm, `node-redis runs scripts of its own in RESP${RESP}`, async () => {
    const { createClient, defineScript } = await import("redis");
    await using server = await startFrozenServer({ inspectsChanges: true });
    const redis = createClient({
      url: `redis://127.0.0.1:${server.port}`,
      RESP,
      scripts: {
        add: defineScript({
          SCRIPT: "return redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])",
          NUMBER_OF_KEYS: 1,
          parseCommand(parser, key: string, toAdd: number) {
            parser.pushKey(key);
            parser.push(toAdd.toString());
          },
          transformReply: (reply: unknown) => Number(reply),
        }),
        look: defineScript({
          SCRIPT: "redis.setresp(3) return redis.call('HGETALL', KEYS[1])",
          NUMBER_OF_KEYS: 1,
          IS_READ_ONLY: true,
          parseCommand: (parser, key: string) => parser.pushKey(key),
          transformReply: (reply: unknown) => reply,
        }),
      },
    });
    await redis.connect();
    try {
      assertEquals(await redis.add("n", 1.5), 1.5);
      assertEquals(await redis.add("n", 2), 3.5);
      const both: unknown = await redis.multi().add("n", 1).add("n", 1).exec();
      assertEquals(both, [4.5, 5.5]);
      await redis.hSet("hash", { field: "value" });
      const looked = await redis.look("hash");
      if (RESP === 2) assertEquals(looked, ["field", "value"]);
      else assertEquals({ ...looked as object }, { field: "value" });
      const sha = await redis.scriptLoad("return {ARGV, #KEYS}");
      const options = { keys: ["k"], arguments: ["x", "y"] };
      assertEquals(await redis.evalSha(sha, options), [["x", "y"], 1]);
      assertEquals(await redis.scriptExists([sha, "0".repeat(40)]), [1, 0]);
    } finally {
      redis.destroy();
    }
  });
}

testUnless(npm, "node-redis loads a library and calls its functions", async () => {
  const { createClient, RESP_TYPES } = await import("redis");
  await using server = await startFrozenServer({ inspectsChanges: true });
  const redis = createClient({
    url: `redis://127.0.0.1:${server.port}`,
    functions: {
      counters: {
        bump: {
          NUMBER_OF_KEYS: 1,
          // deno-lint-ignore no-explicit-any -- the parser's type is not exported
          parseCommand(parser: any, key: string, by: number) {
            parser.pushKey(key);
            parser.push(by.toString());
          },
          transformReply: (reply: unknown) => reply,
        },
        peek: {
          NUMBER_OF_KEYS: 1,
          IS_READ_ONLY: true,
          // deno-lint-ignore no-explicit-any -- the parser's type is not exported
          parseCommand: (parser: any, key: string) => parser.pushKey(key),
          transformReply: (reply: unknown) => reply,
        },
      },
    },
  });
  await redis.connect();
  try {
    const library = `#!lua name=counters
      redis.register_function('bump', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
      redis.register_function{
        function_name = 'peek',
        callback = function(keys) return redis.call('GET', keys[1]) end,
        flags = { 'no-writes' },
      }`;
    assertEquals(await redis.functionLoad(library), "counters");
    assertEquals(await redis.counters.bump("n", 2), 2);
    assertEquals(await redis.counters.peek("n"), "2");
    await assertRejects(() => redis.functionLoad(library), Error, "already exists");
    const [listed] = await redis.functionList();
    assertEquals(listed.functions.map(({ name }) => name).sort(), ["bump", "peek"]);
    const asBytes = { [RESP_TYPES.BLOB_STRING]: Buffer };
    const dump = await redis.withTypeMapping(asBytes).functionDump();
    await redis.functionFlush();
    await assertRejects(() => redis.counters.peek("n"), Error, "Function not found");
    await redis.functionRestore(dump);
    assertEquals(await redis.counters.peek("n"), "2");
  } finally {
    redis.destroy();
  }
});
