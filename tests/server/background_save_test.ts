/** BGSAVE and the save points, seen from outside. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/oracle.ts";
import { Program, programProblem } from "../support/program.ts";
import { RespClient } from "../support/resp_client.ts";

const READY = "Ready to accept connections";
const problem = await programProblem();

function test(name: string, body: () => Promise<void>): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: body,
  });
}

async function started(port: number, folder: string, ...more: string[]): Promise<Program> {
  const args = ["--port", `${port}`, "--dir", folder, "--enable-debug-command", "yes", ...more];
  const program = new Program(args);
  await program.waitFor(READY);
  return program;
}

test("what BGSAVE has saved survives a kill", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  {
    await using program = await started(port, folder, "--save", "");
    using client = await RespClient.connect(port);
    await client.call("DEBUG", "POPULATE", "50000", "key", "50");
    assertEquals(await client.ask("BGSAVE", "NOSUCH"), '-"ERR syntax error"');
    assertEquals(await client.ask("BGSAVE"), '+"Background saving started"');
    assertMatch(await client.ask("BGSAVE"), /ERR Background save already in progress/);
    assertMatch(await client.ask("SAVE"), /ERR Background save already in progress/);
    // Too late for the file.
    await client.call("FLUSHDB");
    await client.call("SET", "late", "1");
    await program.waitFor("Background saving terminated with success");
    const info = (await client.call("INFO", "persistence")).text!;
    assertMatch(info, /rdb_bgsave_in_progress:0\r[^]*rdb_last_bgsave_status:ok/);
    // FLUSHDB counts a change for each key that it deletes, SET one.
    assertMatch(info, /rdb_changes_since_last_save:50001\r/);
    program.signal("SIGKILL");
    await program.ended();
  }
  await using _program = await started(port, folder);
  using client = await RespClient.connect(port);
  assertEquals(await client.ask("DBSIZE"), ':"50000"');
  assertEquals(await client.ask("EXISTS", "late"), ':"0"');
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["dump.rdb"]);
  await Deno.remove(folder, { recursive: true });
});

test("FLUSHALL ends a BGSAVE, and empties the file where there are save points", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  await using _program = await started(port, folder, "--save", "3600 1000000");
  using client = await RespClient.connect(port);
  await client.call("DEBUG", "POPULATE", "50000", "key", "50");
  await client.call("SAVE");
  await client.call("BGSAVE");
  await client.call("FLUSHALL");
  const info = (await client.call("INFO", "persistence")).text!;
  assertMatch(info, /rdb_bgsave_in_progress:0\r/);
  assert(Deno.statSync(`${folder}/dump.rdb`).size < 200);
  await Deno.remove(folder, { recursive: true });
});

test("a save point saves by itself", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  await using program = await started(port, folder, "--save", "1 2");
  using client = await RespClient.connect(port);
  await client.call("MSET", "a", "1", "b", "2");
  await program.waitFor("changes in 1 seconds. Saving...");
  await program.waitFor("Background saving terminated with success");
  assertMatch((await client.call("INFO")).text!, /rdb_changes_since_last_save:0\r/);
  await Deno.remove(folder, { recursive: true });
});

test("when it cannot save, writes are refused until it can", async () => {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  await using program = await started(port, folder, "--save", "3600 1");
  using client = await RespClient.connect(port);
  await Deno.remove(folder, { recursive: true });
  assertEquals(await client.ask("SET", "a", "1"), '+"OK"');
  assertMatch(await client.ask("BGSAVE"), /^-"ERR/);
  await program.waitFor("Background saving error");
  assertMatch(await client.ask("SET", "a", "2"), /^-"MISCONF Redis is configured to save RDB/);
  assertEquals(await client.ask("GET", "a"), '$"1"');
  assertMatch((await client.call("INFO")).text!, /rdb_last_bgsave_status:err/);
  await client.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
  assertEquals(await client.ask("SET", "a", "2"), '+"OK"');
});
