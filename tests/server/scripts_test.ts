/** Scripts and the rest of the server: who sees what they do, and what they may do. */
import { assertEquals, assertMatch } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { problem, withPair } from "../support/differential.ts";
import { RespClient } from "../support/resp_client.ts";

Deno.test("MONITOR shows a script, and behind it what it runs", async () => {
  await using server = await startFrozenServer();
  using watcher = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  await watcher.call("MONITOR");
  await client.call("EVAL", "redis.call('set',KEYS[1],1) return redis.pcall('nosuch')", "1", "a");
  const lines = [(await watcher.read()).text!, (await watcher.read()).text!];
  assertMatch(lines[0], /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "EVAL" "redis\.call\('set',KEYS/);
  assertMatch(lines[1], /^\d+\.\d{6} \[0 lua\] "set" "a" "1"$/);
});

Deno.test("a client that caches keys is told of those that its scripts have read", async () => {
  await using server = await startFrozenServer();
  using reader = await RespClient.connect(server.port);
  using writer = await RespClient.connect(server.port);
  await reader.call("HELLO", "3");
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("EVAL", "return redis.call('get',KEYS[1])", "2", "read", "declared");
  await writer.call("SET", "declared", "1");
  await writer.call("SET", "read", "1");
  const message = await reader.read();
  assertEquals(message.elements[1].elements[0].text, "read");
});

Deno.test("a script may do what its user may, and ACL LOG says where it was refused", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  using admin = await RespClient.connect(server.port);
  await admin.call("ACL", "SETUSER", "u", "on", "nopass", "~a*", "+eval", "+get", "+set");
  await client.call("AUTH", "u", "x");
  const run = (text: string, ...words: string[]) => client.ask("EVAL", text, ...words);
  assertEquals(await run("return redis.call('set','a',1)", "0"), '+"OK"');
  assertMatch(
    await run("return redis.call('del','a')", "0"),
    /^-"ERR ACL failure in script: User u has no permissions to run the 'del' command script: /,
  );
  assertMatch(
    await run("return redis.call('get','b')", "0"),
    /^-"ERR ACL failure in script: No permissions to access a key script: /,
  );
  assertMatch(await run("return 1", "1", "b"), /^-"NOPERM No permissions to access a key"/);
  const [entry] = (await admin.call("ACL", "LOG")).elements.slice(1);
  const fields = entry.elements.map(({ text }) => text);
  assertEquals(fields.slice(2, 8), ["reason", "key", "context", "lua", "object", "b"]);
  const may = (words: string) => run(`return redis.acl_check_cmd(${words})`, "0");
  assertEquals(await may("'get','a'"), ':"1"');
  assertEquals(await may("'get','b'"), "$ null");
  assertEquals(await may("'del','a'"), "$ null");
});

Deno.test("who waits for a key is served behind the script that has made it", async () => {
  await using server = await startFrozenServer();
  using waiting = await RespClient.connect(server.port);
  using client = await RespClient.connect(server.port);
  const popped = waiting.ask("BLPOP", "l", "0");
  for (;;) {
    const info = (await client.call("INFO", "clients")).text!;
    if (info.includes("blocked_clients:1")) break;
  }
  const script =
    "redis.call('rpush','l','a') local n = redis.call('llen','l') redis.call('rpush','l','b') return n";
  assertEquals(await client.ask("EVAL", script, "0"), ':"1"');
  assertEquals(await popped, '*2[$"l" $"a"]');
  assertEquals(await client.ask("LLEN", "l"), ':"1"');
});

Deno.test("CLIENT PAUSE WRITE holds up scripts, but those that change nothing", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  const reader = "#!lua flags=no-writes\nreturn redis.call('get','a')";
  const digest = (await client.call("SCRIPT", "LOAD", reader)).text!;
  await client.call("CLIENT", "PAUSE", "100000", "WRITE");
  assertEquals(await client.ask("EVAL", reader, "0"), "$ null");
  assertEquals(await client.ask("EVALSHA", digest, "0"), "$ null");
  assertEquals(await client.ask("EVAL_RO", "return redis.call('get','a')", "0"), "$ null");
  const held = other.ask("EVAL", "return redis.call('set','a',1)", "0");
  const heldToo = client.ask("EVAL", "#!lua\nreturn redis.call('get','a')", "0");
  server.clock.advance({ milliseconds: 100_001 });
  assertEquals(await held, '+"OK"');
  assertMatch(await heldToo, /^\$/);
});

Deno.test("without memory a script may go on that needs none, says so, or has written", async () => {
  await using server = await startFrozenServer({ config: { "maxmemory-policy": "noeviction" } });
  using client = await RespClient.connect(server.port);
  const run = (text: string) => client.ask("EVAL", text, "0");
  await client.call("SET", "a", "x".repeat(100));
  await client.call("CONFIG", "SET", "maxmemory", "1");
  assertMatch(
    await run("return redis.call('set','b',1)"),
    /^-"OOM command not allowed when used me/,
  );
  assertEquals(await run("return redis.call('strlen','a')"), ':"100"');
  assertEquals(await run("redis.call('del','a') return redis.call('set','b',1)"), '+"OK"');
  assertMatch(await run("#!lua\nreturn 1"), /^-"OOM command not allowed when used me/);
  assertEquals(await run("#!lua flags=allow-oom\nreturn redis.call('set','c',1)"), '+"OK"');
  assertEquals(await run("#!lua flags=no-writes\nreturn redis.call('get','c')"), '$"1"');
});

Deno.test("scripts of EVAL go when there are very many, those of SCRIPT LOAD stay", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  const loaded = (await client.call("SCRIPT", "LOAD", "return 'loaded'")).text!;
  await client.call("EVAL", "return 'kept'", "0");
  const both = (await client.call("SCRIPT", "LOAD", "return 'kept'")).text!;
  for (let i = 0; i < 600; i++) await client.call("EVAL", `return ${i}`, "0");
  assertEquals(await client.ask("SCRIPT", "EXISTS", loaded, both), '*2[:"1" :"1"]');
  const info = (await client.call("INFO", "memory")).text!;
  assertMatch(info, /number_of_cached_scripts:502\r/);
  assertEquals(await client.ask("EVALSHA", loaded, "0"), '$"loaded"');
  assertEquals(await client.ask("EVAL", "return 0", "0"), ':"0"');
});

Deno.test({
  name: `commands of scripts are counted as any, and an error once${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async ({ ours, oracle }) => {
      const scripts = [
        "return redis.call('select',99)",
        "return redis.pcall('select',99)",
        "redis.pcall('select',99) redis.call('ping')",
        "redis.call('nosuch')",
        "return redis.error_reply('MY x')",
        "error('x')",
        "return (",
        "redis.pcall('get')",
        "redis.pcall('save')",
        "return {1,{err='A b'}}",
        "return nosuch",
        "return redis.call('lpush','a',1)+redis.call('incr','a')",
      ];
      for (const script of scripts) {
        const counts = await Promise.all([ours, oracle].map(async (client) => {
          await client.call("CONFIG", "RESETSTAT");
          await client.call("EVAL", script, "0");
          const info = (await client.call("INFO", "commandstats", "errorstats")).text!;
          return info.split("\r\n").filter((line) => /^(cmd|error)stat_/.test(line))
            .filter((line) => !line.includes("config"))
            .map((line) => line.replace(/usec\w*=[\d.]+,/g, "")).sort();
        }));
        assertEquals(counts[0], counts[1], script);
      }
    }),
});
