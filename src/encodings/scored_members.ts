/**
 * The parts of a large sorted set: blocks, each a member with its score, which a dict finds by member and a tree by order.
 *
 *     element   f64 score | u32 member length | member bytes
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { type ByteRange, compareBytes, copyBytes, sameBytes } from "../lib/bytes.ts";
import { CountedTree } from "./counted_tree.ts";
import { Dict } from "./dict.ts";

const HEADER_BYTES = 12;
const LENGTH_WORD = 2;

const memberStart = (element: Address) => (element & VIEW_MASK) * 8 + HEADER_BYTES;

/** Elements by member. */
export class MemberDict extends Dict {
  readonly #range: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

  /** Makes an element. The member must not lie in the arena. */
  createElement(member: ByteRange, score: number): Address {
    const { arena } = this;
    const element = arena.allocate(HEADER_BYTES + member.length);
    arena.storeDouble(element, 0, score);
    arena.store(element, LENGTH_WORD, member.length);
    const view = arena.u8[element >>> VIEW_SHIFT];
    copyBytes(member.bytes, member.start, view, memberStart(element), member.length);
    return element;
  }

  /** The element's score. */
  score(element: Address): number {
    return this.arena.loadDouble(element, 0);
  }

  /** Changes the score of an element that is in no tree. */
  setScore(element: Address, score: number): void {
    this.arena.storeDouble(element, 0, score);
  }

  /** The element's member, in an object that the next call reuses. */
  member(element: Address): ByteRange {
    this.#range.bytes = this.arena.u8[element >>> VIEW_SHIFT];
    this.#range.start = memberStart(element);
    this.#range.length = this.arena.load(element, LENGTH_WORD);
    return this.#range;
  }

  protected override matches(
    element: Address,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    if (this.arena.load(element, LENGTH_WORD) !== length) return false;
    const view = this.arena.u8[element >>> VIEW_SHIFT];
    return sameBytes(view, memberStart(element), bytes, start, length);
  }
}

/** Compares elements by score, and by member if the scores are the same; below zero if `a` comes before `b`. */
export function compareScored(arena: Arena, a: Address, b: Address): number {
  const difference = arena.loadDouble(a, 0) - arena.loadDouble(b, 0);
  if (difference < 0) return -1;
  if (difference > 0) return 1;
  // The scores are equal, or both the same infinity, whose difference is NaN.
  return compareMembers(arena, a, b);
}

/** As {@link compareScored}, for elements with the same score. */
export function compareMembers(arena: Arena, a: Address, b: Address): number {
  return compareBytes(
    arena.u8[a >>> VIEW_SHIFT],
    memberStart(a),
    arena.load(a, LENGTH_WORD),
    arena.u8[b >>> VIEW_SHIFT],
    memberStart(b),
    arena.load(b, LENGTH_WORD),
  );
}

/** Elements in order of score, and of member where the score is the same. */
export class ScoreTree extends CountedTree {
  constructor(arena: Arena) {
    super(arena);
  }

  protected override keyOf(element: Address): number {
    return this.arena.loadDouble(element, 0);
  }

  protected override compareTied(a: Address, b: Address): number {
    return compareMembers(this.arena, a, b);
  }
}
