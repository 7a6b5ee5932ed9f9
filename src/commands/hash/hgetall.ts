/** HGETALL and its family: HKEYS, HVALS. @module */
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

function listCommand(
  name: string,
  summary: string,
  shows: { fields: boolean; values: boolean },
): CommandSpec {
  return command({
    name,
    group: "hash",
    summary,
    since: "2.0.0",
    complexity: "O(N) where N is the number of fields",
    arity: 2,
    flags: ["readonly"],
    keys: oneKey("RO access"),
    tips: ["nondeterministic_output_order"],
    syntax: "key",
    run(call) {
      const { reply } = call;
      const { hashes } = call.keyspace;
      const entry = call.lookupForRead(1, ValueType.Hash);
      const count = entry === 0 ? 0 : hashes.count(entry);
      if (shows.fields && shows.values) reply.map(count);
      else reply.array(count);
      if (entry === 0) return;
      hashes.forEach(entry, (handle) => {
        if (shows.fields) call.replyRange(hashes.field(entry, handle));
        if (shows.values) call.replyRange(hashes.value(entry, handle));
      });
    },
  });
}

/** HGETALL: all fields with their values. */
export const hgetall: CommandSpec = listCommand(
  "hgetall",
  "Lists all fields of a hash with their values.",
  { fields: true, values: true },
);

/** HKEYS: all fields. */
export const hkeys: CommandSpec = listCommand("hkeys", "Lists all fields of a hash.", {
  fields: true,
  values: false,
});

/** HVALS: all values. */
export const hvals: CommandSpec = listCommand("hvals", "Lists all values of a hash.", {
  fields: false,
  values: true,
});
