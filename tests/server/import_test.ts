/** `redeno import`: all data of a running server is copied by SCAN, DUMP and RESTORE, and compared. */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type StartOptions, startServer } from "../../src/mod.ts";
import { currentPlatform } from "../../src/platform/current.ts";
import type { Host } from "../../src/ports/host.ts";
import type { OutgoingConnection } from "../../src/ports/outgoing.ts";
import type { Platform } from "../../src/ports/platform.ts";
import { importCommand, parseImportOptions } from "../../src/program/import/import_command.ts";
import type { RunningServer } from "../../src/program/start.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { Oracle, oracleProblem } from "../support/oracle.ts";
import { Chance } from "../support/property.ts";
import { randomUnit } from "../support/random_writes.ts";
import { RespClient } from "../support/resp_client.ts";

const platform = await currentPlatform();
const STATE = "redeno-import.json";

/** A machine whose files are in memory, and whose connections are real. */
class ImportHost extends MemoryHost {
  /** How many more times something may be received before the connection breaks. */
  receipts = Infinity;

  constructor() {
    super();
    // A machine in memory refuses connections, and its type says so.
    Object.assign(this, { connect: (...to: Parameters<Host["connect"]>) => this.#connect(...to) });
  }

  async #connect(...to: Parameters<Host["connect"]>): Promise<OutgoingConnection> {
    const connection = await platform.newHost().connect(...to);
    return {
      send: (bytes) => connection.send(bytes),
      receive: () => {
        if (this.receipts-- <= 0) throw new Error("the cable was cut");
        return connection.receive();
      },
      close: () => connection.close(),
    };
  }
}

/** Runs the command; its exit code and what it prints. */
async function run(host: MemoryHost, ...words: string[]): Promise<{ code: number; text: string }> {
  let text = "";
  const process = {
    ...platform.process,
    writeOutput: (bytes: Uint8Array) => text += new TextDecoder().decode(bytes),
  };
  const code = await importCommand(
    words,
    { ...platform, process, newHost: () => host } as Platform,
  );
  return { code, text };
}

const url = (port: number, rest = "") => `redis://127.0.0.1:${port}${rest}`;

async function fill(port: number, seed: number): Promise<void> {
  using client = await RespClient.connect(port);
  const chance = new Chance(seed, 0);
  for (let step = 0; step < 300; step++) {
    for (const words of randomUnit(chance)) await client.call(...words);
  }
  for (let i = 0; i < 200; i++) await client.call("SET", `more:${i}`, `${i}`, "PX", "10000000");
  await client.call("SET", "binary\xff\r\n", "\0\xfe");
}

async function digest(port: number): Promise<string> {
  using client = await RespClient.connect(port);
  return await client.ask("DEBUG", "DIGEST");
}

async function withServers(
  body: (source: RunningServer, target: RunningServer) => Promise<void>,
  sourceConfig: StartOptions = {},
): Promise<void> {
  const common = { port: 0, "enable-debug-command": "yes" } as const;
  await using source = await startServer({ ...common, ...sourceConfig });
  await using target = await startServer(common);
  await body(source, target);
}

Deno.test("every key of every database comes over, with its deadline, and so do functions", async () => {
  await withServers(async (source, target) => {
    await fill(source.port, 1);
    using session = source.session();
    await session.call(
      "FUNCTION",
      "LOAD",
      "#!lua name=l\nredis.register_function('f', function() return 'x' end)",
    );
    const host = new ImportHost();
    const { code, text } = await run(host, url(source.port), url(target.port), "--count", "7");
    assertEquals(code, 0, text);
    assertEquals(await digest(target.port), await digest(source.port));
    assertMatch(text, /copied \d+ of \d+ keys \(100 %\)/);
    assertMatch(text, /compared all keys: 0 differed\./);
    assert(!host.hasFile(STATE));
    using there = target.session();
    assertEquals(await there.call("FCALL", "f", 0), "x");
    assertEquals(
      await there.call("PEXPIRETIME", "more:1"),
      await session.call("PEXPIRETIME", "more:1"),
    );
  });
});

Deno.test("an import that is cut off goes on where it was", async () => {
  for (const receipts of [3, 9, 25, 40, 90]) {
    await withServers(async (source, target) => {
      await fill(source.port, receipts);
      const host = new ImportHost();
      host.receipts = receipts;
      const words = [url(source.port), url(target.port), "--count", "11"];
      const cut = await run(host, ...words);
      assertEquals(cut.code, 1);
      assertStringIncludes(cut.text, "the cable was cut");
      assertStringIncludes(cut.text, "Run the same command again");
      host.receipts = Infinity;
      const whole = await run(host, ...words);
      assertEquals(whole.code, 0, whole.text);
      if (receipts > 9) assertStringIncludes(whole.text, "Going on with the import");
      assertEquals(await digest(target.port), await digest(source.port));
    });
  }
});

Deno.test("what changes after it was copied is found by comparing", async () => {
  await withServers(async (source, target) => {
    await fill(source.port, 5);
    const host = new ImportHost();
    let writes = 0;
    const { replaceFile } = host;
    using session = source.session();
    // The state is written after each batch; a writer comes in between the first of them.
    host.replaceFile = (...file) => {
      replaceFile.apply(host, file);
      if (++writes < 12) session.callNow("SET", `more:${writes}`, "changed");
    };
    const { code, text } = await run(host, url(source.port), url(target.port), "--count", "20");
    assertEquals(code, 0, text);
    assertMatch(text, /[1-9]\d* differed and were copied/);
    assertEquals(await digest(target.port), await digest(source.port));
  });
});

Deno.test("a source that never rests, and keys that are deleted meanwhile, are told", async () => {
  await withServers(async (source, target) => {
    using session = source.session();
    const host = new ImportHost();
    let value = 0;
    const { replaceFile } = host;
    host.replaceFile = (...file) => {
      replaceFile.apply(host, file);
      session.callNow("SET", "restless", ++value);
    };
    session.callNow("SET", "restless", "0");
    const restless = await run(host, url(source.port), url(target.port));
    assertEquals(restless.code, 1);
    assertStringIncludes(restless.text, "the source keeps changing");
    session.callNow("FLUSHALL");
    target.session().callNow("FLUSHALL");
    session.callNow("SET", "gone", "1");
    const other = new ImportHost();
    const replaceOther = other.replaceFile;
    other.replaceFile = (...file) => {
      replaceOther.apply(other, file);
      session.callNow("DEL", "gone");
    };
    const deleted = await run(other, url(source.port), url(target.port));
    assertEquals(deleted.code, 1);
    assertStringIncludes(deleted.text, "the source holds 0 keys and the target 1");
  });
});

Deno.test("one database can be copied into another one, by a user with a password", async () => {
  await withServers(async (source, target) => {
    using session = source.session();
    session.callNow("ACL", "SETUSER", "reader", "on", ">p@ss/word", "~*", "+@read", "+@connection");
    session.callNow("SELECT", "3");
    session.callNow("SET", "k", "v");
    session.callNow("SELECT", "4");
    session.callNow("SET", "other", "v");
    const from = `redis://reader:p%40ss%2Fword@127.0.0.1:${source.port}/3`;
    const { code, text } = await run(new ImportHost(), from, url(target.port, "/5"));
    assertEquals(code, 0, text);
    assert(!text.includes("p@ss") && !text.includes("p%40ss"), text);
    using there = target.session();
    there.callNow("SELECT", "5");
    assertEquals(there.callNow("KEYS", "*"), ["k"]);
    const wrong = await run(
      new ImportHost(),
      `redis://reader:wrong@127.0.0.1:${source.port}/3`,
      url(target.port, "/6"),
    );
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.text, "refuses AUTH: WRONGPASS");
  });
});

