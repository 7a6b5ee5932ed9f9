/**
 * The common part of SCAN, HSCAN, SSCAN and ZSCAN: their arguments, and the reply of those that walk one value.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { oneKey } from "../../command/spec.ts";
import type { ValueType } from "../../keyspace/value_type.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import { matchesAll, matchesGlob } from "../../lib/glob.ts";
import { UINT64_MAX } from "../../lib/integer.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** The arguments of a SCAN. */
interface ScanOptions {
  /** Where to go on; a cursor of 2^32 or more is behind the end. */
  readonly cursor: number;
  /** About how many elements to visit. */
  readonly count: number;
  /** The glob that elements must match; undefined if all do. */
  readonly pattern: Uint8Array | undefined;
}

/** The elements of one value, each known by a handle. */
export interface ScannedElements {
  /** How many replies {@link ScannedElements.reply} makes for an element. */
  readonly repliesEach: number;
  /** Visits about `count` elements from `cursor` on; returns where to go on, 0 at the end. */
  scan(cursor: number, count: number, visit: (handle: number) => void): number;
  /** The bytes of an element that the pattern must match. */
  name(handle: number): ByteRange;
  /** Writes the replies for an element. */
  reply(handle: number): void;
}

/** The common part of the specs of HSCAN, SSCAN and ZSCAN. */
export const scanningOneValue = {
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
} as const;

/** Runs HSCAN, SSCAN or ZSCAN on the value of a type under the key in argument 1. `parseOther` is that of {@link parseScan}. */
export function scanValue(
  call: Call,
  type: ValueType,
  elementsOf: (entry: Address) => ScannedElements,
  parseOther?: (i: number) => number,
): undefined {
  // Redis 7.2 reads the cursor, then looks up the key, then reads the options.
  parseCursor(call, 2);
  const entry = call.lookupForRead(1, type);
  if (entry === 0) return replyNothingToScan(call);
  const options = parseScan(call, 2, parseOther);
  replyScan(call, options, elementsOf(entry));
}

/** The reply for a key that is missing. */
function replyNothingToScan({ reply }: Call): undefined {
  reply.array(2);
  reply.bulkText("0");
  reply.array(0);
}

/** Replies with the next cursor and the elements that match. */
function replyScan(
  call: Call,
  { cursor, count, pattern }: ScanOptions,
  elements: ScannedElements,
): void {
  const found: number[] = [];
  const next = elements.scan(cursor, count, (handle) => {
    const { bytes, start, length } = elements.name(handle);
    if (pattern === undefined || matchesGlob(pattern, bytes, start, length)) found.push(handle);
  });
  const { reply } = call;
  reply.array(2);
  reply.bulkText(String(next));
  reply.array(found.length * elements.repliesEach);
  for (const handle of found) elements.reply(handle);
}

/**
 * Reads the cursor in argument `i` and the options behind it. `parseOther` is called for an option that is neither MATCH nor COUNT; it
 * returns how many arguments the option takes, or 0 if it does not know the option.
 */
export function parseScan(
  call: Call,
  i: number,
  parseOther: (i: number) => number = () => 0,
): ScanOptions {
  const { args } = call;
  const cursor = parseCursor(call, i);
  let count = 10;
  let pattern: Uint8Array | undefined;
  for (let at = i + 1; at < args.count;) {
    const isFollowed = at + 1 < args.count;
    if (args.is(at, "COUNT") && isFollowed) {
      count = call.integer(at + 1);
      if (count < 1) throw errors.syntax;
      at += 2;
    } else if (args.is(at, "MATCH") && isFollowed) {
      const given = args.copy(at + 1);
      pattern = matchesAll(given) ? undefined : given;
      at += 2;
    } else {
      const taken = parseOther(at);
      if (taken === 0) throw errors.syntax;
      at += taken;
    }
  }
  return { cursor, count, pattern };
}

/** The cursor in argument `i`. Redis 7.2 reads it with strtoul, so a negative number counts down from 2^64, and an empty text is 0. */
function parseCursor(call: Call, i: number): number {
  const text = call.args.cText(i);
  if (text === "") return 0;
  if (!/^[+-]?[0-9]+$/.test(text)) throw errors.invalidCursor;
  const given = BigInt(text.replace(/^[+-]/, ""));
  if (given > UINT64_MAX) throw errors.invalidCursor;
  if (text.startsWith("-") && given > 0n) return 2 ** 32;
  return Math.min(Number(given), 2 ** 32);
}
