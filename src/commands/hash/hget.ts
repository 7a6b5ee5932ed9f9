import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** Replies with the value of the field in argument `i`, or null. */
function replyField(call: Call, entry: Address, i: number): undefined {
  const { hashes } = call.server.keyspace;
  const handle = entry === 0 ? 0 : hashes.find(entry, call.range(i));
  if (handle === 0) call.reply.null();
  else call.replyRange(hashes.value(entry, handle));
}

const base = { group: "hash", since: "2.0.0", keys: oneKey("RO access") } as const;

/** HGET: the value of a field. */
export const hget: CommandSpec = command({
  ...base,
  name: "hget",
  summary: "Replies with the value of a field of a hash.",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  syntax: "key field",
  run: (call) => replyField(call, call.lookupHashForRead(1), 2),
});

/** HMGET: the values of several fields. */
export const hmget: CommandSpec = command({
  ...base,
  name: "hmget",
  summary: "Replies with the values of several fields of a hash.",
  complexity: "O(N) where N is the number of fields",
  arity: -3,
  flags: ["readonly", "fast"],
  syntax: "key field [field ...]",
  run(call) {
    const entry = call.lookupHashForRead(1);
    call.reply.array(call.args.count - 2);
    for (let i = 2; i < call.args.count; i++) replyField(call, entry, i);
  },
});

/** HLEN: the number of fields. */
export const hlen: CommandSpec = command({
  ...base,
  name: "hlen",
  summary: "Counts the fields of a hash.",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupHashForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.hashes.count(entry));
  },
});

/** HEXISTS: whether a field is there. */
export const hexists: CommandSpec = command({
  ...base,
  name: "hexists",
  summary: "Tells whether a hash has a field.",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key field",
  run(call) {
    const entry = call.lookupHashForRead(1);
    const { hashes } = call.server.keyspace;
    const exists = entry !== 0 && hashes.find(entry, call.range(2)) !== 0;
    call.reply.integer(exists ? 1 : 0);
  },
});

/** HSTRLEN: the length of a field's value. */
export const hstrlen: CommandSpec = command({
  ...base,
  name: "hstrlen",
  summary: "Replies with the length of the value of a field.",
  since: "3.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key field",
  run(call) {
    const entry = call.lookupHashForRead(1);
    const { hashes } = call.server.keyspace;
    const handle = entry === 0 ? 0 : hashes.find(entry, call.range(2));
    call.reply.integer(handle === 0 ? 0 : hashes.value(entry, handle).length);
  },
});

function listCommand(
  name: string,
  summary: string,
  shows: { fields: boolean; values: boolean },
): CommandSpec {
  return command({
    ...base,
    name,
    summary,
    complexity: "O(N) where N is the number of fields",
    arity: 2,
    flags: ["readonly"],
    tips: ["nondeterministic_output_order"],
    syntax: "key",
    run(call) {
      const { reply } = call;
      const { hashes } = call.server.keyspace;
      const entry = call.lookupHashForRead(1);
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
