import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { idAt } from "./ids.ts";

/** XACK: removes entries from the pending ones of a group. */
export const xack: CommandSpec = command({
  name: "xack",
  group: "stream",
  summary: "Acknowledges entries: they are no longer pending in the group.",
  since: "5.0.0",
  complexity: "O(log(N)) for each id, where N is the number of pending entries",
  arity: -4,
  flags: ["write", "fast"],
  keys: oneKey("RW update"),
  syntax: "key group id [id ...]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
    const stream = call.lookupForRead(1, ValueType.Stream);
    const group = stream === 0 ? 0 : streams.groups.find(streams.root(stream), call.range(2));
    if (group === 0) return reply.integer(0);
    const ids: StreamId[] = [];
    for (let i = 3; i < args.count; i++) ids.push(idAt(call, i));
    let acknowledged = 0;
    for (const id of ids) {
      const pending = streams.groups.findPending(group, id);
      if (pending === 0) continue;
      streams.groups.removePending(group, pending);
      acknowledged++;
    }
    call.countChanges(acknowledged);
    reply.integer(acknowledged);
  },
});
