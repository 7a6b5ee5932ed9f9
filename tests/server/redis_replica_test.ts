/** The real redis-server as a replica: after whatever happens to the link its data is the same. */
import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { type StartOptions, startServer } from "../../src/program/embed.ts";
import { CutLink } from "../support/cut_link.ts";
import { problem } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { Oracle } from "../support/oracle.ts";
import { randomUnit } from "../support/random_writes.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

/** A primary, the link, and a replica that is about to follow. */
interface Pair {
  readonly primary: RespClient;
  readonly replica: RespClient;
  readonly link: CutLink;
  readonly port: number;
  readonly log: readonly string[];
}

const DEFAULTS = { port: 0, save: "", "enable-debug-command": "yes" } as const;

function withReplica(
  name: string,
  directives: StartOptions,
  body: (pair: Pair) => Promise<void>,
): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    async fn() {
      const log: string[] = [];
      const dir = Deno.makeTempDirSync({ prefix: "redeno-" });
      const given: StartOptions = {
        ...DEFAULTS,
        dir,
        "repl-diskless-sync-delay": "0",
        ...directives,
      };
      const running = await startServer(given, { logSink: (line) => log.push(line) });
      try {
        using link = new CutLink(running.port);
        await using oracle = await Oracle.start("--repl-diskless-load", "swapdb");
        using primary = await RespClient.connect(running.port);
        using replica = await RespClient.connect(oracle.port);
        await body({ primary, replica, link, port: oracle.port, log });
      } finally {
        await running.stop();
        Deno.removeSync(dir, { recursive: true });
      }
    },
  });
}

async function info(client: RespClient, field: string): Promise<string | undefined> {
  const { text } = await client.call("INFO", "all");
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(text!)?.[1];
}

/** Waits until the replica has everything, and compares. */
async function assertSame({ primary, replica }: Pair, what = ""): Promise<void> {
  await until(
    "the replica to have everything",
    async () =>
      await info(replica, "master_link_status") === "up" &&
      await info(primary, "master_repl_offset") === await info(replica, "master_repl_offset"),
  );
  const [ours, theirs] = await Promise.all(
    [primary, replica].map(async (client) => (await client.call("DEBUG", "DIGEST")).text),
  );
  assertEquals(theirs, ours, what);
  assertEquals(await info(replica, "unexpected_error_replies"), "0", what);
}

async function write({ primary }: Pair, random: SeededRandom, units: number): Promise<void> {
  for (let i = 0; i < units; i++) {
    for (const words of randomUnit(random)) await primary.call(...words);
  }
}

for (const diskless of ["yes", "no"] as const) {
  withReplica(
    `a redis-server that follows has the same data, with repl-diskless-sync ${diskless}`,
    { "repl-diskless-sync": diskless },
    async (pair) => {
      const random = new SeededRandom(1);
      await write(pair, random, 300);
      await pair.replica.call("REPLICAOF", "127.0.0.1", String(pair.link.port));
      await write(pair, random, 300);
      await assertSame(pair);
      await pair.primary.call(
        "EVAL",
        "for i = 1, 50 do redis.call('RPUSH', KEYS[1], i) end",
        "1",
        "l",
      );
      await pair.primary.call(
        ...[
          "FUNCTION",
          "LOAD",
          "#!lua name=f\nredis.register_function{function_name='f', callback=function() return 1 end, flags={'no-writes'}}",
        ],
      );
      await pair.primary.call("SPOP", "key:1");
      await assertSame(pair);
      assertEquals((await pair.replica.call("FCALL", "f", "0")).text, "1");
      assertEquals(await info(pair.primary, "sync_full"), "1");
    },
  );
}

withReplica(
  "a link that is cut anywhere in the stream is taken up again, and the data is the same",
  {},
  async (pair) => {
    const { link } = pair;
    await pair.replica.call("REPLICAOF", "127.0.0.1", String(link.port));
    await assertSame(pair);
    for (let seed = 1; seed <= 4 * effort; seed++) {
      const random = new SeededRandom(seed);
      link.bytesUntilCut = 1 + random.below(3000);
      await write(pair, random, 120);
      if (seed % 2 === 0) link.cut();
      await assertSame(pair, `seed ${seed}`);
    }
    assertEquals(await info(pair.primary, "sync_full"), "1");
    assert(Number(await info(pair.primary, "sync_partial_ok")) >= 2);
  },
);

withReplica(
  "a link that is cut in the middle of a snapshot, or for longer than the backlog goes back, begins anew",
  { "repl-backlog-size": "16384" },
  async (pair) => {
    const { link, primary } = pair;
    const random = new SeededRandom(7);
    await write(pair, random, 300);
    for (let i = 0; i < 200; i++) await primary.call("SET", `large:${i}`, "x".repeat(1000) + i);
    link.bytesUntilCut = 4000;
    await pair.replica.call("REPLICAOF", "127.0.0.1", String(link.port));
    await until(
      "the cut",
      async () => (await primary.call("PING")).text === "PONG" && link.links > 1,
    );
    await assertSame(pair);
    link.bytesUntilCut = 1;
    const pairs = Array.from({ length: 100 }, (_, i) => [`large:${i}`, "y".repeat(1000) + i]);
    await primary.call("MSET", ...pairs.flat());
    await assertSame(pair);
    assert(Number(await info(primary, "sync_full")) >= 3);
  },
);

withReplica(
  "WAIT returns when the redis-server has acknowledged, and CLIENT KILL cuts it off",
  {},
  async (pair) => {
    const { primary } = pair;
    await pair.replica.call("REPLICAOF", "127.0.0.1", String(pair.link.port));
    await assertSame(pair);
    await primary.call("SET", "a", "1");
    assertEquals((await primary.call("WAIT", "1", "0")).text, "1");
    assertEquals((await pair.replica.call("GET", "a")).text, "1");
    assertEquals((await primary.call("CLIENT", "KILL", "TYPE", "replica")).text, "1");
    await primary.call("SET", "a", "2");
    assertEquals((await primary.call("WAIT", "1", "0")).text, "1");
    await assertSame(pair);
  },
);
