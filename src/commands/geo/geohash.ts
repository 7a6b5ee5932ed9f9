import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { decodeGeohash, geohashText } from "../../lib/geography.ts";
import { hashOf } from "./member_hash.ts";

/** GEOHASH: members as published geohashes. */
export const geohash: CommandSpec = command({
  name: "geohash",
  group: "geo",
  summary: "Replies with the places of members as geohashes of eleven letters.",
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
      if (hash === undefined) reply.null();
      else reply.bulkText(geohashText(decodeGeohash(hash)));
    }
  },
});
