import type { Address } from "../../arena/memory.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { ByteStrings } from "../../lib/byte_strings.ts";
import { type ByteRange, latin1 } from "../../lib/bytes.ts";
import { parseLenientDouble, readDouble } from "../../lib/double.ts";
import { indices, sortFirst } from "../../lib/sort_first.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";
import { mustHaveRoom } from "../shared/room.ts";
import { storeResult } from "../shared/stored_result.ts";
import {
  command,
  type CommandSpec,
  keyBehind,
  type KeyPosition,
  type KeySpec,
  oneKey,
} from "../../command/spec.ts";
import { SortPattern } from "./sort_pattern.ts";

/** Most bytes that an element of a list takes besides its own. */
const BYTES_BESIDE_ELEMENT = 32;
const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
/** The smallest double that has all its digits. */
const SMALLEST_NORMAL = 2 ** -1022;
const notScores = err("One or more scores can't be converted into double");

/** The options of SORT. */
interface SortRequest {
  readonly isDescending: boolean;
  readonly isAlpha: boolean;
  /** The pattern to sort by, if one is given. */
  readonly by: SortPattern | undefined;
  /** How many elements LIMIT skips, and how many it asks for. */
  readonly first: number;
  readonly count: number;
  readonly gets: readonly SortPattern[];
  /** Argument with the destination key; 0 if there is none. */
  readonly store: number;
}

/** The argument with the destination key, behind the last STORE that is an option; 0 if there is none. */
function destinationOf(args: Arguments): number {
  let destination = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "LIMIT")) i += 2;
    else if (args.is(i, "BY") || args.is(i, "GET")) i++;
    else if (args.is(i, "STORE") && i + 1 < args.count) destination = ++i;
  }
  return destination;
}

/** Throws unless the user may read all keys, because the option leads to keys that are not known beforehand. */
function mustReadAnyKey(call: Call, option: string): void {
  mustBeAlone(call, `${option} option of SORT denied in Cluster mode.`);
  if (call.mayReadAnyKey) return;
  throw err(`${option} option of SORT denied due to insufficient ACL permissions.`);
}

function parseSort(call: Call, mayStore: boolean): SortRequest {
  const { args } = call;
  let [isDescending, isAlpha] = [false, false];
  let by: SortPattern | undefined;
  let [offset, limit] = [0, -1];
  const gets: SortPattern[] = [];
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
      by = new SortPattern(args.text(++i));
      if (by.hasStar) mustReadAnyKey(call, "BY");
    } else if (args.is(i, "GET") && left >= 1) {
      mustReadAnyKey(call, "GET");
      gets.push(new SortPattern(args.text(++i)));
    } else throw errors.syntax;
  }
  const store = mayStore ? destinationOf(args) : 0;
  const [first, count] = [Math.max(0, offset), limit < 0 ? Infinity : limit];
  return { isDescending, isAlpha, by, first, count, gets, store };
}

/** Elements of a list or sorted set in their own order, `count` of them from number `first` on; or all elements of a set. */
function elementsOf(
  call: Call,
  entry: Address,
  first = 0,
  count = Infinity,
  isReversed = false,
): ByteStrings {
  const { entries, lists, sets, sortedSets } = call.keyspace;
  const elements = new ByteStrings();
  if (entry === 0) return elements;
  switch (entries.type(entry)) {
    case ValueType.List: {
      const [index, end] = isReversed ? [-1 - first, "head" as const] : [first, "tail" as const];
      lists.walk(entry, index, count, end, (value) => elements.add(value));
      break;
    }
    case ValueType.Set:
      sets.forEach(entry, (handle) => elements.add(sets.member(entry, handle)));
      break;
    case ValueType.SortedSet: {
      const rank = isReversed ? sortedSets.count(entry) - 1 - first : first;
      const add = (handle: number) => elements.add(sortedSets.member(entry, handle));
      sortedSets.walk(entry, rank, count, isReversed, add);
      break;
    }
    default:
      throw errors.wrongType;
  }
  return elements;
}

/** The number that all of the text spells, as C's strtod reads it; throws if it spells none. */
function scoreOf({ bytes, start, length }: ByteRange): number {
  const simple = readDouble(bytes, start, length);
  const score = Number.isNaN(simple)
    ? parseLenientDouble(latin1(bytes, start, length), true)
    : simple;
  // To Redis 7.2 numbers that have lost digits because they are so small are out of range here, unlike in sorted sets.
  const isTooSmall = score !== undefined && score !== 0 && Math.abs(score) < SMALLEST_NORMAL;
  if (score === undefined || isTooSmall) throw notScores;
  return score;
}

