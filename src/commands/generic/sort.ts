import type { Address } from "../../arena/memory.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type ByteRange, compareBytes, copyRange, fromLatin1, latin1 } from "../../lib/bytes.ts";
import { parseLenientDouble } from "../../lib/double.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { replaceByNothing } from "../shared/replaced_key.ts";
import {
  command,
  type CommandSpec,
  keyBehind,
  type KeyPosition,
  type KeySpec,
  oneKey,
} from "../../command/spec.ts";
import type { Arguments } from "../../resp/arguments.ts";

const notScores = err("One or more scores can't be converted into double");

/** What SORT asks for. */
interface SortRequest {
  readonly isDescending: boolean;
  readonly isAlpha: boolean;
  /** The pattern to sort by, if one is given. */
  readonly by: string | undefined;
  readonly offset: number;
  /** Negative for no limit. */
  readonly limit: number;
  readonly gets: readonly string[];
  /** Argument with the key to store to, or 0. */
  readonly store: number;
}

/** The argument with the key to store to: behind the last STORE that is an option. 0 if there is none. */
function destinationOf(args: Arguments): number {
  let destination = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "LIMIT")) i += 2;
    else if (args.is(i, "BY") || args.is(i, "GET")) i++;
    else if (args.is(i, "STORE") && i + 1 < args.count) destination = ++i;
  }
  return destination;
}

/** An option that leads to keys that nobody knows beforehand is for users who may read them all. */
function mustReadAnyKey(call: Call, option: string): void {
  if (call.mayReadAnyKey) return;
  throw err(`${option} option of SORT denied due to insufficient ACL permissions.`);
}

function parseSort(call: Call, mayStore: boolean): SortRequest {
  const { args } = call;
  let [isDescending, isAlpha] = [false, false];
  let by: string | undefined;
  let [offset, limit] = [0, -1];
  const gets: string[] = [];
  for (let i = 2; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "ASC")) isDescending = false;
    else if (args.is(i, "DESC")) isDescending = true;
    else if (args.is(i, "ALPHA")) isAlpha = true;
    else if (args.is(i, "LIMIT") && left >= 2) {
      offset = call.integer(++i);
      limit = call.integer(++i);
    } else if (mayStore && args.is(i, "STORE") && left >= 1) i++;
    else if (args.is(i, "BY") && left >= 1) {
      by = args.text(++i);
      if (by.includes("*")) mustReadAnyKey(call, "BY");
    } else if (args.is(i, "GET") && left >= 1) {
      mustReadAnyKey(call, "GET");
      gets.push(args.text(++i));
    } else throw errors.syntax;
  }
  const store = mayStore ? destinationOf(args) : 0;
  return { isDescending, isAlpha, by, offset, limit, gets, store };
}

/** An element with what it is sorted by. */
interface Item {
  readonly element: ByteRange;
  /** By number. */
  score: number;
  /** By bytes; undefined if the pattern leads nowhere. */
  weight: ByteRange | undefined;
}

/** The elements of a list, set or sorted set, in their own order. */
function elementsOf(call: Call, entry: Address): ByteRange[] {
  const { entries, lists, sets, sortedSets } = call.server.keyspace;
  const elements: ByteRange[] = [];
  if (entry === 0) return elements;
  switch (entries.type(entry)) {
    case ValueType.List:
      lists.walk(entry, 0, Infinity, "tail", (value) => elements.push(copyRange(value)));
      break;
    case ValueType.Set:
      sets.forEach(entry, (handle) => elements.push(copyRange(sets.member(entry, handle))));
      break;
    case ValueType.SortedSet:
      sortedSets.walk(entry, 0, Infinity, false, (handle) => {
        elements.push(copyRange(sortedSets.member(entry, handle)));
      });
      break;
    default:
      throw errors.wrongType;
  }
  return elements;
}

/**
 * The value that a pattern means for an element: `#` the element itself, `weight_*` the string under the key with the element in the place
 * of the star, `object_*->field` a field of the hash under it. Undefined if there is none.
 */
function valueByPattern(call: Call, pattern: string, element: ByteRange): ByteRange | undefined {
  if (pattern === "#") return element;
  const star = pattern.indexOf("*");
  if (star < 0) return undefined;
  const { entries, hashes } = call.server.keyspace;
  const arrow = pattern.indexOf("->", star);
  const hasField = arrow >= 0 && arrow + 2 < pattern.length;
  const behind = pattern.slice(star + 1, hasField ? arrow : undefined);
  const middle = latin1(element.bytes, element.start, element.length);
  const key = fromLatin1(pattern.slice(0, star) + middle + behind);
  const entry = call.db.lookupForRead(key, 0, key.length, !call.client.noTouch);
  if (entry === 0) return undefined;
  if (!hasField) {
    const isString = entries.type(entry) === ValueType.String;
    return isString ? copyRange(entries.value(entry)) : undefined;
  }
  if (entries.type(entry) !== ValueType.Hash) return undefined;
  const field = fromLatin1(pattern.slice(arrow + 2));
  const handle = hashes.find(entry, { bytes: field, start: 0, length: field.length });
  return handle === 0 ? undefined : copyRange(hashes.value(entry, handle));
}

