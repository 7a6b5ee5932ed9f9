import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { decodeGeohash } from "../../lib/geography.ts";
import { hashOf } from "./member_hash.ts";

/** GEOPOS: where members are. */
export const geopos: CommandSpec = command({
  name: "geopos",
  group: "geo",
  summary: "Replies with the longitudes and latitudes of members.",
  since: "3.2.0",
  complexity: "O(1) for each member",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key [member [member ...]]",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupForRead(1, ValueType.SortedSet);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const hash = hashOf(call, entry, i);
      if (hash === undefined) reply.nullArray();
      else {
        reply.array(2);
        for (const degrees of decodeGeohash(hash)) reply.humanDouble(degrees);
      }
    }
  },
});
