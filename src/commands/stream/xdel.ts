import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { idAt } from "./ids.ts";

/** XDEL: removes entries. */
export const xdel: CommandSpec = command({
  name: "xdel",
  group: "stream",
  summary: "Removes entries of a stream by their ids.",
  since: "5.0.0",
  complexity: "O(log(N)) for each id, where N is the number of nodes",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key id [id ...]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
    const stream = call.lookupForWrite(1, ValueType.Stream);
    if (stream === 0) return reply.integer(0);
    const ids: StreamId[] = [];
    for (let i = 2; i < args.count; i++) ids.push(idAt(call, i));
    const removed = ids.filter((id) => streams.remove(stream, id)).length;
    if (removed > 0) call.keyChanged(1, "stream", "xdel", removed);
    reply.integer(removed);
  },
});