/** The order of elements: by bytes with ALPHA, otherwise by numbers. */
function comparison(
  call: Call,
  elements: ByteStrings,
  { by, isAlpha }: SortRequest,
): (a: number, b: number) => number {
  const { count } = elements;
  const weights = by === undefined ? elements : new ByteStrings();
  const isMissing = by === undefined ? undefined : new Uint8Array(count);
  if (by !== undefined) {
    for (let i = 0; i < count; i++) {
      const weight = by.value(call, elements.at(i));
      if (weight === undefined) isMissing![i] = 1;
      weights.add(weight ?? NOTHING);
    }
  }
  const keys = isAlpha ? weights.keys() : new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // Elements without a weight come first with ALPHA; otherwise their weight is 0.
    if (isMissing?.[i] === 1) keys[i] = isAlpha ? -1 : 0;
    else if (!isAlpha) keys[i] = scoreOf(weights.at(i));
  }
  const ties = isAlpha ? weights : elements;
  // The difference of an infinity and itself is NaN, which is a tie as well.
  return (a, b) => keys[a] - keys[b] || ties.compare(a, b);
}

/** The numbers of the requested elements, in order. */
function sortElements(call: Call, elements: ByteStrings, request: SortRequest): Uint32Array {
  const { first, count } = request;
  const compare = comparison(call, elements, request);
  const order = request.isDescending ? (a: number, b: number) => compare(b, a) : compare;
  return sortFirst(indices(elements.count), first + count, order).subarray(first);
}

function runSort(call: Call, mayStore: boolean): undefined {
  const request = parseSort(call, mayStore);
  const { by, first, count, isDescending } = request;
  const entry = call.lookupForRead(1);
  const isSet = entry !== 0 && call.keyspace.entries.type(entry) === ValueType.Set;
  // A pattern without a star means not to sort. A set has no order of its own, so its elements are sorted all the same if they are stored
  // or go to a script.
  const isConstant = by !== undefined && !by.hasStar;
  const isForced = isConstant && isSet && (request.store !== 0 || call.client.runsScript);
  if (isConstant && !isForced) {
    const elements = elementsOf(call, entry, first, count, isDescending);
    const chosen = indices(elements.count);
    finish(call, request, elements, isSet ? chosen.subarray(first, first + count) : chosen);
  } else {
    const elements = elementsOf(call, entry);
    const how = isForced ? { ...request, by: undefined, isAlpha: true } : request;
    finish(call, request, elements, sortElements(call, elements, how));
  }
}

/** Replies with the chosen elements, or with the values that GET names for them; or stores them. */
function finish(
  call: Call,
  { gets, store }: SortRequest,
  elements: ByteStrings,
  chosen: Uint32Array,
): undefined {
  const { reply } = call;
  if (store !== 0 && gets.length === 0) return storeAll(call, store, elements, chosen);
  if (store !== 0) {
    const values = valuesOf(call, gets, elements, chosen);
    return storeAll(call, store, values, indices(values.count));
  }
  reply.array(chosen.length * Math.max(1, gets.length));
  for (const i of chosen) {
    if (gets.length === 0) call.replyRange(elements.at(i));
    for (const get of gets) {
      const value = get.value(call, elements.at(i));
      if (value === undefined) reply.null();
      else call.replyRange(value);
    }
  }
}

/** The values that GET names for the chosen elements; missing ones are empty. */
function valuesOf(
  call: Call,
  gets: readonly SortPattern[],
  elements: ByteStrings,
  chosen: Uint32Array,
): ByteStrings {
  const values = new ByteStrings();
  for (const i of chosen) {
    for (const get of gets) values.add(get.value(call, elements.at(i)) ?? NOTHING);
  }
  return values;
}

/** Stores the values whose numbers are in `order`, in that order, as a list under the key in argument `i`; replies with their number. */
function storeAll(call: Call, i: number, values: ByteStrings, order: Uint32Array): undefined {
  const { db } = call;
  const { lists } = call.keyspace;
  const count = order.length;
  let [bytes, longest] = [0, 0];
  for (const number of order) {
    const { length } = values.at(number);
    bytes += length + BYTES_BESIDE_ELEMENT;
    longest = Math.max(longest, length);
  }
  mustHaveRoom(call, bytes, longest);
  return storeResult(call, i, {
    ...{ count, eventClass: "list", event: "sortstore", changes: count },
    store() {
      let entry = lists.create(db, call.key(i));
      for (const number of order) entry = lists.append(db, entry, values.at(number));
    },
  });
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

/** SORT: sorts the elements of a list, set or sorted set. */
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

/** SORT_RO: SORT without STORE. */
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
