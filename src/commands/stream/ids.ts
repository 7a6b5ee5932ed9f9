/**
 * Ids of stream entries as arguments: `1700000000000-0`, `1700000000000` (the sequence is implied), `-`, `+`, `(id`.
 *
 * @module
 */
import { StreamId } from "../../encodings/stream_id.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

const UINT64 = /^\+?([0-9]{1,40})$/;
const UINT64_MAX = 2n ** 64n - 1n;
const EXACT_DIGITS = 15;

/** The sequence number that an id without one stands for. */
export type MissingSequence = "lowest" | "highest";

/** Argument `i` as an id; throws if it is none. */
export function idAt(call: Call, i: number, missing: MissingSequence = "lowest"): StreamId {
  const id = parseId(call.args.text(i), missing);
  if (id === undefined) throw errors.streamId;
  return id;
}

/** The id that a text spells, or undefined. */
export function parseId(text: string, missing: MissingSequence): StreamId | undefined {
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

/** The words of an unsigned 64-bit integer. */
function parseUint64(text: string): [number, number] | undefined {
  const digits = UINT64.exec(text)?.[1];
  if (digits === undefined) return undefined;
  if (digits.length <= EXACT_DIGITS) {
    const value = Number(digits);
    return [Math.floor(value / 2 ** 32), value >>> 0];
  }
  const value = BigInt(digits);
  return value > UINT64_MAX ? undefined : [Number(value >> 32n), Number(value & 0xffffffffn)];
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
  if (call.args.is(i, "-")) return { id: new StreamId(), isExclusive: false };
  if (call.args.is(i, "+")) return { id: StreamId.max(), isExclusive: false };
  const text = call.args.text(i);
  const isExclusive = text.startsWith("(") && text.length > 1;
  const id = parseId(isExclusive ? text.slice(1) : text, missing);
  if (id === undefined) throw errors.streamId;
  return { id, isExclusive };
}

const scratch = new Uint8Array(48);

/** Replies with an id. */
export function replyId(call: Call, id: StreamId): undefined {
  return call.reply.bulk(scratch, 0, id.write(scratch, 0));
}
