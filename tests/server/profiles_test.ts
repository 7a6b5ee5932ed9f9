/** The directive `compatibility`: a server that is taken for another version knows the commands of that version, and says so. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { specsAsOf } from "../../src/command/as_of.ts";
import { CommandTable } from "../../src/command/command_table.ts";
import { PROFILES } from "../../src/command/profile.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { oracleVersion } from "../support/oracle.ts";
import { Oracle } from "../support/oracle.ts";
import { type Reply, RespClient } from "../support/resp_client.ts";

/** Commands and subcommands with the first version that has them, and whether each profile knows them. */
const KNOWN: Readonly<Record<string, string>> = {
  "get k": "6.2 7.0 7.2 8 valkey",
  "getdel k": "6.2 7.0 7.2 8 valkey",
  "expiretime k": "7.0 7.2 8 valkey",
  "function list": "7.0 7.2 8 valkey",
  "command docs": "7.0 7.2 8 valkey",
  "client no-touch on": "7.2 8 valkey",
  "waitaof 0 0 0": "7.2 8 valkey",
  "hpersist k FIELDS 1 f": "8",
  "hgetdel k FIELDS 1 f": "8",
};

const VERSIONS: Readonly<Record<string, string>> = {
  "redis-6.2": "6.2",
  "redis-7.0": "7.0",
  "redis-7.2": "7.2",
  "redis-8": "8",
  "valkey-8": "valkey",
};

for (const [profile, version] of Object.entries(VERSIONS)) {
  Deno.test(`a server taken for ${profile} knows the commands of that version`, () => {
    const server = new LocalServer(new MemoryHost(), { compatibility: profile });
    for (const [request, versions] of Object.entries(KNOWN)) {
      const [reply] = server.run(request.split(" "));
      const isUnknown = reply.type === "-" && /unknown (sub)?command/.test(reply.text!);
      assertEquals(!isUnknown, versions.split(" ").includes(version), request);
    }
  });
}

Deno.test("INFO, HELLO and scripts tell the version that the server is taken for", () => {
  const server = new LocalServer(new MemoryHost(), { compatibility: "redis-6.2" });
  assertStringIncludes(server.ask("INFO", "server")!, "redis_version:6.2.14\r\n");
  assertEquals(server.run(["HELLO"])[0].elements[3].text, "6.2.14");
  assertEquals(server.ask("EVAL", "return redis.REDIS_VERSION", "0"), "6.2.14");
  const valkey = new LocalServer(new MemoryHost(), { compatibility: "valkey-8" });
  const info = valkey.ask("INFO", "server")!;
  assertStringIncludes(info, "redis_version:7.2.4\r\n");
  assertStringIncludes(info, "server_name:valkey\r\nvalkey_version:8.0.0\r\n");
});

Deno.test("COMMAND and rules of users know no command that the version does not have", () => {
  const server = new LocalServer(new MemoryHost(), { compatibility: "redis-7.0" });
  const names = server.run(["COMMAND", "LIST"])[0].elements.map(({ text }) => text);
  assert(!names.includes("hexpire") && !names.includes("waitaof") && names.includes("expiretime"));
  assertEquals(
    Number(server.ask("COMMAND", "COUNT")),
    names.filter((n) => !n!.includes("|")).length,
  );
});

Deno.test("without a profile every command is there", () => {
  const all = [...new CommandTable(commandSpecs).withSubcommands()].length;
  const newest =
    [...new CommandTable(specsAsOf(PROFILES["redis-8"], commandSpecs)).withSubcommands()].length;
  assertEquals(newest, all);
});

Deno.test("an older version knows no option that came later, nor the number of words that it needs", () => {
  const requests: Readonly<Record<string, string>> = {
    "EXPIRE k 1 NX": "ERR wrong number of arguments for 'expire' command",
    "BITCOUNT k 0 0 BIT": "ERR syntax error",
    "BITPOS k 1 0 0 BYTE": "ERR syntax error",
    "SHUTDOWN NOW": "ERR syntax error",
    "XSETID s 1-1 ENTRIESADDED 1 MAXDELETEDID 1-1":
      "ERR wrong number of arguments for 'xsetid' command",
    "XGROUP CREATE s g $ ENTRIESREAD 1":
      "ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.",
    "CONFIG GET a b": "ERR wrong number of arguments for 'config|get' command",
    "ZRANK z m WITHSCORE": "ERR wrong number of arguments for 'zrank' command",
  };
  const older = new LocalServer(new MemoryHost(), { compatibility: "redis-6.2" });
  older.run(["SET", "k", "v"], ["XADD", "s", "1-1", "a", "b"]);
  for (const [request, error] of Object.entries(requests)) {
    assertEquals(older.run(request.split(" "))[0].text, error, request);
  }
  // Words that are no options there are still words, and options that were there before are known.
  const replies = older.run(
    ["SET", "k", "w", "GET"],
    ["ZADD", "z", "GT", "1", "WITHSCORE"],
    ["ZRANK", "z", "WITHSCORE"],
    ["SET", "NX", "BIT"],
    ["BITCOUNT", "NX"],
  );
  assertEquals(replies.map(({ text }) => text), ["v", "1", "0", "OK", "8"]);
  const present = new LocalServer(new MemoryHost(), {});
  present.run(["SET", "k", "v"], ["XADD", "s", "1-1", "a", "b"]);
  for (const request of Object.keys(requests)) {
    if (request !== "SHUTDOWN NOW") {
      assert(present.run(request.split(" "))[0].type !== "-", request);
    }
  }
});

