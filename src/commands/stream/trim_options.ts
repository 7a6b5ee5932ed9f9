/**
 * The options of XADD and XTRIM that shorten a stream: `MAXLEN | MINID [= | ~] threshold [LIMIT count]`.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import type { TrimTarget } from "../../keyspace/streams.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { idAt } from "./ids.ts";

const MAX_DEFAULT_LIMIT = 1_000_000;
const UNBOUNDED_NODE_LIMIT = 10_000;

/** The options; `next` is the index of the first argument behind them. */
export interface TrimOptions {
  readonly target: TrimTarget | undefined;
  readonly next: number;
  /** Index of the threshold's argument; 0 if there is none. */
  readonly threshold: number;
}

/**
 * Reads options from argument 2 on. `isOther` is called for an argument that is none of them. It returns true for an option of the
 * command's own, false if the argument ends the options, and throws if it can be neither.
 */
export function parseTrimOptions(call: Call, isOther: (i: number) => boolean): TrimOptions {
  const { args } = call;
  let maxLength: number | undefined;
  let minId: StreamId | undefined;
  let isApproximate = false;
  let limit: number | undefined;
  let threshold = 0;
  let i = 2;
  for (; i < args.count; i++) {
    const left = args.count - 1 - i;
    const isMaxLength = args.is(i, "MAXLEN");
    if ((isMaxLength || args.is(i, "MINID")) && left > 0) {
      if (maxLength !== undefined || minId !== undefined) {
        throw err("syntax error, MAXLEN and MINID options at the same time are not compatible");
      }
      isApproximate = left > 1 && args.is(i + 1, "~");
      if (left > 1 && (isApproximate || args.is(i + 1, "="))) i++;
      threshold = ++i;
      if (isMaxLength) {
        maxLength = call.integer(i);
        if (maxLength < 0) throw err("The MAXLEN argument must be >= 0.");
      } else minId = idAt(call, i);
    } else if (args.is(i, "LIMIT") && left > 0) {
      limit = call.integer(++i);
      if (limit < 0) throw err("The LIMIT argument must be >= 0.");
    } else if (!isOther(i)) break;
  }
  const hasTarget = maxLength !== undefined || minId !== undefined;
  if (limit && !hasTarget) {
    throw err("syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (!hasTarget) return { target: undefined, next: i, threshold };
  // Propagated requests may have a limit, though their threshold is exact, because it has replaced an approximate one.
  if (limit !== undefined && !isApproximate && !call.client.isReplay) {
    throw err("syntax error, LIMIT cannot be used without the special ~ option");
  }
  const target = {
    maxLength,
    minId: minId ?? new StreamId(),
    isApproximate,
    limit: isApproximate ? limit ?? defaultLimit(call) : 0,
  };
  return { target, next: i, threshold };
}

/** The words of a call in which the threshold of an approximate trim is replaced by what the trim has left of the stream. */
export function exactTrimWords(
  call: Call,
  { target, threshold }: TrimOptions,
  stream: Address,
): string[] {
  const words = call.args.texts();
  if (!target?.isApproximate) return words;
  const { streams } = call.keyspace;
  words[threshold - 1] = "=";
  words[threshold] = target.maxLength !== undefined
    ? String(streams.count(stream))
    : streams.firstId(stream).toString();
  return words;
}

/** The limit of an approximate trim without a LIMIT. */
function defaultLimit(call: Call): number {
  const nodes = 100 * call.keyspace.streams.maxNodeEntries;
  return nodes === 0 ? UNBOUNDED_NODE_LIMIT : Math.min(nodes, MAX_DEFAULT_LIMIT);
}
