/** Commands of what this server does not do yet: what a plain redis-server answers that is no replica, no part of a cluster. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandTable } from "../../src/command/command_table.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { startServer } from "../../src/mod.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { differential, problem, withPair } from "../support/differential.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

differential(
  "a server without a cluster says so",
  `
  CLUSTER
  CLUSTER INFO
  cluster slots
  CLUSTER KEYSLOT a
  CLUSTER MEET
  CLUSTER MEET 127.0.0.1 6379
  CLUSTER INFO x
  CLUSTER HELP
  CLUSTER nosuch
  READONLY
  READONLY x
  READWRITE
  ASKING
  `,
);

differential(
  "a primary without replicas says so",
  `
  REPLICAOF NO ONE
  replicaof no one
  SLAVEOF NO ONE
  REPLICAOF NO TWO
  REPLICAOF 127.0.0.1 abc
  REPLICAOF 127.0.0.1 70000
  REPLICAOF 127.0.0.1 -1
  REPLICAOF a
  FAILOVER
  FAILOVER ABORT
  FAILOVER TO h 1
  FAILOVER TO h 1 FORCE TIMEOUT 10
  FAILOVER FORCE
  FAILOVER FORCE FORCE
  FAILOVER TIMEOUT 0
  FAILOVER TIMEOUT x
  FAILOVER TIMEOUT
  FAILOVER TO h x
  FAILOVER TO h
  FAILOVER nosuch
  WAIT 0 0
  WAIT -1 0
  WAIT 1 1
  WAIT x 0
  WAIT 0 x
  WAIT 0 -1
  WAIT 0
  MULTI
  WAIT 1 0
  FAILOVER
  REPLICAOF NO ONE
  EXEC
  CONFIG SET min-replicas-to-write 1
  SET a 1
  GET a
  DEL a
  MULTI
  SET a 1
  EXEC
  CONFIG SET min-replicas-max-lag 0
  SET a 1
  CONFIG SET min-replicas-max-lag 10
  SET a 2
  CONFIG SET min-replicas-to-write 0
  SET a 1
  `,
);

differential(
  "a server without modules says so",
  `
  MODULE
  MODULE LIST
  MODULE LIST x
  MODULE LOAD /nosuch
  MODULE LOADEX /nosuch
  MODULE UNLOAD nosuch
  MODULE nosuch
  `,
);

Deno.test("what cannot be done is refused, not pretended", async () => {
  await using server = await startFrozenServer({ config: { "enable-module-command": "yes" } });
  using client = await RespClient.connect(server.port);
  assertMatch(await client.ask("MODULE", "LOAD", "/x.so"), /^-"ERR Modules are not supported/);
  assertMatch(await client.ask("MODULE", "LOADEX", "/x.so"), /^-"ERR Modules are not supported/);
  assertMatch(await client.ask("MODULE", "UNLOAD", "x"), /^-"ERR .*no such module/);
  assertMatch(await client.ask("SCRIPT", "DEBUG", "YES"), /^-"ERR Scripts cannot be debugged/);
});

for (
  const [name, value, reason] of [
    ["replicaof", "127.0.0.1 abc", "Invalid master port"],
    ["slaveof", "127.0.0.1 70000", "Invalid master port"],
  ] as const
) {
  Deno.test(`${name} ${value} ends the start: ${reason}`, async () => {
    await assertRejects(() => startServer({ port: "0", [name]: value }), Error, reason);
  });
}

Deno.test("replicaof no one is what this server is", async () => {
  await using server = await startServer({ port: "0", replicaof: "no one" });
  using client = await RespClient.connect(server.port);
  assertEquals(await client.ask("CONFIG", "GET", "replicaof"), '*2[$"replicaof" $""]');
});

Deno.test("WAIT for replicas ends at its timeout, or when it is unblocked, and never before", async () => {
  await using server = await startFrozenServer();
  using waiting = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  const blocked = async () => /blocked_clients:(\d)/.exec((await other.call("INFO")).text!)![1];
  const id = (await waiting.call("CLIENT", "ID")).text!;
  const reply = waiting.call("WAIT", "1", "1000");
  await until("a blocked client", async () => await blocked() !== "0");
  server.clock.advance({ milliseconds: 999 });
  assertEquals(await blocked(), "1");
  server.clock.advance({ milliseconds: 1 });
  assertEquals((await reply).text, "0");
  const endless = waiting.call("WAIT", "1", "0");
  await until("a blocked client", async () => await blocked() !== "0");
  server.clock.advance({ days: 1 });
  assertEquals(await blocked(), "1");
  assertEquals(await other.ask("CLIENT", "UNBLOCK", id, "ERROR"), ':"1"');
  assertStringIncludes((await endless).text!, "UNBLOCKED");
  const again = waiting.call("WAIT", "1", "0");
  await until("a blocked client", async () => await blocked() !== "0");
  assertEquals(await other.ask("CLIENT", "UNBLOCK", id, "TIMEOUT"), ':"1"');
  assertEquals((await again).text, "0");
});

Deno.test("WAIT waits for a month too, which is more than a timer of the system can", async () => {
  await using server = await startServer({ port: "0" });
  using waiting = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  const id = (await waiting.call("CLIENT", "ID")).text!;
  const reply = waiting.call("WAIT", "1", "3000000000");
  const blocked = async () => /blocked_clients:(\d)/.exec((await other.call("INFO")).text!)![1];
  await until("a blocked client", async () => await blocked() !== "0");
  for (let i = 0; i < 50; i++) assertEquals(await blocked(), "1");
  await other.call("CLIENT", "UNBLOCK", id, "ERROR");
  assertStringIncludes((await reply).text!, "UNBLOCKED");
});

Deno.test("WAITAOF answers as 7.2 does where there is no append-only file", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  const ask = (words: string) => client.ask("WAITAOF", ...words.split(" "));
  assertEquals(await ask("0 0 0"), '*2[:"0" :"0"]');
  assertMatch(await ask("1 0 0"), /numlocal is set but appendonly is disabled/);
  assertMatch(await ask("2 0 0"), /value is out of range, value must between 0 and 1/);
  assertMatch(await ask("-1 0 0"), /value is out of range, value must between 0 and 1/);
  assertMatch(await ask("0 -1 0"), /value is out of range, must be positive/);
  assertMatch(await ask("0 x 0"), /value is out of range, must be positive/);
  assertMatch(await ask("0 0 -1"), /timeout is negative/);
  assertMatch(await ask("x 0 0"), /value is not an integer/);
  const reply = client.ask("WAITAOF", "0", "1", "10");
  await client.send(new Uint8Array(0));
  using other = await RespClient.connect(server.port);
  const clients = async () => (await other.call("INFO", "clients")).text!;
  await until("a blocked client", async () => /blocked_clients:1/.test(await clients()));
  server.clock.advance({ milliseconds: 10 });
  assertEquals(await reply, '*2[:"0" :"0"]');
});

for (const policy of ["always", "everysec", "no"]) {
  Deno.test(`WAITAOF 1 replies when all changes are synced (appendfsync ${policy})`, async () => {
    const host = new MemoryHost();
    const syncs: string[] = [];
    host.fault = (operation, path) => void (operation === "sync" && syncs.push(path));
    const local = await new LocalServer(host, { appendonly: "yes", appendfsync: policy }).start();
    await settle();
    local.run(["SET", "a", "1"]);
    const [reply] = local.run(["SET", "b", "1"], ["WAITAOF", "1", "0", "0"]).slice(-1);
    assertEquals(reply.elements.map(({ text }) => text), ["1", "0"]);
    const file = syncs.at(-1)!;
    assertMatch(file, /incr\.aof$/);
    const left = host.afterPowerLoss({ below: () => 0 } as never);
    const text = new TextDecoder().decode(left.files.get(file));
    assertStringIncludes(text, "SET\r\n$1\r\nb\r\n");
    local.server.stop();
  });
}

Deno.test({
  name: `rename-command takes every command of redis-server${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async ({ oracle }) => {
      const list = (await oracle.call("COMMAND", "LIST")).elements.map(({ text }) => text!);
      const names = list.filter((name) => !name.includes("|"));
      for (const name of names) {
        const table = new CommandTable(commandSpecs);
        assertEquals(table.rename(name.toUpperCase(), ""), undefined, name);
        assertEquals(table.rename(name, "x"), "No such command in rename-command", name);
        assertEquals(
          table.rename("get", name),
          name === "get" ? "No such command in rename-command" : undefined,
        );
      }
    }),
});

Deno.test("rename-command refuses names that are not there, or are taken", async () => {
  const rename = (...pairs: [string, string][]) => {
    const table = new CommandTable(commandSpecs);
    return pairs.map(([from, to]) => table.rename(from, to)).at(-1);
  };
  assertEquals(rename(["nosuch", ""]), "No such command in rename-command");
  assertEquals(rename(["GET", "set"]), "Target command name already exists");
  assertEquals(rename(["GET", "EVAL"]), "Target command name already exists");
  assertEquals(rename(["EVAL", "GET"]), "Target command name already exists");
  assertEquals(rename(["GET", "get"]), undefined);
  assertEquals(rename(["EVAL", ""], ["GET", "eval"]), undefined);
  assertEquals(rename(["EVAL", "a"], ["a", ""], ["GET", "a"]), undefined);
  await assertRejects(
    () => startServer({ port: "0", "rename-command": "nosuch x" }),
    Error,
    ">>> 'rename-command nosuch x'\nNo such command in rename-command",
  );
});
