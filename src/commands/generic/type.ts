import { command, type CommandSpec } from "../../command/spec.ts";

/** TYPE: the type of a key's value. */
export const type: CommandSpec = command({
  name: "type",
  group: "generic",
  summary: "Replies with the type of the value that a key holds, or none.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [{ flags: ["RO"], first: 1, last: 0, step: 1 }],
  syntax: "key",
  run(call) {
    const entry = call.lookupUntouched(1);
    call.reply.simple(entry === 0 ? "none" : call.keyspace.operations(entry).typeName);
  },
});
