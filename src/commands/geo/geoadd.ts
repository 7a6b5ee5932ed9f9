import { formatDouble } from "../../lib/double.ts";
import {
  decodeGeohash,
  distance,
  encodeGeohash,
  geohashText,
  latitudeOf,
  longitudeOf,
} from "../../lib/geohash.ts";
import { addScored, type Conditions } from "../shared/add_scored.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { positionAt, unitAt } from "./arguments.ts";

/** GEOADD: places under names. */
export const geoadd: CommandSpec = command({
  name: "geoadd",
  group: "geo",
  summary: "Adds places with their names to a sorted set, their geohashes being the scores.",
  since: "3.2.0",
  complexity: "O(log(N)) for each place, where N is the size of the set",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key [NX | XX] [CH] <longitude latitude member> [<longitude latitude member> ...]",
  run(call) {
    const { args } = call;
    const given: Conditions = {
      nx: false,
      xx: false,
      gt: false,
      lt: false,
      ch: false,
      incr: false,
    };
    let first = 2;
    for (; first < args.count; first++) {
      const option = (["nx", "xx", "ch"] as const).find((name) =>
        args.is(first, name.toUpperCase())
      );
      if (option === undefined) break;
      given[option] = true;
    }
    const words = args.count - first;
    if (words % 3 !== 0 || given.nx && given.xx) throw errors.syntax;
    const scores: number[] = [];
    for (let i = first; i < args.count; i += 3) scores.push(encodeGeohash(positionAt(call, i)));
    const memberAt = (i: number) => first + 3 * i + 2;
    const changes = addScored(call, given, scores, memberAt);
    if (!call.isPropagated || changes === 0) return;
    const options = args.texts(2).slice(0, first - 2);
    const pairs = scores.flatMap((score, i) => [formatDouble(score), args.text(memberAt(i))]);
    call.propagateAs("zadd", call.range(1), ...options, ...pairs);
  },
});

const reading = {
  group: "geo",
  since: "3.2.0",
  flags: ["readonly"],
  keys: oneKey("RO access"),
} as const;

/** The score of the member in argument `i`, or undefined. */
function hashOf(call: Call, entry: number, i: number): number | undefined {
  const { sortedSets } = call.server.keyspace;
  const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(i));
  return handle === 0 ? undefined : sortedSets.score(entry, handle);
}

/** GEOPOS: where members are. */
export const geopos: CommandSpec = command({
  ...reading,
  name: "geopos",
  summary: "Replies with the longitudes and latitudes of members.",
  complexity: "O(1) for each member",
  arity: -2,
  syntax: "key [member [member ...]]",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupSortedSetForRead(1);
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

/** GEOHASH: members as published geohashes. */
export const geohash: CommandSpec = command({
  ...reading,
  name: "geohash",
  summary: "Replies with the places of members as geohashes of eleven letters.",
  complexity: "O(1) for each member",
  arity: -2,
  syntax: "key [member [member ...]]",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupSortedSetForRead(1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const hash = hashOf(call, entry, i);
      if (hash === undefined) reply.null();
      else reply.bulkText(geohashText(decodeGeohash(hash)));
    }
  },
});

/** GEODIST: how far members are apart. */
export const geodist: CommandSpec = command({
  ...reading,
  name: "geodist",
  summary: "Replies with the distance between two members.",
  complexity: "O(1)",
  arity: -4,
  syntax: "key member1 member2 [M | KM | FT | MI]",
  run(call) {
    const { args, reply } = call;
    const unit = args.count === 5 ? unitAt(call, 4) : 1;
    if (args.count > 5) throw errors.syntax;
    const entry = call.lookupSortedSetForRead(1);
    const [from, to] = [hashOf(call, entry, 2), hashOf(call, entry, 3)];
    if (from === undefined || to === undefined) return reply.null();
    const metres = distance(longitudeOf(from), latitudeOf(from), longitudeOf(to), latitudeOf(to));
    reply.bulkText((metres / unit).toFixed(4));
  },
});
