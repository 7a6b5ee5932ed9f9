/** A replica of the real redis-server: after whatever happens its data is that of its primary, bit for bit. */
import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { type RunningServer, type StartOptions, startServer } from "../../src/mod.ts";
import { problem } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { freePort, Oracle } from "../support/oracle.ts";
import { randomUnit } from "../support/random_writes.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

const mayWrite = (await Deno.permissions.query({ name: "write" })).state === "granted";
const why = problem ?? (mayWrite ? undefined : "needs --allow-write");

function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: why === undefined ? name : `${name} (skipped: ${why})`,
    ignore: why !== undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Writes as the random ones, by scripts: what is propagated of them is what they did. */
const SCRIPTS = [
  "redis.call('rpush', KEYS[1], unpack(ARGV)); return redis.call('llen', KEYS[1])",
  "redis.call('set', KEYS[1], redis.call('time')[2]); redis.call('select', 1); redis.call('incr', KEYS[1])",
  "for i, word in ipairs(ARGV) do redis.pcall('hset', KEYS[1], word, i) end; redis.pcall('spop', KEYS[1])",
];

function randomWrites(random: SeededRandom): string[][] {
  if (random.below(10) > 0) return randomUnit(random);
  const script = SCRIPTS[random.below(SCRIPTS.length)];
  return [["EVAL", script, "1", `key:${random.below(12)}`, "a", "b", "c"]];
}

async function write(client: RespClient, random: SeededRandom, units: number): Promise<void> {
  for (let i = 0; i < units; i++) {
    for (const request of randomWrites(random)) await client.call(...request);
  }
}

/** Starts a replica. Its log is kept for whoever looks into a failure. */
async function follow(
  primaryPort: number,
  folder: string,
  directives: StartOptions = {},
): Promise<RunningServer> {
  const server = await startServer({
    port: "0",
    dir: folder,
    replicaof: `127.0.0.1 ${primaryPort}`,
    "enable-debug-command": "yes",
    ...directives,
  });
  await server.load();
  return server;
}

