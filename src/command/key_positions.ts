/**
 * Which arguments of a request are keys. ACL rules, the snapshot, tracking and COMMAND GETKEYS all ask here.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import type { KeyFlag, KeyPosition, KeySpec, SpecFor } from "./spec_for.ts";

/** The index of the last key as COMMAND INFO shows it: negative if it counts from the end. */
export function lastKey(spec: KeySpec): number {
  return spec.last < 0 ? spec.last : spec.first + spec.last;
}

/** How many keys follow argument `i`, which holds their number; 0 if it is no such number, or fewer words follow. */
export function keysCountedBy(args: Arguments, i: number): number {
  const count = args.integer(i);
  return count >= 1 && count < args.count - i ? count : 0;
}

/** Consecutive arguments as keys. */
export function keysFrom(
  first: number,
  count: number,
  flags: readonly KeyFlag[],
): KeyPosition[] {
  return Array.from({ length: count }, (_, i) => ({ index: first + i, flags }));
}

/** The keys of a request with a valid number of words; none if the request makes no sense. */
export function keyPositions(spec: SpecFor, args: Arguments): readonly KeyPosition[] {
  return positionsOf(spec, args, false);
}

/** As {@link keyPositions}, and with them the shard channels, which have slots as keys have. */
export function routingPositions(spec: SpecFor, args: Arguments): readonly KeyPosition[] {
  return positionsOf(spec, args, true);
}

function positionsOf(
  spec: SpecFor,
  args: Arguments,
  withChannels: boolean,
): readonly KeyPosition[] {
  if (spec.findKeys !== undefined) return spec.findKeys(args);
  const positions: KeyPosition[] = [];
  for (const range of spec.keys ?? []) {
    if (!withChannels && range.flags.includes("not_key")) continue;
    if (range.isCounted) {
      const count = keysCountedBy(args, range.first);
      if (count === 0) return [];
      positions.push(...keysFrom(range.first + 1, count, range.flags));
      continue;
    }
    const last = lastKey(range);
    const end = last < 0 ? args.count + last : last;
    for (let index = range.first; index <= end; index += range.step) {
      positions.push({ index, flags: range.flags });
    }
  }
  return positions;
}