Deno.test("the words that a version is said to have brought are words of the syntax", () => {
  for (const { name, syntax, history, subcommands = [] } of commandSpecs) {
    for (const spec of [{ name, syntax, history }, ...subcommands]) {
      const words: readonly string[] = spec.syntax?.match(/[A-Z][A-Z0-9-]*/g) ?? [];
      for (const { since, options = [] } of spec.history ?? []) {
        assertEquals(options.filter((word) => !words.includes(word)), [], `${spec.name} ${since}`);
      }
    }
  }
});

const version = await oracleVersion();
const profile = (["redis-7.0", "redis-7.2"] as const).find((name) =>
  version?.startsWith(name.slice("redis-".length))
);
Deno.test({
  name: `the commands of a profile are those of the real server${
    profile === undefined ? " (skipped: no redis-server of a profile's version)" : ""
  }`,
  ignore: profile === undefined,
  async fn() {
    await using oracle = await Oracle.start();
    using client = await RespClient.connect(oracle.port);
    const theirs = (await client.call("COMMAND", "LIST")).elements.map(({ text }) => text!);
    const table = new CommandTable(specsAsOf(PROFILES[profile!], commandSpecs));
    const ours = [...table.all].map(({ fullName }) => fullName);
    // A name that the real server does not list is one that came later.
    assertEquals(ours.filter((name) => !theirs.includes(name)), []);
  },
});

/** Elements of a reply to COMMAND INFO by the names of commands and subcommands. */
function infoByName(reply: Reply, found = new Map<string, Reply>()): Map<string, Reply> {
  for (const info of reply.elements) {
    if (info.elements.length === 0) continue;
    found.set(info.elements[0].text!, info);
    infoByName(info.elements[9], found);
  }
  return found;
}

/** What COMMAND DOCS tells of versions, by the names of commands and subcommands. History is told as its versions. */
function versionsByName(reply: Reply, found = new Map<string, Fields>()): Map<string, Fields> {
  for (let i = 0; i < reply.elements.length; i += 2) {
    const fields: Fields = {};
    const { elements } = reply.elements[i + 1];
    for (let at = 0; at < elements.length; at += 2) {
      const [name, value] = [elements[at].text!, elements[at + 1]];
      if (name === "subcommands") versionsByName(value, found);
      else if (name === "history") fields[name] = value.elements.map((one) => one.elements[0].text);
      else if (name === "doc_flags") fields[name] = value.elements.map(({ text }) => text);
      else if (name === "deprecated_since" || name === "replaced_by") fields[name] = value.text;
    }
    found.set(reply.elements[i].text!, fields);
  }
  return found;
}

type Fields = Record<string, unknown>;

Deno.test({
  name: `arities and versions of commands in a profile are those of the real server${
    profile === undefined ? " (skipped: no redis-server of a profile's version)" : ""
  }`,
  ignore: profile === undefined,
  async fn() {
    await using oracle = await Oracle.start();
    using client = await RespClient.connect(oracle.port);
    const server = new LocalServer(new MemoryHost(), { compatibility: profile! });
    const [info, docs] = server.run(["COMMAND"], ["COMMAND", "DOCS"]);
    const ours = infoByName(info);
    for (const [name, theirs] of infoByName(await client.call("COMMAND"))) {
      assertEquals(ours.get(name)?.elements[1].text, theirs.elements[1].text, name);
    }
    const ourDocs = versionsByName(docs);
    for (const [name, theirs] of versionsByName(await client.call("COMMAND", "DOCS"))) {
      const ours = ourDocs.get(name)!;
      assertEquals(ours.history, theirs.history, name);
      // 7.0 does not tell yet of some commands that they are deprecated since 2.6.12.
      if (theirs.doc_flags !== undefined) assertEquals(ours, theirs, name);
    }
  },
});
