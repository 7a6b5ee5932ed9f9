/** The inspector of changes finds each way in which a command can be dishonest about what it changes. */
import { assertEquals, assertRejects } from "@std/assert";
import { AdminCall } from "../../src/command/call.ts";
import { Command } from "../../src/command/command.ts";
import { errors } from "../../src/command/errors.ts";
import { adminCommand, type CommandSpec, oneKey } from "../../src/command/spec.ts";
import { NO_TTL } from "../../src/keyspace/database.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { RespClient } from "../support/resp_client.ts";

/** Runs a body as a command that declares its first argument as a key that it changes; what the inspector says of it. */
async function problemsOf(
  run: CommandSpec["run"],
  keys: CommandSpec["keys"] = oneKey("RW update"),
): Promise<readonly string[]> {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  local.run(["SET", "there", "1"], ["SET", "other", "1"]);
  const { server, inspector } = local;
  const call = new AdminCall(server, server.executor);
  const spec = { name: "odd", group: "generic", summary: "", since: "", complexity: "" } as const;
  call.command = new Command(
    adminCommand({ ...spec, arity: -1, flags: ["write"], keys, run: run! }),
  );
  call.args = new Arguments();
  call.args.assign(["ODD", "there", "2", "other"].map(fromLatin1));
  call.reply = server.delivery.reply;
  call.client = local.session.client;
  try {
    inspector.run(call, () => run!(call));
  } catch (error) {
    assertEquals(error, errors.syntax);
  }
  return inspector.problems;
}

Deno.test("a command that tells of what it has changed is honest", async () => {
  const problems = await problemsOf((call) => {
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set");
  });
  assertEquals(problems, []);
});

Deno.test("a key that changes without anybody being told is found", async () => {
  const what = "ODD there 2 other: key 0:there has changed, and nobody was told";
  assertEquals(await problemsOf((call) => call.setString(1, 2, NO_TTL) as undefined), [what]);
  assertEquals(await problemsOf((call) => call.db.delete(call.lookupForWrite(1)) as undefined), [
    what,
  ]);
  // Of a TTL alone, too.
  const expire = await problemsOf((call) =>
    void call.db.setDeadline(call.lookupForWrite(1), call.nowMs + 1000)
  );
  assertEquals(expire, [what]);
});

Deno.test("a change that somebody is told of and that is none is found", async () => {
  const problems = await problemsOf((call) => void call.keyChanged(1, "string", "set"));
  assertEquals(problems, [
    "ODD there 2 other: key 0:there has not changed, but somebody was told so",
  ]);
  // What counts as no change is no lie.
  assertEquals(await problemsOf((call) => void call.keyEvent(1, "string", "set")), []);
});

Deno.test("a key that changes and is not declared, or declared to be read, is found", async () => {
  const what = "key 0:other has changed, and is not declared to";
  const change: CommandSpec["run"] = (call) => {
    call.setString(3, 2, NO_TTL);
    call.keyChanged(3, "string", "set");
  };
  assertEquals(await problemsOf(change), [`ODD there 2 other: ${what}`]);
  const reads = await problemsOf((call) => {
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set");
  }, oneKey("RO access"));
  assertEquals(reads, ["ODD there 2 other: key 0:there has changed, and is not declared to"]);
});

Deno.test("an error behind a change is found", async () => {
  const problems = await problemsOf((call) => {
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set");
    throw errors.syntax;
  });
  assertEquals(problems, [
    "ODD there 2 other: key 0:there has changed, and then something was thrown",
  ]);
});

Deno.test("keys whose time has come may go without being declared", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  local.run(["SET", "a", "1", "PX", "1"], ["HSET", "h", "f", "1"]);
  local.clock.advance({ seconds: 1 });
  local.run(["RANDOMKEY"], ["SCAN", "0"], ["KEYS", "*"]);
  assertEquals(local.inspector.problems, []);
});

Deno.test("a test server that inspects changes fails the test at its end", async () => {
  const honest = await startFrozenServer({ inspectsChanges: true });
  {
    using client = await RespClient.connect(honest.port);
    await client.call("MSET", "a", "1", "b", "2");
  }
  await honest[Symbol.asyncDispose]();

  const dishonest = await startFrozenServer({ inspectsChanges: true });
  const { changes } = dishonest.running.server;
  changes.keyChanged = () => {};
  {
    using client = await RespClient.connect(dishonest.port);
    await client.call("SET", "a", "1");
  }
  await assertRejects(() => dishonest[Symbol.asyncDispose](), Error, "SET a 1: key 0:a");
});

Deno.test("BITFIELD tells of a string that has grown, though every write has failed", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const request = ["BITFIELD", "bits", "OVERFLOW", "FAIL", "INCRBY", "u2", "9", "100"];
  const [reply, length] = local.run(request, ["STRLEN", "bits"]);
  assertEquals([reply.elements[0].text, length.text], [undefined, "2"]);
  assertEquals(local.server.changes.sinceSave, 1);
});