Deno.test("keys of the target are not overwritten unless that is asked for", async () => {
  await withServers(async (source, target) => {
    source.session().callNow("SET", "k", "new");
    using there = target.session();
    there.callNow("SET", "k", "old");
    there.callNow("SET", "own", "1");
    const words = [url(source.port), url(target.port)];
    const refused = await run(new ImportHost(), ...words);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.text, "The target holds 2 keys in database 0. With --replace");
    assertEquals(there.callNow("GET", "k"), "old");
    assertEquals((await run(new ImportHost(), ...words, "--replace")).code, 0);
    assertEquals(there.callNow("GET", "k"), "new");
    assertEquals(there.callNow("GET", "own"), "1");
  });
});

Deno.test("a state that belongs to another import, or is none, is left alone", async () => {
  await withServers(async (source, target) => {
    source.session().callNow("SET", "k", "v");
    const words = [url(source.port), url(target.port)];
    for (
      const [contents, reason] of [
        ['{"route":"a to b","databases":[]}', "belongs to another import: a to b"],
        ["x", "is not the state of an import"],
        ['{"route":1}', "is not the state of an import"],
      ]
    ) {
      const host = new ImportHost();
      host.replaceFile(STATE, new TextEncoder().encode(contents));
      const { code, text } = await run(host, ...words);
      assertEquals(code, 1);
      assertStringIncludes(text, reason);
      assertEquals(new TextDecoder().decode(host.readFile(STATE)), contents);
    }
  });
});

Deno.test("a command line that makes no sense says why, and shows no password", () => {
  for (
    const [line, reason] of [
      ["", "the source is missing"],
      ["x", "not a URL"],
      ["http://h", "must begin with redis:// or rediss://"],
      ["redis://:secret@/0", "not a URL"],
      ["redis://h/x", "'x' is no database"],
      ["redis://h redis://h/1", "the source must name one too"],
      ["redis://h redis://h redis://h", "more than two servers"],
      ["redis://h --nosuch", "no option --nosuch"],
      ["redis://h --count", "--count needs a value"],
      ["redis://h --count 0", "is no number of keys"],
    ]
  ) {
    const words = line.split(" ").filter((word) => word !== "");
    const error = assertThrows(() => parseImportOptions(words), Error, reason) as Error | undefined;
    assert(!error?.message.includes("secret"));
  }
  const { source, target } = parseImportOptions(["rediss://u:p%25@[::1]:7000/2"]);
  assertEquals(source, {
    hostname: "::1",
    port: 7000,
    usesTls: true,
    user: "u",
    password: "p%",
    database: 2,
  });
  assertEquals([target.hostname, target.port, target.usesTls], ["127.0.0.1", 6379, false]);
});

const problem = await oracleProblem();
Deno.test({
  name: `redis-server's data comes over${problem === undefined ? "" : ` (skipped: ${problem})`}`,
  ignore: problem !== undefined,
  async fn() {
    await using oracle = await Oracle.start();
    await using target = await startServer({ port: "0", "enable-debug-command": "yes" });
    using client = await RespClient.connect(oracle.port);
    await client.call("FLUSHALL");
    await fill(oracle.port, 9);
    const { code, text } = await run(new ImportHost(), url(oracle.port), url(target.port));
    assertEquals(code, 0, text);
    assertEquals(await digest(target.port), await digest(oracle.port));
  },
});