/** A number as C's strtod reads it, all of the text; throws if it is none. */
function scoreOf({ bytes, start, length }: ByteRange): number {
  const score = parseLenientDouble(latin1(bytes, start, length), true);
  if (score === undefined) throw notScores;
  return score;
}

const compareRanges = (a: ByteRange, b: ByteRange) =>
  compareBytes(a.bytes, a.start, a.length, b.bytes, b.start, b.length);

/** Elements without a weight come first. */
function compareWeights(a: Item, b: Item): number {
  if (a.weight !== undefined && b.weight !== undefined) return compareRanges(a.weight, b.weight);
  return (a.weight === undefined ? 0 : 1) - (b.weight === undefined ? 0 : 1);
}

function compareScores(a: Item, b: Item): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareRanges(a.element, b.element);
}

/** Sorts elements as the request asks. */
function sortElements(call: Call, elements: readonly ByteRange[], request: SortRequest) {
  const { by, isAlpha, isDescending } = request;
  const items = elements.map((element): Item => {
    const weight = by === undefined ? element : valueByPattern(call, by, element);
    return { element, weight, score: isAlpha || weight === undefined ? 0 : scoreOf(weight) };
  });
  const compare = isAlpha ? compareWeights : compareScores;
  items.sort(isDescending ? (a, b) => -compare(a, b) : compare);
  return items.map(({ element }) => element);
}

function runSort(call: Call, mayStore: boolean): undefined {
  const { reply } = call;
  const request = parseSort(call, mayStore);
  const entry = call.lookupForRead(1);
  const found = elementsOf(call, entry);
  const type = entry === 0 ? -1 : call.server.keyspace.entries.type(entry);
  // A pattern without a star means: leave them as they are. A set has no order of its own, so what is stored of one is sorted all the same.
  const isConstant = request.by !== undefined && !request.by.includes("*");
  const isForced = isConstant && type === ValueType.Set && request.store !== 0;
  const sorted = isForced
    ? sortElements(call, found, { ...request, by: undefined, isAlpha: true })
    : !isConstant
    ? sortElements(call, found, request)
    : request.isDescending && type !== ValueType.Set
    ? found.reverse()
    : found;
  const start = Math.max(0, request.offset);
  const end = request.limit < 0 ? sorted.length : start + request.limit;
  const chosen = sorted.slice(start, end);
  const values = request.gets.length === 0
    ? chosen
    : chosen.flatMap((element) => request.gets.map((get) => valueByPattern(call, get, element)));
  if (request.store !== 0) return store(call, request.store, values);
  reply.array(values.length);
  for (const value of values) {
    if (value === undefined) reply.null();
    else call.replyRange(value);
  }
}

/** Stores values as a list under the key in argument `i`, and replies with their number. */
function store(call: Call, i: number, values: readonly (ByteRange | undefined)[]): undefined {
  const { db, reply } = call;
  const { lists } = call.server.keyspace;
  if (values.length === 0) return replaceByNothing(call, i);
  const nothing = { bytes: new Uint8Array(0), start: 0, length: 0 };
  let entry = lists.create(db, call.key(i));
  for (const value of values) entry = lists.append(db, entry, value ?? nothing);
  call.keyChanged(i, "list", "sortstore", db, values.length);
  reply.integer(values.length);
}

const BY_AND_GET: KeySpec = {
  ...oneKey(
    "RO access",
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
  )[0],
  isUnknown: true,
};
const [SOURCE] = oneKey("RO access");
const STORE: KeySpec = {
  ...keyBehind("OW update", "STORE", 2),
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
  isUnknown: true,
};

const SOURCE_KEY: KeyPosition = { index: 1, flags: SOURCE.flags };

function destinationKey(args: Arguments): KeyPosition[] {
  const index = destinationOf(args);
  return index === 0 ? [] : [{ index, flags: STORE.flags }];
}

const base = {
  group: "generic",
  complexity:
    "O(N+M*log(M)) where N is the number of elements and M the number replied; O(N) where nothing is sorted",
  arity: -2,
  isOutsideGroup: true,
  categories: ["set", "sortedset", "list", "dangerous"],
} as const;

const OPTIONS =
  "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]";

/** SORT: the elements of a list, set or sorted set in another order. */
export const sort: CommandSpec = command({
  ...base,
  name: "sort",
  summary:
    "Sorts the elements of a list, a set or a sorted set, and replies with them or stores them.",
  since: "1.0.0",
  flags: ["write", "denyoom", "movablekeys"],
  keys: [SOURCE, BY_AND_GET, STORE],
  findKeys: (args) => [SOURCE_KEY, ...destinationKey(args)],
  syntax: `${OPTIONS} [STORE destination]`,
  run: (call) => runSort(call, true),
});

/** SORT_RO: SORT that does not store. */
export const sortRo: CommandSpec = command({
  ...base,
  name: "sort_ro",
  summary: "Sorts the elements of a list, a set or a sorted set, and replies with them.",
  since: "7.0.0",
  flags: ["readonly", "movablekeys"],
  keys: [SOURCE, BY_AND_GET],
  findKeys: () => [SOURCE_KEY],
  syntax: OPTIONS,
  run: (call) => runSort(call, false),
});
