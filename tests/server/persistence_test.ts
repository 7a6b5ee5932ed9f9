import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DenoHost } from "../../src/platform/deno/host.ts";
import { problem as oracleProblem } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { freePort, Oracle } from "../support/oracle.ts";
import { Program, programProblem } from "../support/program.ts";
import { RespClient, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

const problem = await programProblem();

/** A test that is given an empty folder. */
function test(
  name: string,
  reason: string | undefined,
  fn: (folder: string) => Promise<void>,
): void {
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    async fn() {
      const folder = Deno.makeTempDirSync({ prefix: "redeno-" });
      try {
        await fn(folder);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

/** A started program that serves a folder's data, with a client. */
async function serve(folder: string, ...args: string[]) {
  const port = freePort();
  const program = new Program(
    ["--port", `${port}`, "--enable-debug-command", "yes", ...args],
    undefined,
    folder,
  );
  await program.waitFor("Ready to accept");
  return { program, port, client: await RespClient.connect(port) };
}

/** A library of one function, long enough to be compressed. */
function library(name: string): string {
  const body = `return '${`${name} `.repeat(20)}'`;
  return `#!lua name=${name}\nredis.register_function('${name}', function() ${body} end)`;
}

/** Data of every type, small and large, with TTLs, in two databases, and a library. */
async function fill(client: RespClient): Promise<void> {
  const many = Array.from({ length: 300 }, (_, i) => `member ${i}`);
  for (
    const request of [
      ["SET", "string", "value"],
      ["SET", "int", "12345"],
      ["SET", "long", "x".repeat(5000)],
      ["SET", "binary", "\x00\xff\r\n"],
      ["SET", "volatile", "v", "PXAT", "33000000000000"],
      ["RPUSH", "list", "a", "1", "b"],
      ["RPUSH", "longlist", ...many.map((member) => member.repeat(20))],
      ["SADD", "ints", "1", "2", "70000"],
      ["SADD", "set", "a", "b"],
      ["SADD", "bigset", ...many],
      ["ZADD", "zset", "1", "a", "2.5", "b"],
      ["ZADD", "bigzset", ...many.flatMap((member, i) => [`${i / 4}`, member])],
      ["HSET", "hash", "f", "v"],
      ["HSET", "bighash", ...many.flatMap((member) => [member, "x".repeat(70)])],
      ["XADD", "stream", "1-1", "f", "v"],
      ["XADD", "stream", "2-1", "f", "w"],
      ["XGROUP", "CREATE", "stream", "g", "0"],
      ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "stream", ">"],
      ["PFADD", "hll", ...many],
      ["FUNCTION", "LOAD", library("first")],
      ["SELECT", "3"],
      ["SET", "other", "database"],
      ["SELECT", "0"],
    ]
  ) assert((await client.call(...request)).type !== "-", request.join(" ").slice(0, 60));
}

/** A digest of all data, and the libraries. */
async function digest(client: RespClient): Promise<string> {
  const { elements } = await client.call("FUNCTION", "LIST", "WITHCODE");
  return [await client.ask("DEBUG", "DIGEST"), ...elements.map(show).sort()].join(" ");
}

test("data outlives the program: SHUTDOWN saves, the next start loads", problem, async (folder) => {
  let before: string;
  {
    const { program, client } = await serve(folder);
    await fill(client);
    before = await digest(client);
    assertEquals((await client.call("SAVE")).text, "OK");
    await client.call("SET", "last", "moment");
    await client.call("HSET", "fields", "a", "1", "b", "2");
    await client.call("HPEXPIREAT", "fields", "33000000000000", "FIELDS", "1", "a");
    await client.send(new TextEncoder().encode("SHUTDOWN\r\n"));
    assertEquals(await program.ended(), 0);
    client.close();
  }
  const { program, client } = await serve(folder);
  await using _ = program;
  assertStringIncludes(program.output, "keys loaded: 19");
  assertEquals(await client.ask("GET", "last"), '$"moment"');
  assertEquals(await client.ask("PEXPIRETIME", "volatile"), ':"33000000000000"');
  assertEquals(
    await client.ask("HPEXPIRETIME", "fields", "FIELDS", "2", "a", "b"),
    '*2[:"33000000000000" :"-1"]',
  );
  await client.call("DEL", "last", "fields");
  assertEquals(await digest(client), before);
  assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
  assertStringIncludes(await client.ask("XINFO", "GROUPS", "stream"), '$"pending" :"1"');
  client.close();
});

test(
  "a file moves to redis-server and back unchanged",
  problem ?? oracleProblem,
  async (folder) => {
    let before: string;
    {
      const { program, client } = await serve(folder);
      await fill(client);
      before = await digest(client);
      await client.send(new TextEncoder().encode("SHUTDOWN SAVE\r\n"));
      assertEquals(await program.ended(), 0);
      client.close();
    }
    {
      await using oracle = await Oracle.start("--dir", folder);
      using client = await RespClient.connect(oracle.port);
      assertEquals(await digest(client), before);
      assertEquals((await client.call("SAVE")).text, "OK");
    }
    const { program, client } = await serve(folder);
    await using _ = program;
    assertEquals(await digest(client), before);
    client.close();
  },
);

/** Whether Redis's own tool finds nothing wrong with an append-only file. */
async function checkAof(folder: string): Promise<string> {
  const { stdout } = await new Deno.Command("redis-check-aof", {
    args: [`${folder}/appendonlydir/appendonly.aof.manifest`],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

for (const preamble of ["yes", "no"]) {
  test(
    `an append-only file moves to redis-server and back unchanged, aof-use-rdb-preamble ${preamble}`,
    problem ?? oracleProblem,
    async (folder) => {
      const directives = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble];
      let before: string;
      {
        const { program, client } = await serve(folder, ...directives);
        await fill(client);
        await client.call("BGREWRITEAOF");
        await program.waitFor("Background AOF rewrite finished successfully");
        await client.call("MULTI");
        await client.call("SET", "after", "rewrite");
        await client.call("SPOP", "bigset", "3");
        await client.call("EXEC");
        before = await digest(client);
        program.signal("SIGKILL");
        await program.ended();
        client.close();
      }
      assertStringIncludes(await checkAof(folder), "All AOF files and manifest are valid");
      {
        await using oracle = await Oracle.start("--dir", folder, ...directives);
        using client = await RespClient.connect(oracle.port);
        assertEquals(await digest(client), before);
        assertStringIncludes(await client.ask("XINFO", "GROUPS", "stream"), '$"pending" :"1"');
        await client.call("XADD", "stream", "*", "from", "redis");
        await client.call("FUNCTION", "LOAD", library("second"));
        await client.call("INCRBYFLOAT", "int", "0.5");
        await client.call("BGREWRITEAOF");
        const info = async () => (await client.call("INFO", "persistence")).text!;
        await until(
          "the rewrite's end",
          async () => !(await info()).includes("rewrite_in_progress:1"),
        );
        await client.call("LPOP", "longlist");
        await client.call("FUNCTION", "LOAD", library("third"));
        before = await digest(client);
      }
      const { program, client } = await serve(folder, ...directives);
      await using _ = program;
      assertEquals(await digest(client), before);
      assertEquals((await client.call("DEBUG", "ARENA")).type, "$");
      client.close();
    },
  );
}

test(
  "an append-only file that ends within a request is cut, and goes on",
  problem,
  async (folder) => {
    const directives = ["--appendonly", "yes", "--save", ""];
    {
      const { program, client } = await serve(folder, ...directives);
      await client.call("SET", "whole", "1");
      await client.call("SET", "cut", "2");
      program.signal("SIGTERM");
      assertEquals(await program.ended(), 0);
      client.close();
    }
    const path = `${folder}/appendonlydir/appendonly.aof.1.incr.aof`;
    Deno.truncateSync(path, Deno.statSync(path).size - 3);
    for (const round of [1, 2]) {
      const { program, client } = await serve(folder, ...directives);
      assertEquals(program.output.includes("Truncating the AOF"), round === 1);
      assertEquals(await client.ask("MGET", "whole", "cut"), '*2[$"1" $ null]');
      await client.call("SET", "more", "3");
      program.signal("SIGTERM");
      assertEquals(await program.ended(), 0);
      client.close();
    }
  },
);

/** Writes until the server is gone; returns how many writes it has acknowledged. */
async function write(port: number, key: string): Promise<number> {
  using client = await RespClient.connect(port);
  for (let acknowledged = 0;; acknowledged++) {
    const reply = await client.call("RPUSH", key, "x".repeat(50)).catch(() => undefined);
    if (reply === undefined) return acknowledged;
  }
}

test("a killed program has kept all that it acknowledged", problem, async (folder) => {
  const directives = ["--appendonly", "yes", "--save", "", "--auto-aof-rewrite-min-size", "20kb"];
  const kept = new Map<string, number>();
  for (let round = 0; round < 5 * effort; round++) {
    const policy = round % 2 === 0 ? "always" : "no";
    const { program, client, port } = await serve(folder, ...directives, "--appendfsync", policy);
    const keys = Array.from({ length: 8 }, (_, i) => `list ${i}`);
    for (const key of keys) {
      const length = Number((await client.call("LLEN", key)).text);
      const known = kept.get(key) ?? 0;
      // The last write of each client was perhaps not acknowledged any more.
      assert(
        length === known || length === known + 1,
        `${length} are there, ${known} were promised`,
      );
      kept.set(key, length);
    }
    const writing = keys.map(async (key) => {
      const acknowledged = await write(port, key);
      kept.set(key, kept.get(key)! + acknowledged);
    });
    for (let i = 0; i < 300; i++) await client.call("PING");
    program.signal("SIGKILL");
    await Promise.all([program.ended(), ...writing]);
    client.close();
  }
  assert(kept.get("list 0")! > 100);
});

test("a damaged file is refused with a reason, and left as it was", problem, async (folder) => {
  {
    const { program, client } = await serve(folder);
    await client.call("SET", "k", "some value that is long enough to be damaged");
    await client.call("SAVE");
    await client.send(new TextEncoder().encode("SHUTDOWN NOSAVE\r\n"));
    await program.ended();
    client.close();
  }
  const path = `${folder}/dump.rdb`;
  const sound = Deno.readFileSync(path);
  const damages: [Uint8Array, string][] = [
    [sound.with(sound.length - 20, sound[sound.length - 20] ^ 1), "Wrong RDB checksum"],
    [sound.slice(0, sound.length - 30), "Unexpected EOF"],
    [sound.with(0, 0x58), "Wrong signature"],
    [sound.with(7, 0x39), "Can't handle RDB format version"],
  ];
  for (const [bytes, reason] of damages) {
    Deno.writeFileSync(path, bytes);
    await using program = new Program(["--port", `${freePort()}`], undefined, folder);
    assertEquals(await program.ended(), 1);
    assertStringIncludes(program.output, reason);
    assertEquals(Deno.readFileSync(path), bytes);
  }
});

test(
  "what stands where a file should be is named, and the program ends",
  problem,
  async (folder) => {
    const manifest = `${folder}/appendonlydir/appendonly.aof.manifest`;
    Deno.mkdirSync(`${folder}/dump.rdb`);
    Deno.mkdirSync(manifest, { recursive: true });
    for (const [appendonly, name] of [["no", "Fatal error loading the DB"], ["yes", "manifest"]]) {
      const args = ["--port", `${freePort()}`, "--appendonly", appendonly];
      await using program = new Program(args, undefined, folder);
      assertEquals(await program.ended(), 1);
      assertStringIncludes(program.output, name);
      assertStringIncludes(program.output, "Is a directory");
      assert(!program.output.includes("    at "), program.output);
    }
  },
);

test(
  "temporary files go at the start, unless somebody is writing them",
  problem,
  async (folder) => {
    const written = `${folder}/temp-99998.rdb`;
    Deno.writeTextFileSync(`${folder}/temp-99999.rdb`, "half");
    using file = Deno.openSync(written, { write: true, create: true });
    file.lockSync(true);
    const { program, client } = await serve(folder, "--rdb-key-save-delay", "1000000");
    // Its own count too, while it writes them.
    await client.call("SET", "k", "v");
    await client.call("BGSAVE");
    const temporary = [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(".bg.rdb"));
    assertEquals(temporary.length, 1);
    assert(!new DenoHost().removeUnused(`${folder}/${temporary[0]}`));
    program.signal("SIGKILL");
    await program.ended();
    client.close();
    const next = await serve(folder);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["temp-99998.rdb"]);
    next.program.signal("SIGTERM");
    assertEquals(await next.program.ended(), 0);
    next.client.close();
  },
);

test("without save points SHUTDOWN saves nothing", problem, async (folder) => {
  const { program, client } = await serve(folder, "--save", "");
  await client.call("SET", "k", "v");
  await client.send(new TextEncoder().encode("SHUTDOWN\r\n"));
  assertEquals(await program.ended(), 0);
  client.close();
  assertEquals([...Deno.readDirSync(folder)], []);
});

test("while data is loaded clients are told so, and how far it is", problem, async (folder) => {
  {
    const { program, client } = await serve(folder);
    await client.call("DEBUG", "POPULATE", "1000000", "key", "20");
    await client.send(new TextEncoder().encode("SHUTDOWN SAVE\r\n"));
    await program.ended();
    client.close();
  }
  const port = freePort();
  await using program = new Program(["--port", `${port}`], undefined, folder);
  await program.waitFor("Server initialized");
  using client = await RespClient.connect(port);
  assertStringIncludes(await client.ask("GET", "key:1"), "LOADING Redis is loading the dataset");
  const info = (await client.call("INFO", "persistence")).text!;
  for (const name of ["dir", "appendonly"]) {
    assertStringIncludes(await client.ask("CONFIG", "SET", name, "no"), "LOADING Redis is loading");
  }
  assertEquals(await client.ask("CONFIG", "SET", "timeout", "0"), '+"OK"');
  assertMatch(info, /loading:1\r[^]*loading_loaded_perc:\d+\.\d+\r/);
  await program.waitFor("Ready to accept");
  assertEquals(await client.ask("DBSIZE"), ':"1000000"');
  assertMatch((await client.call("INFO", "persistence")).text!, /loading:0\r/);
});
