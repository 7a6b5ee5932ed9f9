/** What happens when the machine gives no more memory in the middle of a command. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { OutOfMemoryError } from "../../src/arena/memory.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";

const ON = { appendonly: "yes", appendfsync: "always" };
const OOM = "OOM command not allowed when used memory > 'maxmemory'.";

/** Lets a server have so many more blocks of memory, none larger than `largest`. */
function limitMemory({ server }: LocalServer, blocks: number, largest = Infinity): void {
  const { arena } = server.keyspace;
  const allocate = arena.allocate.bind(arena);
  arena.allocate = (bytes) => {
    if (blocks-- > 0 && bytes <= largest) return allocate(bytes);
    throw new OutOfMemoryError("Cannot grow the arena", bytes);
  };
}

/** What is there when the server is started again on its files. */
async function digestAfterRestart(host: MemoryHost): Promise<string> {
  const again = await new LocalServer(host.afterKill(), ON).start();
  const digest = again.digest();
  again.server.stop();
  return digest;
}

Deno.test("a value for which there is no memory is refused, and changes nothing", async () => {
  const host = new MemoryHost();
  const server = await new LocalServer(host, ON).start();
  server.run(["SET", "string", "value"], ["RPUSH", "list", "element"]);
  const before = server.digest();
  limitMemory(server, Infinity, 1_000_000);
  const large = "x".repeat(2_000_000);
  assertEquals(server.ask("SET", "string", large), OOM);
  assertEquals(server.ask("SET", "other", large), OOM);
  assertEquals(server.ask("APPEND", "string", large), OOM);
  assertEquals(server.ask("SETRANGE", "string", "2000000", "x"), OOM);
  assertEquals(server.digest(), before);
  assertEquals(server.run(["DEBUG", "ARENA"])[0].type, "$");
  assert(!server.server.hasFailed);
  assertEquals(await digestAfterRestart(host), before);
  server.server.stop();
});

Deno.test("a command that runs out of memory in the middle ends the server, and nothing of it is kept", async () => {
  const host = new MemoryHost();
  const server = await new LocalServer(host, ON).start();
  server.run(["SET", "b", "old"]);
  const before = server.digest();
  limitMemory(server, 3);
  const replies = server.run([
    "MSET",
    "a",
    "1",
    "b",
    "new",
    "c",
    "3",
    "d",
    "4",
    "e",
    "5",
    "f",
    "6",
  ]);
  assertEquals(replies, []);
  assert(server.server.hasFailed);
  assertMatch(server.log.join(""), /# Out Of Memory in 'mset': Cannot grow the arena\. Exiting/);
  assertEquals(await digestAfterRestart(host), before);
});

Deno.test("nor is anything kept of a transaction in which memory runs out", async () => {
  const host = new MemoryHost();
  const server = await new LocalServer(host, ON).start();
  server.run(["SET", "kept", "1"]);
  const before = server.digest();
  limitMemory(server, 4);
  server.run(
    ["MULTI"],
    ["INCR", "kept"],
    ["RPUSH", "list", "x"],
    ["SADD", "set", "m"],
    ["HSET", "hash", "f", "v"],
    [
      "SET",
      "more",
      "v",
    ],
    ["EXEC"],
    ["SET", "later", "v"],
  );
  assert(server.server.hasFailed);
  assertEquals(await digestAfterRestart(host), before);
});

Deno.test("a file that does not fit into memory is not loaded in part", async () => {
  const host = new MemoryHost();
  const server = await new LocalServer(host, ON).start();
  for (let i = 0; i < 50; i++) server.run(["SET", `key:${i}`, "value"]);
  server.server.stop();
  const again = new LocalServer(host.afterKill(), ON);
  limitMemory(again, 20);
  let reason: unknown;
  await again.start().catch((error) => reason = error);
  assert(reason instanceof OutOfMemoryError, String(reason));
});

Deno.test("wherever memory runs out, what is on disk is what clients were told", async () => {
  for (let seed = 0; seed < 60 * effort; seed++) {
    const random = new SeededRandom(seed);
    const host = new MemoryHost();
    const server = await new LocalServer(host, ON).start();
    for (let i = 0; i < 40; i++) server.run(...randomUnit(random));
    limitMemory(server, random.below(60));
    let told = server.digest();
    for (let i = 0; i < 100 && !server.server.hasFailed; i++) {
      server.run(...randomUnit(random));
      if (!server.server.hasFailed) told = server.digest();
    }
    assertEquals(await digestAfterRestart(host), told, `seed ${seed}`);
    if (!server.server.hasFailed) server.server.stop();
  }
});
