import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { distance, latitudeOf, longitudeOf } from "../../lib/geography.ts";
import { unitAt } from "./place_arguments.ts";
import { hashOf } from "./member_hash.ts";

/** GEODIST: how far members are apart. */
export const geodist: CommandSpec = command({
  name: "geodist",
  group: "geo",
  summary: "Replies with the distance between two members.",
  since: "3.2.0",
  complexity: "O(1)",
  arity: -4,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key member1 member2 [M | KM | FT | MI]",
  run(call) {
    const { args, reply } = call;
    const unit = args.count === 5 ? unitAt(call, 4) : 1;
    if (args.count > 5) throw errors.syntax;
    const entry = call.lookupForRead(1, ValueType.SortedSet);
    const [from, to] = [hashOf(call, entry, 2), hashOf(call, entry, 3)];
    if (from === undefined || to === undefined) return reply.null();
    const metres = distance(longitudeOf(from), latitudeOf(from), longitudeOf(to), latitudeOf(to));
    reply.bulkText((metres / unit).toFixed(4));
  },
});
