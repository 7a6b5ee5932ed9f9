/**
 * Ids of stream entries as arguments: `1700000000000-0`, `1700000000000` (the sequence is implied), `-`, `+`, `(id`.
 *
 * @module
 */
import { StreamId } from "../../encodings/stream_id.ts";
import { cText } from "../../lib/bytes.ts";
import { INT64_MIN, UINT64_MAX } from "../../lib/integer.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** The numbers that C's strtoull accepts. */
const UINT64 = /^[ \t-\r]*([+-]?)([0-9]+)$/;
const NEGATIVE = /^-[1-9][0-9]*$/;
const MAX_TEXT = 127;
const EXACT_DIGITS = 15;

/** The sequence number that an id without one stands for. */
export type MissingSequence = "lowest" | "highest";

/** Argument `i` as an id; throws if it is none. */
export function idAt(call: Call, i: number, missing: MissingSequence = "lowest"): StreamId {
  const id = parseId(call.args.text(i), missing);
  if (id === undefined) throw errors.streamId;
  return id;
}

/** As {@link idAt}; `-` and `+` are the smallest and the largest id. */
export function idOrEdgeAt(call: Call, i: number, missing: MissingSequence = "lowest"): StreamId {
  if (call.args.is(i, "-")) return new StreamId();
  return call.args.is(i, "+") ? StreamId.max() : idAt(call, i, missing);
}

/** The id that a text spells, or undefined. */
export function parseId(argument: string, missing: MissingSequence): StreamId | undefined {
  if (argument.length > MAX_TEXT) return undefined;
  const text = cText(argument);
  const dash = text.indexOf("-");
  const id = new StreamId();
  const ms = parseUint64(dash < 0 ? text : text.slice(0, dash));
  if (ms === undefined) return undefined;
  [id.msHigh, id.msLow] = ms;
  if (dash < 0) {
    if (missing === "highest") id.seqHigh = id.seqLow = 2 ** 32 - 1;
    return id;
  }
  const sequence = parseUint64(text.slice(dash + 1));
  if (sequence === undefined) return undefined;
  [id.seqHigh, id.seqLow] = sequence;
  return id;
}

/**
 * The two words of an unsigned 64-bit integer. A negative number counts down from 2^64. It is refused if it is in its plain form, without
 * spaces and leading zeros, and fits a signed 64-bit integer.
 */
function parseUint64(text: string): [number, number] | undefined {
  const match = UINT64.exec(text);
  if (match === null) return undefined;
  const [, sign, digits] = match;
  if (sign !== "-" && digits.length <= EXACT_DIGITS) {
    const value = Number(digits);
    return [Math.floor(value / 2 ** 32), value >>> 0];
  }
  const magnitude = BigInt(digits);
  if (magnitude > UINT64_MAX || NEGATIVE.test(text) && -magnitude >= INT64_MIN) return undefined;
  const value = BigInt.asUintN(64, sign === "-" ? -magnitude : magnitude);
  return [Number(value >> 32n), Number(value & 0xffffffffn)];
}

/** Argument `i` as the start of a range of ids. */
export function rangeStart(call: Call, i: number): StreamId {
  const { id, isExclusive } = rangeBound(call, i, "lowest");
  if (isExclusive && !id.increment()) throw errors.streamStart;
  return id;
}

/** Argument `i` as the end of a range of ids. */
export function rangeEnd(call: Call, i: number): StreamId {
  const { id, isExclusive } = rangeBound(call, i, "highest");
  if (isExclusive && !id.decrement()) throw errors.streamEnd;
  return id;
}

function rangeBound(
  call: Call,
  i: number,
  missing: MissingSequence,
): { id: StreamId; isExclusive: boolean } {
  const text = call.args.text(i);
  if (!text.startsWith("(") || text.length === 1) {
    return { id: idOrEdgeAt(call, i, missing), isExclusive: false };
  }
  const id = parseId(text.slice(1), missing);
  if (id === undefined) throw errors.streamId;
  return { id, isExclusive: true };
}

const scratch = new Uint8Array(48);

/** Replies with an id. */
export function replyId(call: Call, id: StreamId): undefined {
  return call.reply.bulk(scratch, 0, id.write(scratch, 0));
}
