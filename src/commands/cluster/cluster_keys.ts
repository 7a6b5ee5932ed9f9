import { keySlot, SLOT_COUNT } from "../../keyspace/key_slot.ts";
import { err } from "../../command/errors.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { clusterCommand, NONDETERMINISTIC, VIEW } from "./cluster_command.ts";

const keyslot = clusterCommand({
  name: "keyslot",
  summary: "Replies with the slot of a key.",
  complexity: "O(N) in the length of the key",
  arity: 3,
  flags: VIEW,
  syntax: "key",
  run(call) {
    const { bytes, start, length } = call.key(2);
    call.reply.integer(keySlot(bytes, start, length));
  },
});

const countkeysinslot = clusterCommand({
  name: "countkeysinslot",
  summary: "Replies with how many keys of a slot this node holds.",
  complexity: "O(1)",
  arity: 3,
  flags: VIEW,
  syntax: "slot",
  run(call, cluster) {
    const slot = call.integer(2);
    if (slot < 0 || slot >= SLOT_COUNT) throw err("Invalid slot");
    call.reply.integer(cluster.keyCount(slot));
  },
});

const getkeysinslot = clusterCommand({
  name: "getkeysinslot",
  summary: "Replies with some of the keys of a slot that this node holds.",
  complexity: "O(N) in the number of keys asked for",
  arity: 4,
  flags: VIEW,
  syntax: "slot count",
  tips: NONDETERMINISTIC,
  run(call) {
    const { keyspace: { databases: [database], entries }, reply } = call;
    const slot = call.integer(2);
    const count = call.integer(3);
    if (slot < 0 || slot >= SLOT_COUNT || count < 0) throw err("Invalid slot or number of keys");
    const found = database.slots!.entries(slot, count);
    reply.array(found.length);
    for (const entry of found) call.replyRange(entries.key(entry));
  },
});

/** The subcommands of CLUSTER about the keys of a slot. */
export const slotKeys: readonly CommandSpec[] = [countkeysinslot, getkeysinslot, keyslot];
