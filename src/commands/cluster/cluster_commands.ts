import { helpCommand } from "../../command/help.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { slotAssignments } from "./cluster_assignments.ts";
import { clusterOf } from "./cluster_command.ts";
import { membership } from "./cluster_members.ts";
import { setslot } from "./cluster_setslot.ts";
import { slotKeys } from "./cluster_keys.ts";
import { topology } from "./cluster_views.ts";

const subcommands = [...slotAssignments, ...membership, setslot, ...slotKeys, ...topology]
  .sort((a, b) => a.name < b.name ? -1 : 1);

const help = helpCommand("cluster", "cluster", "5.0.0", subcommands);

/** CLUSTER: tells of the cluster that this server is a node of, and changes it. */
export const cluster: CommandSpec = command({
  name: "cluster",
  group: "cluster",
  summary: "Tells of the cluster that this server is a node of, and changes it.",
  since: "3.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [
    ...subcommands,
    {
      ...help,
      run(call) {
        clusterOf(call);
        return help.run!(call);
      },
    },
  ],
});
