/**
 * Searches around a place: the common part of GEOSEARCH and its older forms, which are one search with different arguments.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { decodeGeohash, type Position } from "../../lib/geography.ts";
import { storeNothing } from "../shared/stored_result.ts";
import { mustHaveRoomForCopies } from "../shared/room.ts";
import { addMember, storeTable, withScoreTable } from "../shared/stored_sorted_set.ts";
import { lengthAt, positionAt, unitAt } from "./place_arguments.ts";
import { Nearby, type Shape } from "./nearby.ts";

/** A search. */
interface Search {
  /** Undefined if it is the position of a member, but the key does not exist. */
  center: Position | undefined;
  shape: Shape | undefined;
  /** Metres per unit of the arguments and the reply. */
  unit: number;
  withDistance: boolean;
  withHash: boolean;
  withPosition: boolean;
  /** Number of members to find; 0 means all. */
  count: number;
  /** Whether the first members that are found will do. */
  isAny: boolean;
  order: "asc" | "desc" | undefined;
  /** Argument with the destination key; 0 if there is none. */
  store: number;
  storesDistance: boolean;
}

/** The form of the arguments of one command. */
interface Form {
  readonly key: number;
  /** Where the options begin. */
  readonly options: number;
  /** Whether the center and the shape are options. */
  readonly isOpen: boolean;
  /** Whether STORE and STOREDIST are options. */
  readonly mayStore: boolean;
  /** Argument with the destination key; 0 if there is none. */
  readonly store: number;
}

const undecodable = err("could not decode requested zset member");

/** The place of the member in argument `i`. */
export function positionOfMember(call: Call, entry: Address, i: number): Position {
  const { sortedSets } = call.keyspace;
  const handle = sortedSets.find(entry, call.range(i));
  if (handle === 0) throw undecodable;
  return decodeGeohash(sortedSets.score(entry, handle));
}

/** The circle in arguments `i` (radius) and `i + 1` (unit). */
export function readCircle(call: Call, search: Search, i: number): void {
  const radius = lengthAt(call, i, "radius");
  if (radius < 0) throw err("radius cannot be negative");
  search.unit = unitAt(call, i + 1);
  search.shape = { radius: radius * search.unit };
}

function readBox(call: Call, search: Search, i: number): void {
  const width = lengthAt(call, i, "width");
  const height = lengthAt(call, i + 1, "height");
  if (width < 0 || height < 0) throw err("height or width cannot be negative");
  search.unit = unitAt(call, i + 2);
  search.shape = { width: width * search.unit, height: height * search.unit };
}

/** A search without options, which stores under the key in argument `store` unless that is 0. */
export function newSearch(store: number): Search {
  return {
    center: undefined,
    shape: undefined,
    unit: 1,
    withDistance: false,
    withHash: false,
    withPosition: false,
    count: 0,
    isAny: false,
    order: undefined,
    store,
    storesDistance: false,
  };
}

/** Reads the options into a search. */
export function parseSearchOptions(call: Call, form: Form, search: Search, entry: Address): void {
  const { args } = call;
  let [hasMember, hasPosition] = [false, false];
  for (let i = form.options; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "WITHDIST")) search.withDistance = true;
    else if (args.is(i, "WITHHASH")) search.withHash = true;
    else if (args.is(i, "WITHCOORD")) search.withPosition = true;
    else if (args.is(i, "ANY")) search.isAny = true;
    else if (args.is(i, "ASC")) search.order = "asc";
    else if (args.is(i, "DESC")) search.order = "desc";
    else if (args.is(i, "COUNT") && left > 0) {
      search.count = call.integer(++i);
      if (search.count <= 0) throw err("COUNT must be > 0");
    } else if (form.mayStore && args.is(i, "STORE") && left > 0) {
      i++;
      search.storesDistance = false;
    } else if (form.mayStore && args.is(i, "STOREDIST") && left > 0) {
      i++;
      search.storesDistance = true;
    } else if (form.isOpen && args.is(i, "FROMMEMBER") && left > 0 && !hasPosition) {
      hasMember = true;
      i++;
      if (entry !== 0) search.center = positionOfMember(call, entry, i);
    } else if (form.isOpen && args.is(i, "FROMLONLAT") && left > 1 && !hasMember) {
      hasPosition = true;
      search.center = positionAt(call, i + 1);
      i += 2;
    } else if (form.isOpen && args.is(i, "BYRADIUS") && left > 1 && !isBox(search.shape)) {
      readCircle(call, search, i + 1);
      i += 2;
    } else if (form.isOpen && args.is(i, "BYBOX") && left > 2 && !isCircle(search.shape)) {
      readBox(call, search, i + 1);
      i += 3;
    } else if (form.store !== 0 && args.is(i, "STOREDIST")) search.storesDistance = true;
    else throw errors.syntax;
  }
  checkOptions(call, form, search, hasMember || hasPosition);
}

