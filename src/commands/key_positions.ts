/**
 * Which arguments of a request are keys.
 *
 * @module
 */
import type { CommandSpec, KeyFlag, KeySpec } from "./spec.ts";

/** A key among the arguments. */
export interface KeyPosition {
  /** Index of the argument. */
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** The last key's index as COMMAND INFO tells it: negative when it counts from the end. */
export function lastKey(spec: KeySpec): number {
  return spec.last < 0 ? spec.last : spec.first + spec.last;
}

/** The keys of a request with `count` words, or undefined if there are too few words. */
export function keyPositions(spec: CommandSpec, count: number): KeyPosition[] | undefined {
  const positions: KeyPosition[] = [];
  for (const range of spec.keys ?? []) {
    const last = lastKey(range);
    const end = last < 0 ? count + last : last;
    if (end >= count || range.first >= count) return undefined;
    for (let index = range.first; index <= end; index += range.step) {
      positions.push({ index, flags: range.flags });
    }
  }
  return positions;
}
