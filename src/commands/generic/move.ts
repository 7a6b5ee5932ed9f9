import { errors } from "../../command/errors.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** MOVE: moves a key to another database. */
export const move: CommandSpec = command({
  name: "move",
  group: "generic",
  summary: "Moves a key to another database, only if no key there has its name.",
  since: "1.0.0",
  complexity: "O(1), and O(N) in the length of a string",
  arity: 3,
  flags: ["write", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key db",
  run(call) {
    const { args, db, reply } = call;
    mustBeAlone(call, "MOVE is not allowed in cluster mode");
    const target = call.database(2);
    if (target === db) throw errors.sameObject;
    const entry = call.lookupForWrite(1);
    if (entry === 0 || call.lookupIn(target, 1) !== 0) {
      return reply.integer(0);
    }
    db.moveTo(entry, target, args.bytes, args.starts[1], args.lengths[1]);
    call.keyChanged(1, "generic", "move_from");
    call.keyChangedIn(target, 1, "generic", "move_to", 0);
    reply.integer(1);
  },
});
