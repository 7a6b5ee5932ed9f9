/** How a server ends: by SHUTDOWN, by a signal, and when it must not. In memory. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

/** A server with one key, which tells when it has ended. */
async function started(directives: Readonly<Record<string, string>>, host = new MemoryHost()) {
  const server = await new LocalServer(host, directives).start();
  const state = { hasEnded: false };
  server.server.stopRequested.then(() => state.hasEnded = true);
  server.run(["SET", "k", "v"]);
  return { server, host, state };
}

/** Lets the housekeeping hear of a signal. */
async function tick({ clock }: LocalServer): Promise<void> {
  clock.advance({ milliseconds: 100 });
  await settle();
}

Deno.test("a signal ends the server as its directive says", async () => {
  const cases: [save: string, words: string, isSaved: boolean][] = [
    ["900 1", "default", true],
    ["", "default", false],
    ["900 1", "nosave", false],
    ["", "save", true],
    ["", "save now", true],
    ["900 1", "force nosave", false],
    ["900 1", "now", true],
  ];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    for (const [save, words, isSaved] of cases) {
      const directive = `shutdown-on-${signal.toLowerCase()}`;
      const { server, host, state } = await started({ save });
      assertEquals(server.ask("CONFIG", "SET", directive, words), "OK");
      assertEquals(server.server.ending.signalled(signal), false);
      await settle();
      assert(!state.hasEnded);
      await tick(server);
      assert(state.hasEnded);
      assertEquals(host.hasFile("dump.rdb"), isSaved, `${signal}, save "${save}", ${words}`);
    }
  }
});

Deno.test("SHUTDOWN ABORT takes back what a signal has asked for", async () => {
  const { server, state } = await started({});
  assertEquals(server.ask("SHUTDOWN", "ABORT"), "ERR No shutdown in progress.");
  assertEquals(server.ask("DEBUG", "PAUSE-CRON", "1"), "OK");
  server.server.ending.signalled("SIGTERM");
  await tick(server);
  assertEquals(server.ask("SHUTDOWN", "ABORT"), "OK");
  assertMatch(server.log.at(-1)!, /Shutdown manually aborted\.$/m);
  assertEquals(server.ask("DEBUG", "PAUSE-CRON", "0"), "OK");
  await tick(server);
  assert(!state.hasEnded);
  assertEquals(server.ask("SHUTDOWN", "ABORT"), "ERR No shutdown in progress.");
});

Deno.test("who interrupts twice does not want to wait", async () => {
  const { server } = await started({});
  const { ending } = server.server;
  assertEquals(ending.signalled("SIGTERM"), false);
  assertEquals(ending.signalled("SIGTERM"), false);
  assertEquals(ending.signalled("SIGINT"), true);
  assertEquals(ending.abort(), true);
  assertEquals(ending.signalled("SIGINT"), false);
});

Deno.test("a server that cannot save goes on, unless it is forced to end", async () => {
  const host = new MemoryHost();
  const { server, state } = await started({ save: "900 1" }, host);
  host.fault = (operation) => {
    if (operation === "open") throw new Error("Permission denied");
  };
  server.server.ending.signalled("SIGTERM");
  await tick(server);
  assert(!state.hasEnded);
  const log = server.log.join("");
  assertMatch(log, /Error trying to save the DB, can't exit\./);
  assertMatch(log, /Errors trying to shut down the server\./);
  assertEquals(server.ask("SHUTDOWN"), "ERR Errors trying to SHUTDOWN. Check logs.");
  assertEquals(server.ask("GET", "k"), "v");
  server.ask("CONFIG", "SET", "shutdown-on-sigterm", "force");
  server.server.ending.signalled("SIGTERM");
  await tick(server);
  assert(state.hasEnded);
  assertMatch(server.log.join(""), /Error trying to save the DB\. Exit anyway\./);
});

Deno.test("a server whose append-only file has no base yet ends only if forced", async () => {
  const { server, host, state } = await started({ "rdb-key-save-delay": "1000000" });
  server.ask("CONFIG", "SET", "appendonly", "yes");
  server.server.ending.signalled("SIGTERM");
  await tick(server);
  assert(!state.hasEnded);
  assertMatch(server.log.join(""), /Writing initial AOF, can't exit\./);
  server.run(["SHUTDOWN", "FORCE"]);
  await settle();
  assert(state.hasEnded);
  server.server.stop();
  assertEquals([...host.files.keys()], []);
});

Deno.test("a signal while data is loaded ends the server, and leaves the file alone", async () => {
  const { server: first, host } = await started({});
  for (let i = 0; i < 100; i++) first.run(["SET", `k${i}`, "v"]);
  assertEquals(first.ask("SAVE"), "OK");
  const directives = { save: "900 1", "loading-process-events-interval-bytes": "1024" };
  const left = host.afterKill();
  const server = new LocalServer(left, { ...directives, "key-load-delay": "50000" });
  let hasEnded = false;
  server.server.stopRequested.then(() => hasEnded = true);
  server.server.start();
  const loading = server.server.loadData();
  server.server.ending.signalled("SIGTERM");
  await tick(server);
  assert(hasEnded && server.server.persistence.loader.isLoading);
  assertMatch(server.log.join(""), /Received shutdown signal during loading/);
  server.ask("CONFIG", "SET", "key-load-delay", "0");
  await loading;
  assertEquals(left.readFile("dump.rdb"), host.readFile("dump.rdb"));
});