function checkOptions(call: Call, form: Form, search: Search, hasCenter: boolean): void {
  if (search.store !== 0 && (search.withDistance || search.withHash || search.withPosition)) {
    const what = form.store !== 0 ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
    throw err(`${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
  }
  const name = call.args.text(0);
  if (form.isOpen && !hasCenter) {
    throw err(`exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
  }
  if (form.isOpen && search.shape === undefined) {
    throw err(`exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
  }
  if (search.isAny && search.count === 0) throw err("the ANY argument requires COUNT argument");
}

const isCircle = (shape: Shape | undefined) => shape !== undefined && "radius" in shape;

const isBox = (shape: Shape | undefined) => shape !== undefined && "width" in shape;

/** Runs a search, and replies or stores. */
export function runSearch(call: Call, search: Search, entry: Address): undefined {
  const { reply } = call;
  const { center, shape, count, isAny, store } = search;
  if (entry === 0 || center === undefined || shape === undefined) {
    return store === 0 ? reply.array(0) : storeNothing(call, store);
  }
  const found = new Nearby(call, entry, center, shape, isAny ? count : 0);
  // COUNT without an order means the nearest members, unless ANY is given.
  const order = search.order ?? (count !== 0 && !isAny ? "asc" : undefined);
  const chosen = found.first(count === 0 ? Infinity : count, order);
  if (store === 0) replyFound(call, search, entry, found, chosen);
  else storeFound(call, search, entry, found, chosen);
}

function replyFound(
  call: Call,
  { unit, withDistance, withHash, withPosition }: Search,
  entry: Address,
  { handles, hashes, metres }: Nearby,
  chosen: Uint32Array,
): undefined {
  const { reply } = call;
  const { sortedSets } = call.keyspace;
  const options = Number(withDistance) + Number(withHash) + Number(withPosition);
  reply.array(chosen.length);
  for (const i of chosen) {
    if (options > 0) reply.array(options + 1);
    call.replyRange(sortedSets.member(entry, handles[i]));
    if (withDistance) reply.bulkText((metres[i] / unit).toFixed(4));
    if (withHash) reply.integer(Math.trunc(hashes[i]));
    if (!withPosition) continue;
    reply.array(2);
    for (const degrees of decodeGeohash(hashes[i])) reply.humanDouble(degrees);
  }
}

/** Stores members with their geohashes, or distances, as scores of a sorted set; replies with their number. */
function storeFound(
  call: Call,
  { store, storesDistance, unit }: Search,
  entry: Address,
  { handles, hashes, metres }: Nearby,
  chosen: Uint32Array,
): undefined {
  const isNew = call.command.spec.name.startsWith("geosearch");
  mustHaveRoomForCopies(call, [entry]);
  return withScoreTable(call, (table) => {
    for (const i of chosen) {
      const score = storesDistance ? metres[i] / unit : hashes[i];
      addMember(call, table, entry, handles[i], score);
    }
    storeTable(call, store, isNew ? "geosearchstore" : "georadiusstore", table, chosen.length);
  });
}

/** What 7.0 has changed in searches. */
export const UPPER_CASE_UNITS = [
  { since: "7.0.0", change: "Units may be in upper case." },
] as const;

/** The complexity of every search. */
export const SEARCH_COST =
  "O(N+log(M)) where N is the number of members near the place and M the size of the set";
