/** The options of a server are its directives: names and values are checked when a program is compiled, and again when it runs. */
import { assertEquals, assertRejects } from "@std/assert";
import { type StartOptions, startServer } from "../../src/mod.ts";

/** What compiles; this file is checked with all others. */
const RIGHT: StartOptions[] = [
  { port: 0, maxmemory: "100mb", appendonly: false, "maxmemory-policy": "allkeys-lru" },
  { port: "0", maxmemory: 1e8, appendonly: "no", "maxmemory-clients": "5%" },
  { "hash-max-listpack-entries": 4, save: "3600 1", requirepass: "secret" },
  { "enable-debug-command": "local", unixsocketperm: "700", bind: "127.0.0.1 -::1" },
  { "rename-command": "FLUSHALL gone", user: "ada on +@all ~* nopass" },
];

/** What does not. */
const WRONG: StartOptions[] = [
  // @ts-expect-error: it is misspelt.
  { maxmemroy: "100mb" },
  // @ts-expect-error: a policy of this name there is not.
  { "maxmemory-policy": "all-lru" },
  // @ts-expect-error: it is yes or no.
  { appendonly: "maybe" },
  // @ts-expect-error: it is a number.
  { port: "http" },
  // @ts-expect-error: a size has another unit.
  { maxmemory: "100 apples" },
  // @ts-expect-error: this is a number of things, and has no unit.
  { "hash-max-listpack-entries": "1kb" },
  // @ts-expect-error: rules are text.
  { save: 3600 },
];

Deno.test("what the types allow, a server starts with", async () => {
  for (const options of RIGHT) {
    await using server = await startServer({ port: 0, ...options });
    assertEquals(server.port > 0, true);
  }
});

Deno.test("what the types refuse, a server refuses too, if nobody has checked them", async () => {
  for (const options of WRONG) {
    await assertRejects(() => startServer({ port: 0, ...options }), Error, Object.keys(options)[0]);
  }
});

Deno.test("booleans, numbers and sizes are what redis.conf makes of them", async () => {
  await using server = await startServer({
    ...{ port: 0, maxmemory: "100mb", "lazyfree-lazy-expire": true, "slowlog-max-len": 7 },
  });
  const session = server.session();
  for (
    const [name, value] of [
      ["maxmemory", "104857600"],
      ["lazyfree-lazy-expire", "yes"],
      ["slowlog-max-len", "7"],
    ]
  ) {
    assertEquals(await session.call("CONFIG", "GET", name), new Map([[name, value]]));
  }
});
