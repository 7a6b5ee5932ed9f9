/** Libraries of functions in the files of this server, and in those of redis-server. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { LoadError } from "../../src/persistence/data_loader.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

const ONE = "#!lua name=one\nredis.register_function('first', function() return 1 end)";
const TWO = `#!lua name=two\n-- ${"x".repeat(200)}\nredis.register_function('second', redis.log)`;
const TWO_ANEW = TWO.replace("second", "third");

const start = (host: MemoryHost, directives: Record<string, string> = {}) =>
  new LocalServer(host, directives).start();

/** Names of the libraries with those of their functions, and what `first` replies. */
function known(local: LocalServer): string {
  const libraries = Array.from(
    local.server.functions.libraries.all,
    ({ functions, name }) => `${name}: ${[...functions.keys()].join(" ")}`,
  );
  const [reply] = local.run(["FCALL", "first", "0"]);
  return [...libraries.sort(), reply.text].join(", ");
}

/** What is known after {@link ONE} and {@link TWO} were loaded. */
const BOTH = "one: first, two: second, 1";

Deno.test("an RDB file holds the libraries, however it is written", async () => {
  for (const [command, ...words] of [["SAVE"], ["BGSAVE"], ["SHUTDOWN", "SAVE"]]) {
    const host = new MemoryHost();
    const local = await start(host);
    local.run(["FUNCTION", "LOAD", ONE], ["FUNCTION", "LOAD", TWO], ["SET", "key", "value"]);
    local.run([command, ...words]);
    while (local.server.persistence.isSaving) {
      local.clock.advance({ milliseconds: 1 });
      await Promise.resolve();
    }
    local.server.stop();
    const loaded = await start(host);
    assertEquals(known(loaded), BOTH, command);
    assertEquals(loaded.run(["GET", "key"])[0].text, "value");
    loaded.server.stop();
  }
});

Deno.test("a change of libraries alone is a change that is to be saved", async () => {
  const local = await start(new MemoryHost());
  const changes = () => local.server.changes.sinceSave;
  local.run(["FUNCTION", "LOAD", ONE]);
  assertEquals(changes(), 1);
  local.run(["FUNCTION", "LOAD", ONE], ["FUNCTION", "DELETE", "nosuch"]);
  assertEquals(changes(), 1);
  local.run(["FUNCTION", "LOAD", "REPLACE", ONE], ["FUNCTION", "DELETE", "one"]);
  local.run(["FUNCTION", "FLUSH"]);
  assertEquals(changes(), 4);
  local.server.stop();
});

Deno.test("DEBUG RELOAD loads the libraries anew, and what they had in their variables is gone", async () => {
  const local = await start(new MemoryHost());
  const counter = "#!lua name=one\nlocal calls = 0\n" +
    "redis.register_function('first', function() calls = calls + 1 return calls end)";
  local.run(["FUNCTION", "LOAD", counter], ["FUNCTION", "LOAD", TWO], ["FCALL", "first", "0"]);
  assertEquals(known(local), "one: first, two: second, 2");
  local.run(["DEBUG", "RELOAD"]);
  assertEquals(known(local), BOTH);
  local.server.stop();
});

for (const preamble of ["yes", "no"]) {
  const directives = { appendonly: "yes", "aof-use-rdb-preamble": preamble };

  Deno.test(`the append-only file repeats what is done with libraries (aof-use-rdb-preamble ${preamble})`, async () => {
    const host = new MemoryHost();
    const local = await start(host, directives);
    local.run(["FUNCTION", "LOAD", ONE], ["FUNCTION", "LOAD", TWO]);
    const [dumped] = local.run(["FUNCTION", "DUMP"]);
    const payload = Uint8Array.from(dumped.text!, (letter) => letter.charCodeAt(0));
    local.run(["FUNCTION", "DELETE", "one"], ["FUNCTION", "FLUSH"]);
    local.run(["FUNCTION", "RESTORE", payload]);
    local.run(["FUNCTION", "LOAD", "REPLACE", TWO_ANEW]);
    local.run(["MULTI"], ["FUNCTION", "DELETE", "two"], ["FUNCTION", "LOAD", TWO], ["EXEC"]);
    // What fails is not repeated.
    local.run(["FUNCTION", "LOAD", ONE], ["FUNCTION", "LOAD", "nosuch"]);
    const before = known(local);
    local.server.stop();
    const loaded = await start(host, directives);
    assertEquals([before, known(loaded)], [BOTH, BOTH]);
    assertEquals(loaded.log.filter((line) => line.includes("CRITICAL")), []);
    loaded.run(["DEBUG", "LOADAOF"]);
    assertEquals(known(loaded), BOTH);
    loaded.server.stop();
  });

  Deno.test(`a rewritten append-only file begins with the libraries (aof-use-rdb-preamble ${preamble})`, async () => {
    const host = new MemoryHost();
    const local = await start(host, directives);
    local.run(["FUNCTION", "LOAD", ONE], ["FUNCTION", "LOAD", TWO], ["SET", "key", "value"]);
    local.run(["BGREWRITEAOF"]);
    // What comes while it is written is in the increment.
    local.run(["FUNCTION", "LOAD", "REPLACE", TWO_ANEW]);
    while (local.server.persistence.isRewriting) {
      local.clock.advance({ milliseconds: 1 });
      await Promise.resolve();
    }
    local.server.stop();
    const loaded = await start(host, directives);
    assertEquals(known(loaded), "one: first, two: third, 1");
    assertEquals(loaded.run(["GET", "key"])[0].text, "value");
    loaded.server.stop();
  });
}

Deno.test("what a function writes is repeated, not the call", async () => {
  const host = new MemoryHost();
  const local = await start(host, { appendonly: "yes" });
  const code =
    "redis.register_function('add', function(keys) return redis.call('incr', keys[1]) end)";
  local.run(["FUNCTION", "LOAD", `#!lua name=one\n${code}`], ["FCALL", "add", "1", "key"]);
  local.run(["FUNCTION", "DELETE", "one"]);
  local.server.stop();
  const text = Array.from(host.files.values(), (bytes) => new TextDecoder().decode(bytes)).join("");
  assertMatch(text, /\$4\r\nincr\r\n\$3\r\nkey\r\n/);
  assertEquals(text.includes("FCALL"), false);
  const loaded = await start(host, { appendonly: "yes" });
  assertEquals(loaded.run(["GET", "key"])[0].text, "1");
  loaded.server.stop();
});

Deno.test("a file whose library cannot be loaded ends the start, and says why", async () => {
  for (
    const [file, reason] of [
      ["REDIS0010\xf5\x05hello\xff________", /Failed creating function, Missing library metadata/],
      ["REDIS0010\xf6\x01a\xff________", /Pre-release function format not supported/],
      [
        `REDIS0010${`\xf5\x40${String.fromCharCode(ONE.length)}${ONE}`.repeat(2)}\xff________`,
        /Library 'one' already exists/,
      ],
    ] as const
  ) {
    const bytes = Uint8Array.from(file, (letter) => letter.charCodeAt(0));
    const host = new MemoryHost(new MemoryHost().files.set("dump.rdb", bytes));
    const error = await assertRejects(() => start(host), LoadError);
    assertMatch(error.message, reason);
  }
});
