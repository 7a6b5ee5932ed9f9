/** CLUSTER and its family: ASKING, READONLY, READWRITE. @module */
import { err } from "../../command/errors.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

const disabled = err("This instance has cluster support disabled");

function refuse(): never {
  throw disabled;
}

type Shape = Pick<CommandSpec, "since" | "complexity" | "arity" | "flags" | "syntax">;

const VIEW: readonly CommandFlag[] = ["stale"];
const CHANGE: readonly CommandFlag[] = ["no_async_loading", "admin", "stale"];
const LOADING: readonly CommandFlag[] = ["loading", "stale"];

function shape(
  arity: number,
  flags: readonly CommandFlag[],
  complexity = "O(1)",
  syntax?: string,
  since = "3.0.0",
): Shape {
  return { since, complexity, arity, flags, ...(syntax === undefined ? {} : { syntax }) };
}

const SLOTS = "O(N) where N is the number of slots";
const NODES = "O(N) where N is the number of nodes";
const REPLICAS = "O(N) where N is the number of replicas";
const RANGES = "start-slot end-slot [start-slot end-slot ...]";

/** The subcommands of CLUSTER. This server has none of them, but it knows their names, because the rules of users may contain them. */
const shapes: Readonly<Record<string, Shape>> = {
  "addslots": shape(-3, CHANGE, SLOTS, "slot [slot ...]"),
  "addslotsrange": shape(-4, CHANGE, SLOTS, RANGES, "7.0.0"),
  "bumpepoch": shape(2, CHANGE),
  "count-failure-reports": shape(3, ["admin", "stale"], "O(N) in the number of reports", "node-id"),
  "countkeysinslot": shape(3, VIEW, "O(1)", "slot"),
  "delslots": shape(-3, CHANGE, SLOTS, "slot [slot ...]"),
  "delslotsrange": shape(-4, CHANGE, SLOTS, RANGES, "7.0.0"),
  "failover": shape(-2, CHANGE, "O(1)", "[FORCE | TAKEOVER]"),
  "flushslots": shape(2, CHANGE),
  "forget": shape(3, CHANGE, "O(1)", "node-id"),
  "getkeysinslot": shape(4, VIEW, "O(N) in the number of keys asked for", "slot count"),
  "help": shape(2, LOADING, "O(1)", undefined, "5.0.0"),
  "info": shape(2, VIEW),
  "keyslot": shape(3, VIEW, "O(N) in the length of the key", "key"),
  "links": shape(2, VIEW, NODES, undefined, "7.0.0"),
  "meet": shape(-4, CHANGE, "O(1)", "ip port [cluster-bus-port]"),
  "myid": shape(2, VIEW),
  "myshardid": shape(2, VIEW, "O(1)", undefined, "7.2.0"),
  "nodes": shape(2, VIEW, NODES),
  "replicas": shape(3, ["admin", "stale"], REPLICAS, "node-id", "5.0.0"),
  "replicate": shape(3, CHANGE, "O(1)", "node-id"),
  "reset": shape(-2, ["admin", "noscript", "stale"], NODES, "[HARD | SOFT]"),
  "saveconfig": shape(2, CHANGE),
  "set-config-epoch": shape(3, CHANGE, "O(1)", "config-epoch"),
  "setslot": shape(
    -4,
    CHANGE,
    "O(1)",
    "slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
  ),
  "shards": shape(2, LOADING, NODES, undefined, "7.0.0"),
  "slaves": shape(3, ["admin", "stale"], REPLICAS, "node-id"),
  "slots": shape(2, LOADING, NODES),
};

const NONDETERMINISTIC = new Set([
  "bumpepoch",
  "count-failure-reports",
  "getkeysinslot",
  "info",
  "links",
  "myshardid",
  "nodes",
  "replicas",
  "shards",
  "slaves",
  "slots",
]);

const REPLACED: Readonly<Record<string, CommandSpec["replacedBy"]>> = {
  "slaves": { since: "5.0.0", command: "`CLUSTER REPLICAS`" },
  "slots": { since: "7.0.0", command: "`CLUSTER SHARDS`" },
};

const summary = "About a cluster of servers; this server is not part of one, and refuses.";

/** CLUSTER: refused, as Redis 7.2 does outside a cluster. */
export const cluster: CommandSpec = command({
  name: "cluster",
  group: "cluster",
  summary,
  differs: "there is no cluster: refused, as by a Redis that is part of none",
  since: "3.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: Object.entries(shapes).map(([name, shape]) =>
    command({
      ...shape,
      name,
      group: "cluster",
      summary,
      ...(NONDETERMINISTIC.has(name) ? { tips: ["nondeterministic_output"] } : {}),
      ...(name in REPLACED ? { replacedBy: REPLACED[name]! } : {}),
      run: refuse,
    })
  ),
});

function ofClient(name: string, flags: readonly CommandFlag[]): CommandSpec {
  return command({
    name,
    group: "cluster",
    summary,
    differs: "there is no cluster: refused, as by a Redis that is part of none",
    since: "3.0.0",
    complexity: "O(1)",
    arity: 1,
    flags,
    categories: ["connection"],
    run: refuse,
  });
}

/** ASKING, READONLY, READWRITE: how a node of a cluster is to treat the client. */
export const [asking, readonly, readwrite]: readonly CommandSpec[] = [
  ofClient("asking", ["fast"]),
  ofClient("readonly", ["loading", "stale", "fast"]),
  ofClient("readwrite", ["loading", "stale", "fast"]),
];
