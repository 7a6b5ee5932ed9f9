import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { formatDouble } from "../../lib/double.ts";
import { encodeGeohash } from "../../lib/geography.ts";
import { addScored, noOptions } from "../shared/add_scored.ts";
import { positionAt } from "./place_arguments.ts";

/** GEOADD: adds members with their positions. */
export const geoadd: CommandSpec = command({
  name: "geoadd",
  group: "geo",
  summary: "Adds places with their names to a sorted set, their geohashes being the scores.",
  since: "3.2.0",
  history: [
    { since: "6.2.0", change: "`CH`, `NX` and `XX` are options.", options: ["CH", "NX", "XX"] },
  ],
  complexity: "O(log(N)) for each place, where N is the size of the set",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key [NX | XX] [CH] <longitude latitude member> [<longitude latitude member> ...]",
  run(call) {
    const { args } = call;
    const given = noOptions(false);
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
    if (addScored(call, given, scores, memberAt) === 0) return;
    call.propagateWords(() => {
      const pairs = scores.flatMap((score, i) => [formatDouble(score), args.text(memberAt(i))]);
      return ["zadd", call.args.words(1, first), ...pairs];
    });
  },
});
