import { err, errors } from "../../command/errors.ts";
import { subcommandSyntax } from "../../command/help.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { messageOf } from "../../lib/error_message.ts";
import {
  ADMIN_VIEW,
  CHANGE,
  clusterCommand,
  knownNodeAt,
  noBus,
  NONDETERMINISTIC,
} from "./cluster_command.ts";

const LARGEST_PORT = 65535;
const BUS_PORT_DISTANCE = 10000;
const WITHOUT_BUS = "refused: nodes do not talk to each other yet";

function isIpAddress(text: string): boolean {
  const bytes = text.split(".");
  const isIp4 = bytes.length === 4 &&
    bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) <= 0xff);
  return isIp4 || /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]`);
}

const meet = clusterCommand({
  name: "meet",
  summary: "Makes this node and another one know each other.",
  differs: WITHOUT_BUS,
  history: [
    { since: "4.0.0", change: "The port of the cluster bus may be given.", arityBefore: 4 },
  ],
  complexity: "O(1)",
  arity: -4,
  flags: CHANGE,
  syntax: "ip port [cluster-bus-port]",
  run(call) {
    const { args } = call;
    if (args.count > 5) throw subcommandSyntax(call);
    const port = args.integer(3);
    if (Number.isNaN(port)) throw err(`Invalid base port specified: ${args.cText(3)}`);
    const busPort = args.count === 5 ? args.integer(4) : port + BUS_PORT_DISTANCE;
    if (Number.isNaN(busPort)) throw err(`Invalid bus port specified: ${args.cText(4)}`);
    const isPort = (value: number) => value > 0 && value <= LARGEST_PORT;
    if (!isIpAddress(args.text(2)) || !isPort(port) || !isPort(busPort)) {
      throw err(`Invalid node address specified: ${args.cText(2)}:${args.cText(3)}`);
    }
    throw noBus;
  },
});

const forget = clusterCommand({
  name: "forget",
  summary: "Makes this node forget another one, and who serves its slots.",
  complexity: "O(1)",
  arity: 3,
  flags: CHANGE,
  syntax: "node-id",
  run(call, cluster) {
    const { map } = cluster;
    const node = knownNodeAt(call, cluster, 2);
    if (node === map.myself) throw err("I tried hard but I can't forget myself...");
    map.remove(node);
    cluster.changed();
    call.reply.ok();
  },
});

const replicate = clusterCommand({
  name: "replicate",
  summary: "Makes this node a replica of another one.",
  differs: WITHOUT_BUS,
  complexity: "O(1)",
  arity: 3,
  flags: CHANGE,
  syntax: "node-id",
  run(call, cluster) {
    const { map } = cluster;
    const node = knownNodeAt(call, cluster, 2);
    if (node === map.myself) throw err("Can't replicate myself");
    if (node.primary !== undefined) {
      throw err("I can only replicate a master, not a replica.");
    }
    if (map.count(map.myself) > 0 || call.keyspace.databases[0].size > 0) {
      throw err("To set a master the node must be empty and without assigned slots.");
    }
    throw noBus;
  },
});

const failover = clusterCommand({
  name: "failover",
  summary: "Makes this node, a replica, take the place of its primary.",
  complexity: "O(1)",
  arity: -2,
  flags: CHANGE,
  syntax: "[FORCE | TAKEOVER]",
  run(call) {
    const { args } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    if (args.count === 3 && !args.is(2, "FORCE") && !args.is(2, "TAKEOVER")) throw errors.syntax;
    throw err("You should send CLUSTER FAILOVER to a replica");
  },
});

const countFailureReports = clusterCommand({
  name: "count-failure-reports",
  summary: "Replies with how many nodes have reported that a node has failed.",
  complexity: "O(N) in the number of reports",
  arity: 3,
  flags: ADMIN_VIEW,
  syntax: "node-id",
  tips: NONDETERMINISTIC,
  run(call, cluster) {
    knownNodeAt(call, cluster, 2);
    call.reply.integer(0);
  },
});

const bumpepoch = clusterCommand({
  name: "bumpepoch",
  summary: "Gives this node's claim to its slots the next epoch.",
  complexity: "O(1)",
  arity: 2,
  flags: CHANGE,
  tips: NONDETERMINISTIC,
  run({ reply }, cluster) {
    const word = cluster.bumpEpoch() ? "BUMPED" : "STILL";
    reply.simple(`${word} ${cluster.map.myself.configEpoch}`);
  },
});

const setConfigEpoch = clusterCommand({
  name: "set-config-epoch",
  summary: "Gives the claim of a node that knows no other its first epoch.",
  complexity: "O(1)",
  arity: 3,
  flags: CHANGE,
  syntax: "config-epoch",
  run({ args, reply }, cluster) {
    const { map } = cluster;
    const epoch = args.int64(2);
    if (epoch === undefined) throw errors.notInteger;
    if (epoch < 0n) throw err(`Invalid config epoch specified: ${epoch}`);
    if (map.nodes.size > 1) {
      throw err(
        "The user can assign a config epoch only when the node does not know any other node.",
      );
    }
    if (map.myself.configEpoch !== 0n) throw err("Node config epoch is already non-zero");
    map.myself.configEpoch = epoch;
    if (cluster.currentEpoch < epoch) cluster.currentEpoch = epoch;
    cluster.changed();
    reply.ok();
  },
});

const saveconfig = clusterCommand({
  name: "saveconfig",
  summary: "Writes the file in which the node remembers its cluster.",
  complexity: "O(1)",
  arity: 2,
  flags: CHANGE,
  run({ reply }, cluster) {
    try {
      cluster.save();
    } catch (error) {
      throw err(`error saving the cluster node config: ${messageOf(error)}`);
    }
    reply.ok();
  },
});

const reset = clusterCommand({
  name: "reset",
  summary: "Makes the node forget all slots and other nodes; HARD also makes it another node.",
  complexity: "O(N) where N is the number of nodes",
  arity: -2,
  flags: ["admin", "noscript", "stale"],
  syntax: "[HARD | SOFT]",
  run(call, cluster) {
    const { args, keyspace, reply } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    const isHard = args.count === 3 && args.is(2, "HARD");
    if (args.count === 3 && !isHard && !args.is(2, "SOFT")) throw errors.syntax;
    if (keyspace.databases[0].size > 0) {
      throw err("CLUSTER RESET can't be called with master nodes containing keys");
    }
    cluster.reset(isHard);
    reply.ok();
  },
});

/** The subcommands of CLUSTER that change which nodes belong to it, and what they are. */
export const membership: readonly CommandSpec[] = [
  bumpepoch,
  countFailureReports,
  failover,
  forget,
  meet,
  replicate,
  reset,
  saveconfig,
  setConfigEpoch,
];
