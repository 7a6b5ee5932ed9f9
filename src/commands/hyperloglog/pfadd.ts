import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { invalidateCount, locate, located } from "../../encodings/hyperloglog.ts";
import { entryFor, raiseRegisters } from "./stored_hyperloglog.ts";

/** PFADD: counts elements. */
export const pfadd: CommandSpec = command({
  name: "pfadd",
  group: "hyperloglog",
  summary: "Adds elements to a HyperLogLog; tells whether its estimate may have changed.",
  since: "2.8.9",
  complexity: "O(1) for each element",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key [element [element ...]]",
  run(call) {
    const { args, reply } = call;
    const { entry, isNew } = entryFor(call);
    const raised = raiseRegisters(call, entry, (raise) => {
      for (let i = 2; i < args.count; i++) {
        locate(call.range(i));
        raise(located.register, located.value);
      }
    });
    const changes = raised + (isNew ? 1 : 0);
    if (changes > 0) {
      invalidateCount(call.value(call.lookupQuietly(1)));
      call.keyChanged(1, "string", "pfadd", changes);
    }
    reply.integer(changes > 0 ? 1 : 0);
  },
});
