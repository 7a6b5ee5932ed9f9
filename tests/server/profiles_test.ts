/** The directive `compatibility`: a server that is taken for another version knows the commands of that version, and says so. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CommandTable } from "../../src/command/command_table.ts";
import { PROFILES } from "../../src/command/profile.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { oracleVersion } from "../support/oracle.ts";
import { Oracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";

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
  const newest = [...new CommandTable(commandSpecs, PROFILES["redis-8"]).withSubcommands()].length;
  assertEquals(newest, all);
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
    const table = new CommandTable(commandSpecs, PROFILES[profile!]);
    const ours = [...table.all].map(({ fullName }) => fullName);
    // A name that the real server does not list is one that came later.
    assertEquals(ours.filter((name) => !theirs.includes(name)), []);
  },
});
