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

function keysBehindKeyword(
  { first, last, limit = 1, flags }: KeySpec,
  keyword: string,
  words: readonly string[],
): KeyPosition[] {
  const isKeyword = (word: string) => word.toUpperCase() === keyword;
  const at = first < 0
    ? words.slice(0, words.length + first + 1).findLastIndex(isKeyword)
    : words.findIndex((word, i) => i >= first && isKeyword(word));
  if (at < 0) return [];
  const begin = at + 1;
  const end = last < 0 ? words.length + last + 1 : begin + last + 1;
  const count = Math.floor((Math.min(end, words.length) - begin) / limit);
  return Array.from({ length: count }, (_, i) => ({ index: begin + i, flags }));
}

/** The keys of a request, or undefined if it has too few words. */
export function keyPositions(
  spec: CommandSpec,
  words: readonly string[],
): KeyPosition[] | undefined {
  const positions: KeyPosition[] = [];
  const count = words.length;
  for (const range of spec.keys ?? []) {
    if (range.keyword !== undefined) {
      positions.push(...keysBehindKeyword(range, range.keyword, words));
      continue;
    }
    if (range.isUnknown) continue;
    const last = range.isCounted ? range.first + Number(words[range.first]) : lastKey(range);
    const first = range.isCounted ? range.first + 1 : range.first;
    const end = last < 0 ? count + last : last;
    if (!(end < count) || first >= count) return undefined;
    for (let index = first; index <= end; index += range.step) {
      if (range.mayBeEmpty && words[index] === "") continue;
      positions.push({ index, flags: range.flags });
    }
  }
  return positions;
}
