/** Three real Sentinels watch a primary with two replicas, Redeno and redis-server mixed: when the primary is killed, a replica takes over. */
import { assert, assertEquals } from "@std/assert";
import { problem as oracleProblem } from "../support/differential.ts";
import { freePort, Oracle, oracleBinary } from "../support/oracle.ts";
import { Program, programProblem } from "../support/program.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";

const problem = oracleProblem ?? await programProblem() ??
  // Sentinels have clocks of their own, so a test of them takes real time, which a busy machine does not have.
  (Deno.env.get("SENTINEL") === undefined ? "set SENTINEL=1" : undefined);
const READY = "Ready to accept connections";
const QUICK = ["--repl-diskless-sync-delay", "0", "--repl-timeout", "10", "--save", ""];

/** A server of either kind. */
interface Member extends AsyncDisposable {
  readonly port: number;
  kill(): Promise<void>;
}

type Kind = "redeno" | "redis-server";

async function start(kind: Kind, port: number, ...args: string[]): Promise<Member> {
  if (kind === "redis-server") {
    const folder = await Deno.makeTempDir();
    const oracle = await Oracle.start("--port", String(port), "--dir", folder, ...QUICK, ...args);
    const end = async () => {
      await oracle.kill();
      await Deno.remove(folder, { recursive: true });
    };
    return { port, kill: end, [Symbol.asyncDispose]: end };
  }
  const program = new Program(["--port", String(port), ...QUICK, ...args]);
  await program.waitFor(READY);
  const end = () => program[Symbol.asyncDispose]();
  return { port, kill: end, [Symbol.asyncDispose]: end };
}

/** A Sentinel, which is a redis-server of another mode. */
async function startSentinel(primaryPort: number): Promise<Member> {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor mine 127.0.0.1 ${primaryPort} 2`,
    "sentinel down-after-milliseconds mine 1000",
    "sentinel failover-timeout mine 5000",
  ];
  await Deno.writeTextFile(`${folder}/sentinel.conf`, lines.join("\n"));
  const process = new Deno.Command(oracleBinary, {
    args: [`${folder}/sentinel.conf`, "--sentinel"],
    stdout: "null",
    stderr: "null",
    stdin: "null",
  }).spawn();
  const end = async () => {
    process.kill("SIGKILL");
    await process.status;
    await Deno.remove(folder, { recursive: true });
  };
  return { port, kill: end, [Symbol.asyncDispose]: end };
}

/** Waits for what Sentinels do, which takes them seconds: asking without a pause would only keep them from it. */
async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  });
}

/** Connects to a server as soon as it listens. */
async function connect(port: number): Promise<RespClient> {
  let client: RespClient | undefined;
  await eventually(`a server at port ${port}`, async () => {
    client = await RespClient.connect(port).catch(() => undefined);
    return client !== undefined;
  });
  return client!;
}

/** Asks over a new connection: Sentinels close those that there are when a role changes, so that clients look for the new primary. */
async function ask(port: number, ...words: string[]): Promise<string> {
  using client = await connect(port);
  return await client.ask(...words).catch(() => "closed");
}

async function info(client: RespClient, field: string): Promise<string | undefined> {
  const text = (await client.call("INFO", "replication")).text!;
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1];
}

for (
  const [primaryKind, replicaKinds] of [
    ["redeno", ["redeno", "redis-server"]],
    ["redis-server", ["redeno", "redeno"]],
  ] as const
) {
  const name = `Sentinels fail over from a killed ${primaryKind} to one of ` +
    `${replicaKinds.join(" and ")}`;
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    async fn() {
      const ports = [freePort(), freePort(), freePort()];
      await using members = new AsyncDisposableStack();
      const follow = ["--replicaof", `127.0.0.1 ${ports[0]}`];
      const primary = await start(primaryKind, ports[0]);
      for (const [i, kind] of replicaKinds.entries()) {
        const isRedis = kind === "redis-server";
        const args = isRedis ? ["--replicaof", "127.0.0.1", String(ports[0])] : follow;
        members.use(await start(kind, ports[i + 1], ...args));
      }
      {
        using client = await connect(ports[0]);
        await eventually("both replicas to be online", async () => {
          const states = [await info(client, "slave0"), await info(client, "slave1")];
          return states.every((state) => state?.includes("state=online"));
        });
        assertEquals(await client.ask("SET", "before", "1"), '+"OK"');
        assertEquals(await client.ask("WAIT", "2", "10000"), ':"2"');
      }
      const sentinels = await Promise.all([0, 1, 2].map(() => startSentinel(ports[0])));
      for (const sentinel of sentinels) members.use(sentinel);
      using sentinel = await connect(sentinels[0].port);
      await eventually("the Sentinels to know everybody", async () => {
        const state = (await sentinel.call("SENTINEL", "MASTER", "mine")).elements.map((e) =>
          e.text
        );
        const field = (word: string) => state[state.indexOf(word) + 1];
        return field("num-slaves") === "2" && field("num-other-sentinels") === "2" &&
          field("flags") === "master";
      });
      await primary.kill();
      const address = async () =>
        Number(
          (await sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mine")).elements[1].text,
        );
      await eventually("the failover", async () => await address() !== ports[0]);
      const newPort = await address();
      assert(ports.slice(1).includes(newPort));
      await eventually(
        "the new primary to take writes",
        async () => await ask(newPort, "SET", "after", "2") === '+"OK"',
      );
      assertEquals(await ask(newPort, "GET", "before"), '$"1"');
      const otherPort = ports.slice(1).find((port) => port !== newPort)!;
      await eventually(
        "the other replica to follow",
        async () => await ask(otherPort, "GET", "after") === '$"2"',
      );
      if (primaryKind === "redis-server") return;
      // It starts as the primary that it was. After eight seconds the Sentinels are sure that it is not.
      members.use(await start(primaryKind, ports[0]));
      await eventually(
        "the old primary to be a replica",
        async () => await ask(ports[0], "GET", "after") === '$"2"',
      );
      using old = await connect(ports[0]);
      assertEquals(await info(old, "role"), "slave");
      assertEquals(await info(old, "master_port"), String(newPort));
    },
  });
}
