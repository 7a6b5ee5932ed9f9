/**
 * This server and the real redis-server as the same node of the same cluster: both read a file of nodes with the same ids, and announce the
 * same ports, so that what they tell of the cluster is equal.
 *
 * @module
 */
import { type StartOptions, startServer } from "../../src/mod.ts";
import { ChangeInspector } from "../../src/testing/change_inspector.ts";
import { type Pair, problem as oracleProblem } from "./differential.ts";
import { freePort, Oracle, oracleIs7_2 } from "./oracle.ts";
import { RespClient } from "./resp_client.ts";
import { until } from "./until.ts";

const is7_2 = await oracleIs7_2();
const mayWrite = (await Deno.permissions.query({ name: "write" })).state === "granted";
/** Why these tests cannot run here, if so. */
export const problem: string | undefined = mayWrite ? oracleProblem : "needs --allow-write";

export const MYSELF: string = "a".repeat(40);
/** A node that nobody can reach. */
export const OTHER: string = "b".repeat(40);
/** A slot of this node that is on its way to the other one, and a slot of the other one on its way here. */
export const LEAVING = 100;
const ARRIVING = 10000;
const FIRST_OF_OTHER = 8192;

/** 7.0 knows no shards. */
const shard = (letter: string) => is7_2 ? `,,shard-id=${letter.repeat(40)}` : "";
const NODES = `${MYSELF} 127.0.0.1:7001@17001${shard("c")} myself,master - 0 0 1 connected ` +
  `0-${FIRST_OF_OTHER - 1} [${LEAVING}->-${OTHER}] [${ARRIVING}-<-${OTHER}]\n` +
  `${OTHER} 127.0.0.1:7002@17002${shard("d")} master - 0 0 2 connected ${FIRST_OF_OTHER}-16383\n` +
  "vars currentEpoch 2 lastVoteEpoch 0\n";

/** Runs `body` with both as the node that `nodes` describes, whose state both find to be good. */
export async function withClusterPair(
  body: (pair: Pair) => Promise<void>,
  directives: Readonly<Record<string, string>> = {},
  nodes: string = NODES,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const config = (name: string) => {
    const file = `${directory}/${name}.conf`;
    Deno.writeTextFileSync(file, nodes);
    return {
      "cluster-enabled": "yes",
      "cluster-config-file": file,
      "cluster-announce-ip": "127.0.0.1",
      "cluster-announce-port": "7001",
      "cluster-announce-bus-port": "17001",
      // The other node is not found missing before a test is over.
      "cluster-node-timeout": "1000000",
      ...directives,
    };
  };
  try {
    const args = Object.entries({
      ...config("redis"),
      "cluster-port": String(freePort()),
      dir: directory,
    });
    await using server = await Oracle.start(...args.flatMap(([name, v]) => [`--${name}`, v]));
    using oracle = await RespClient.connect(server.port);
    await using redeno = await startServer({
      port: "0",
      "enable-debug-command": "yes",
      ...config("redeno") as StartOptions,
    });
    const inspector = new ChangeInspector(redeno.server);
    using ours = await RespClient.connect(redeno.port);
    for (const client of [oracle, ours]) await untilState(client, "ok");
    await body({ ours, oracle, ports: { ours: redeno.port, oracle: server.port } });
    inspector.assertHonest();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Waits until a server finds its cluster to be in a state. */
export async function untilState(client: RespClient, state: "ok" | "fail"): Promise<void> {
  await until(
    `cluster_state:${state}`,
    async () => (await client.call("CLUSTER", "INFO")).text!.includes(`cluster_state:${state}`),
  );
}

/** Defines a test with such a pair. */
export function clusterTest(
  name: string,
  body: (pair: Pair) => Promise<void>,
  directives: Readonly<Record<string, string>> = {},
): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () => withClusterPair(body, directives),
  });
}
