import type { Cluster } from "../../cluster/cluster.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { CHANGE, clusterCommand, slotAt } from "./cluster_command.ts";

const SLOTS = "O(N) where N is the number of slots";
const RANGES = "start-slot end-slot [start-slot end-slot ...]";

/** Checks that slots have no node, or have one if they are to lose it, and that none is named twice. */
function check(slots: Iterable<number>, cluster: Cluster, isLoss: boolean): Set<number> {
  const seen = new Set<number>();
  for (const slot of slots) {
    const isAssigned = isLoss ? cluster.map.owner(slot) !== undefined : cluster.isAssigned(slot);
    if (isAssigned !== isLoss) {
      throw err(`Slot ${slot} is already ${isLoss ? "unassigned" : "busy"}`);
    }
    if (seen.has(slot)) throw err(`Slot ${slot} specified multiple times`);
    seen.add(slot);
  }
  return seen;
}

/** The slots that the arguments name. */
function namedSlots(call: Call): number[] {
  return Array.from({ length: call.args.count - 2 }, (_, i) => slotAt(call, i + 2));
}

/** The slots of the ranges that the arguments name; a wrong range is noticed when its turn comes. */
function* slotsOfRanges(call: Call): Generator<number> {
  for (let i = 2; i < call.args.count; i += 2) {
    const [first, last] = [slotAt(call, i), slotAt(call, i + 1)];
    if (first > last) {
      throw err(`start slot number ${first} is greater than end slot number ${last}`);
    }
    for (let slot = first; slot <= last; slot++) yield slot;
  }
}

function mustBePairs(call: Call): void {
  if (call.args.count % 2 === 1) throw call.wrongArity();
}

const addslots = clusterCommand({
  name: "addslots",
  summary: "Makes this node serve slots that nobody serves.",
  complexity: SLOTS,
  arity: -3,
  flags: CHANGE,
  syntax: "slot [slot ...]",
  run(call, cluster) {
    cluster.addSlots(check(namedSlots(call), cluster, false));
    call.reply.ok();
  },
});

const addslotsrange = clusterCommand({
  name: "addslotsrange",
  summary: "Makes this node serve ranges of slots that nobody serves.",
  since: "7.0.0",
  complexity: SLOTS,
  arity: -4,
  flags: CHANGE,
  syntax: RANGES,
  run(call, cluster) {
    mustBePairs(call);
    cluster.addSlots(check(slotsOfRanges(call), cluster, false));
    call.reply.ok();
  },
});

const delslots = clusterCommand({
  name: "delslots",
  summary: "Makes this node forget who serves slots.",
  complexity: SLOTS,
  arity: -3,
  flags: CHANGE,
  syntax: "slot [slot ...]",
  run(call, cluster) {
    cluster.removeSlots(check(namedSlots(call), cluster, true));
    call.reply.ok();
  },
});

const delslotsrange = clusterCommand({
  name: "delslotsrange",
  summary: "Makes this node forget who serves ranges of slots.",
  since: "7.0.0",
  complexity: SLOTS,
  arity: -4,
  flags: CHANGE,
  syntax: RANGES,
  run(call, cluster) {
    mustBePairs(call);
    cluster.removeSlots(check(slotsOfRanges(call), cluster, true));
    call.reply.ok();
  },
});

const flushslots = clusterCommand({
  name: "flushslots",
  summary: "Takes all slots away from this node, which must hold no keys.",
  complexity: "O(1)",
  arity: 2,
  flags: CHANGE,
  run({ keyspace, reply }, cluster) {
    if (keyspace.databases[0].size > 0) {
      throw err("DB must be empty to perform CLUSTER FLUSHSLOTS.");
    }
    const { map } = cluster;
    map.unassignAll(map.myself);
    cluster.changedByHand();
    reply.ok();
  },
});

/** The subcommands of CLUSTER that say which slots have a node. */
export const slotAssignments: readonly CommandSpec[] = [
  addslots,
  addslotsrange,
  delslots,
  delslotsrange,
  flushslots,
];
