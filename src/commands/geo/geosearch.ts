/**
 * Searches around a place: GEOSEARCH and its older forms, which are one search with different arguments.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import {
  newSearch,
  parseSearchOptions,
  runSearch,
  SEARCH_COST,
  UPPER_CASE_UNITS,
} from "./search.ts";

function runOpen(call: Call, store: number): undefined {
  const key = store + 1;
  const entry = call.lookupForRead(key, ValueType.SortedSet);
  const search = newSearch(store);
  parseSearchOptions(
    call,
    { key, options: key + 1, isOpen: true, mayStore: false, store },
    search,
    entry,
  );
  return runSearch(call, search, entry);
}

/** GEOSEARCH: finds members within a circle or a rectangle. */
export const geosearch: CommandSpec = command({
  name: "geosearch",
  group: "geo",
  summary: "Lists the members within a circle or a rectangle around a member or a place.",
  since: "6.2.0",
  history: UPPER_CASE_UNITS,
  complexity: SEARCH_COST,
  arity: -7,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax:
    "key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
  run: (call) => runOpen(call, 0),
});

/** GEOSEARCHSTORE: GEOSEARCH into a key. */
export const geosearchstore: CommandSpec = command({
  name: "geosearchstore",
  group: "geo",
  summary:
    "Stores the members within a circle or a rectangle around a member or a place, as a sorted set.",
  since: "6.2.0",
  history: UPPER_CASE_UNITS,
  complexity: SEARCH_COST,
  arity: -8,
  flags: ["write", "denyoom"],
  keys: [keyRange("OW update", 1, 0, 1), keyRange("RO access", 2, 0, 1)],
  syntax:
    "destination source <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]] [STOREDIST]",
  run: (call) => runOpen(call, 1),
});