async function fields(client: RespClient, section: string): Promise<Map<string, string>> {
  const text = (await client.call("INFO", section)).text!;
  return new Map(
    text.split("\r\n").filter((line) => line.includes(":")).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
}

/** Waits until the replica has everything, and compares all data. */
async function assertSame(primary: RespClient, replica: RespClient): Promise<void> {
  await until("the replica to have everything", async () => {
    const [one, other] = [
      await fields(primary, "replication"),
      await fields(replica, "replication"),
    ];
    return other.get("master_link_status") === "up" &&
      other.get("slave_repl_offset") === one.get("master_repl_offset");
  });
  assertEquals(await replica.ask("DEBUG", "DIGEST"), await primary.ask("DEBUG", "DIGEST"));
}

for (
  const directives of [
    { "repl-diskless-load": "disabled" },
    { "repl-diskless-load": "swapdb" },
    { "repl-diskless-load": "on-empty-db", appendonly: "yes" },
  ] as const
) {
  const options = Object.entries(directives).map((pair) => pair.join(" ")).join(", ");
  test(`A replica with ${options} has the data of its primary after random writes and cut links`, async (folder) => {
    const random = new SeededRandom(15);
    await using oracle = await Oracle.start("--repl-diskless-sync-delay", "0");
    using primary = await RespClient.connect(oracle.port);
    await write(primary, random, 200);
    await using server = await follow(oracle.port, folder, directives);
    using replica = await RespClient.connect(server.port);
    for (let round = 0; round < 6 * effort; round++) {
      const isOurs = round % 2 === 0;
      await write(primary, random, 150);
      // The link breaks while writes are on their way.
      const writing = write(primary, random, 150);
      await (isOurs ? replica.call("CLIENT", "KILL", "TYPE", "master") : undefined);
      await writing;
      if (!isOurs) await primary.call("CLIENT", "KILL", "TYPE", "replica");
      await assertSame(primary, replica);
    }
    const stats = await fields(primary, "stats");
    assertEquals(stats.get("sync_full"), "1");
    assert(Number(stats.get("sync_partial_ok")) > 0);
    assertEquals(await replica.ask("DBSIZE"), await primary.ask("DBSIZE"));
  });
}

test("A replica that was restarted goes on where it had been saved", async (folder) => {
  const random = new SeededRandom(16);
  await using oracle = await Oracle.start("--repl-diskless-sync-delay", "0");
  using primary = await RespClient.connect(oracle.port);
  await write(primary, random, 100);
  for (let round = 0; round < 3; round++) {
    await using server = await follow(oracle.port, folder);
    using replica = await RespClient.connect(server.port);
    await write(primary, random, 100);
    await assertSame(primary, replica);
    await replica.call("SAVE");
    await write(primary, random, 100);
  }
  await using server = await follow(oracle.port, folder);
  using replica = await RespClient.connect(server.port);
  await assertSame(primary, replica);
  assertEquals((await fields(primary, "stats")).get("sync_full"), "1");
});

test("A primary that was restarted with its file is followed without a new transfer", async (folder) => {
  const random = new SeededRandom(17);
  const port = String(freePort());
  const ours = await Deno.makeTempDir({ dir: folder });
  const args = ["--port", port, "--dir", folder, "--repl-diskless-sync-delay", "0"];
  const first = await Oracle.start(...args, "--save", "100000 1");
  using client = await RespClient.connect(Number(port));
  await write(client, random, 100);
  await using server = await follow(Number(port), ours);
  using replica = await RespClient.connect(server.port);
  await assertSame(client, replica);
  await first[Symbol.asyncDispose]();
  await using _second = await Oracle.start(...args);
  using primary = await RespClient.connect(Number(port));
  await until(
    "the link to be up again",
    async () => (await fields(replica, "replication")).get("master_link_status") === "up",
  );
  await write(primary, random, 100);
  await assertSame(primary, replica);
  assertEquals((await fields(primary, "stats")).get("sync_partial_ok"), "1");
});

test("All data that comes from a primary is kept in the append-only file", async (folder) => {
  const random = new SeededRandom(18);
  await using oracle = await Oracle.start("--repl-diskless-sync-delay", "0");
  using primary = await RespClient.connect(oracle.port);
  await write(primary, random, 200);
  let digest: string;
  {
    await using server = await follow(oracle.port, folder, { appendonly: "yes" });
    using replica = await RespClient.connect(server.port);
    await assertSame(primary, replica);
    await until(
      "the file to be complete",
      async () => (await fields(replica, "persistence")).get("aof_rewrite_in_progress") === "0",
    );
    await write(primary, random, 100);
    await assertSame(primary, replica);
    digest = await primary.ask("DEBUG", "DIGEST");
  }
  await using alone = await startServer({
    port: "0",
    dir: folder,
    appendonly: "yes",
    "enable-debug-command": "yes",
  });
  await alone.load();
  using client = await RespClient.connect(alone.port);
  assertEquals(await client.ask("DEBUG", "DIGEST"), digest);
});

/** Counts without a pause, wherever the primary is; whoever is no primary any more says so, and has not counted. */
async function count(ports: readonly number[], isOver: () => boolean): Promise<number> {
  const clients = await Promise.all(ports.map((port) => RespClient.connect(port)));
  let [acknowledged, at] = [0, 0];
  while (!isOver()) {
    const reply = await clients[at].call("INCR", "counter");
    if (reply.type === ":") acknowledged++;
    else at = (at + 1) % clients.length;
  }
  for (const client of clients) client[Symbol.dispose]();
  return acknowledged;
}

test("A live redis-server is taken over and handed back under load, and every acknowledged write counts", async (folder) => {
  await using oracle = await Oracle.start("--repl-diskless-sync-delay", "0");
  using theirs = await RespClient.connect(oracle.port);
  await write(theirs, new SeededRandom(19), 300);
  let isOver = false;
  await using server = await startServer({
    port: "0",
    dir: folder,
    "enable-debug-command": "yes",
    "repl-diskless-sync-delay": "0",
  });
  await server.load();
  using ours = await RespClient.connect(server.port);
  const ports = [oracle.port, server.port];
  const counting = Promise.all([1, 2, 3].map(() => count(ports, () => isOver)));
  await ours.call("REPLICAOF", "127.0.0.1", String(oracle.port));
  const linkIsUp = async (client: RespClient) =>
    (await fields(client, "replication")).get("master_link_status") === "up";
  const isMaster = async (client: RespClient) =>
    (await fields(client, "replication")).get("role") === "master";
  await until("our link to be up", () => linkIsUp(ours));
  // Until it is online there, redis-server does not hand over to it.
  await until(
    "the failover to begin",
    async () => await theirs.ask("FAILOVER", "TO", "127.0.0.1", String(server.port)) === '+"OK"',
  );
  await until("our server to be the primary", () => isMaster(ours));
  await until("their link to be up", () => linkIsUp(theirs));
  await until(
    "the failover to begin",
    async () => await ours.ask("FAILOVER", "TO", "127.0.0.1", String(oracle.port)) === '+"OK"',
  );
  await until("their server to be the primary", () => isMaster(theirs));
  await until("our link to be up", () => linkIsUp(ours));
  isOver = true;
  // The random writes have selected databases.
  await theirs.call("SELECT", "0");
  const acknowledged = (await counting).reduce((sum, each) => sum + each, 0);
  assertEquals(await theirs.ask("GET", "counter"), `$"${acknowledged}"`);
  await assertSame(theirs, ours);
  assertEquals((await fields(theirs, "stats")).get("sync_full"), "1");
});
