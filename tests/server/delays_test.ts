/** The directives that make saving and loading slow, so that tests can look at what happens meanwhile. In memory. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

async function started(directives: Readonly<Record<string, string>>) {
  const host = new MemoryHost();
  const server = await new LocalServer(host, directives).start();
  server.run(["SET", "k", "v"]);
  return { server, host };
}

Deno.test("delays of the debug directives pass on the server's clock", async () => {
  const { server, host } = await started({ appendonly: "yes", appendfsync: "always" });
  const elapsed = (body: () => unknown) => {
    const startMs = server.clock.now();
    body();
    return server.clock.now() - startMs;
  };
  for (const key of ["a", "b", "c"]) server.run(["SET", key, "v"]);
  server.ask("CONFIG", "SET", "rdb-key-save-delay", "20000");
  assertEquals(elapsed(() => server.ask("SAVE")), 80);
  assertEquals(server.ask("DEBUG", "AOF-FLUSH-SLEEP", "7000"), "OK");
  assertEquals(elapsed(() => server.run(["SET", "d", "1"])), 7);
  assertEquals(elapsed(() => server.run(["GET", "d"])), 0);
  server.ask("DEBUG", "AOF-FLUSH-SLEEP", "0");
  // SELECT and five times SET.
  server.ask("CONFIG", "SET", "key-load-delay", "1000");
  assertEquals(elapsed(() => server.ask("DEBUG", "LOADAOF")), 6);
  assertEquals(host.readFile("dump.rdb").length > 0, true);
});

Deno.test("rdb-key-save-delay lets a BGSAVE take its time, but no client waits", async () => {
  const { server } = await started({ "rdb-key-save-delay": "100000" });
  for (let i = 0; i < 4; i++) server.run(["SET", `k${i}`, "v"]);
  assertEquals(server.ask("BGSAVE"), "Background saving started");
  for (let i = 0; i < 4; i++) {
    server.clock.advance({ milliseconds: 100 });
    assertEquals(server.ask("PING"), "PONG");
    assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:1\r/);
  }
  server.clock.advance({ milliseconds: 300 });
  await settle();
  assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:0\r/);
});

Deno.test("rdb-key-save-delay counts for keys too that are written early, because clients change them", async () => {
  const { server } = await started({ "rdb-key-save-delay": "100000" });
  const keys = Array.from({ length: 5 }, (_, i) => `k${i}`);
  for (const key of keys) server.run(["SET", key, "before"]);
  server.ask("BGSAVE");
  for (const key of keys) server.run(["SET", key, "after"]);
  server.clock.advance({ milliseconds: 550 });
  await settle();
  assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:1\r/);
  server.clock.advance({ milliseconds: 200 });
  await settle();
  assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:0\r/);
});

Deno.test("a BGSAVE hurries when the delay is taken away", async () => {
  const { server } = await started({ "rdb-key-save-delay": "10000000" });
  assertEquals(server.ask("BGSAVE"), "Background saving started");
  server.clock.advance({ milliseconds: 500 });
  assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:1\r/);
  server.ask("CONFIG", "SET", "rdb-key-save-delay", "0");
  server.clock.advance({ milliseconds: 100 });
  await settle();
  assertMatch(server.ask("INFO", "persistence")!, /rdb_bgsave_in_progress:0\r/);
});

Deno.test("loading-process-events-interval-bytes lets clients in between", async () => {
  const { server, host } = await started({});
  for (let i = 0; i < 50; i++) server.run(["SET", `k${i}`, "abcdefghij".repeat(20)]);
  server.ask("CONFIG", "SET", "rdbcompression", "no");
  assertEquals(server.ask("SAVE"), "OK");
  const yields = (directives: Readonly<Record<string, string>>) => {
    const { server } = new LocalServer(host.afterKill(), directives);
    return [...server.persistence.loader.rdbFile()].length;
  };
  assertEquals(yields({}), 0);
  const bytes = host.readFile("dump.rdb").length;
  const count = yields({ "loading-process-events-interval-bytes": "1024" });
  assert(count <= bytes / 1024 && count > bytes / 1024 / 2, `${count} in ${bytes} bytes`);
  assertEquals(yields({ "key-load-delay": "30000" }), 51);
});
