/** What a start makes of files that are half written, or that are none. In memory. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LoadError } from "../../src/persistence/data_loader.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

Deno.test("files that a killed process was writing are removed at the next start, and nothing else", async () => {
  const folder = "appendonlydir";
  const leftovers = [
    "temp-17.rdb",
    "temp-4711.bg.rdb",
    `${folder}/temp-rewriteaof-17.aof`,
    `${folder}/temp-rewriteaof-bg-17.aof`,
    `${folder}/temp-appendonly.aof.incr`,
    `${folder}/appendonly.aof.manifest.17.tmp`,
    `${folder}/appendonly.aof.1.incr.aof.cut-at-5.tmp`,
  ];
  const others = [
    "temp-.rdb",
    "temp-17.rdb.bak",
    "temp-17.bg.rdbx",
    "mytemp-17.rdb",
    "temp-me.rdb",
    "elsewhere/temp-17.rdb",
    `${folder}/temp-17.rdb`,
    `${folder}/temp-rewriteaof-.aof`,
    `${folder}/temp-other.aof.incr`,
    `${folder}/other.manifest.17.tmp`,
    `${folder}/appendonly.aof.1.incr.aof.cut-at-5`,
  ];
  const content = (path: string): [string, Uint8Array] => [path, new Uint8Array(3)];
  const host = new MemoryHost(new Map([...leftovers, ...others].map(content)));
  const server = await new LocalServer(host, {}).start();
  assertEquals([...host.files.keys()].sort(), others.sort());
  assertEquals(server.log.filter((line) => line.includes("left behind")).length, leftovers.length);
});

Deno.test("what cannot be opened or read ends the start with a reason, though it is there", async () => {
  for (const path of ["dump.rdb", "appendonlydir/appendonly.aof.manifest"]) {
    const host = new MemoryHost(new Map([[path, new Uint8Array(100)]]));
    host.readLimit = () => {
      throw new Error("Is a directory");
    };
    const directives = { appendonly: path === "dump.rdb" ? "no" : "yes" };
    const error = await new LocalServer(host, directives).start().then(() => {}, (error) => error);
    assert(error instanceof LoadError, path);
    assertMatch(
      error.message,
      path === "dump.rdb" ? /Fatal error loading the DB.*Is a direc/ : /./,
    );
  }
});
