import {
  command,
  type CommandSpec,
  keyBehind,
  type KeyPosition,
  oneKey,
} from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { positionAt } from "./place_arguments.ts";
import {
  newSearch,
  parseSearchOptions,
  positionOfMember,
  readCircle,
  runSearch,
  SEARCH_COST,
  UPPER_CASE_UNITS,
} from "./search.ts";

const ANY_MEMBERS = [
  {
    since: "6.2.0",
    change: "`ANY` ends the search at the first members that are found.",
    options: ["ANY"],
  },
] as const;

const OPTIONS =
  "<M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC | DESC]";

/** The arguments behind STORE and STOREDIST; the last of them is the destination key. Options begin at `from`. */
function destinationsOf(args: Arguments, from: number): number[] {
  const destinations: number[] = [];
  for (let i = from; i < args.count - 1; i++) {
    if (args.is(i, "COUNT")) i++;
    else if (args.is(i, "STORE") || args.is(i, "STOREDIST")) destinations.push(++i);
  }
  return destinations;
}

/** GEORADIUS and GEORADIUSBYMEMBER, and the forms of both that do not store. */
function radiusCommand(byMember: boolean, mayStore: boolean): CommandSpec {
  const options = byMember ? 5 : 6;
  const what = byMember ? "member" : "longitude latitude";
  const [source] = oneKey("RO access");
  const [store, storedist] = ["STORE", "STOREDIST"]
    .map((word) => keyBehind("OW update", word, options));
  const findKeys = (args: Arguments): KeyPosition[] => [
    { index: 1, flags: source.flags },
    ...destinationsOf(args, options).map((index) => ({ index, flags: store.flags })),
  ];
  return command({
    name: `georadius${byMember ? "bymember" : ""}${mayStore ? "" : "_ro"}`,
    group: "geo",
    summary: `Lists ${mayStore ? "or stores " : ""}the members within a circle around a ${
      byMember ? "member" : "place"
    }.`,
    since: mayStore ? "3.2.0" : "3.2.10",
    history: [...byMember ? [] : ANY_MEMBERS, ...mayStore ? UPPER_CASE_UNITS : []],
    complexity: SEARCH_COST,
    arity: -options,
    flags: mayStore ? ["write", "denyoom", "movablekeys"] : ["readonly"],
    keys: mayStore ? [source, store, storedist] : [source],
    findKeys: mayStore ? findKeys : undefined,
    syntax: `key ${what} radius ${OPTIONS}${mayStore ? " [STORE key | STOREDIST key]" : ""}`,
    replacedBy: {
      since: "6.2.0",
      command: `\`GEOSEARCH\`${mayStore ? " and `GEOSEARCHSTORE`" : ""} with the \`BYRADIUS\` ${
        byMember ? "and `FROMMEMBER` arguments" : "argument"
      }`,
    },
    run(call) {
      const entry = call.lookupForRead(1, ValueType.SortedSet);
      const search = newSearch(mayStore ? destinationsOf(call.args, options).at(-1) ?? 0 : 0);
      if (!byMember) search.center = positionAt(call, 2);
      else if (entry !== 0) search.center = positionOfMember(call, entry, 2);
      if (!byMember || entry !== 0) readCircle(call, search, options - 2);
      const form = { key: 1, options, isOpen: false, mayStore, store: 0 };
      parseSearchOptions(call, form, search, entry);
      return runSearch(call, search, entry);
    },
  });
}

/** GEORADIUS: finds members near a position. */
export const georadius: CommandSpec = radiusCommand(false, true);

/** GEORADIUS_RO: GEORADIUS without STORE. */
export const georadiusRo: CommandSpec = radiusCommand(false, false);

/** GEORADIUSBYMEMBER: finds members near a member. */
export const georadiusbymember: CommandSpec = radiusCommand(true, true);

/** GEORADIUSBYMEMBER_RO: GEORADIUSBYMEMBER without STORE. */
export const georadiusbymemberRo: CommandSpec = radiusCommand(true, false);
