import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { elementRange } from "./element_range.ts";

/** LTRIM: keeps a range of elements. */
export const ltrim: CommandSpec = command({
  name: "ltrim",
  group: "list",
  summary: "Removes all elements of a list but a range.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements removed",
  arity: 4,
  flags: ["write"],
  keys: oneKey("RW delete"),
  syntax: "key start stop",
  run(call) {
    const { db, reply } = call;
    const { lists } = call.keyspace;
    elementRange(call, 0);
    const entry = call.lookupForWrite(1, ValueType.List);
    if (entry === 0) return reply.ok();
    const total = lists.count(entry);
    const kept = elementRange(call, total);
    if (kept !== undefined) {
      const cut = lists.removeRange(db, entry, kept.last + 1, total - 1 - kept.last);
      lists.removeRange(db, cut, 0, kept.first);
    }
    const left = kept === undefined ? 0 : kept.last - kept.first + 1;
    call.keyChanged(1, "list", "ltrim", total - left);
    if (kept === undefined) deleteEmptied(call, 1, entry, true);
    reply.ok();
  },
});
