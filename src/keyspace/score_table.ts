/**
 * A table of members with scores that belongs to no key: ZUNION and similar commands gather their result in it. It lies in the arena, so
 * that a large result makes no objects. Free it with {@link ScoreTable.destroy}.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { compareMembers, MemberDict } from "../encodings/scored_members.ts";
import { HeldBytes } from "../lib/byte_strings.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { indices, sortFirst } from "../lib/sort_first.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** Members with scores, for the duration of one command. */
export class ScoreTable {
  readonly #dict: MemberDict;
  #root: Address;
  readonly #held = new HeldBytes();

  constructor(private readonly keyspace: Keyspace) {
    this.#dict = new MemberDict(keyspace.arena);
    this.#root = this.#dict.create();
  }

  /** Number of members. */
  get count(): number {
    return this.#dict.count(this.#root);
  }

  /** Adds a member; `hash` is the hash of its bytes. If it is there already, `merge` makes one score of the two. */
  add(
    member: ByteRange,
    hash: number,
    score: number,
    merge: (old: number, score: number) => number,
  ): void {
    const { bytes, start, length } = member;
    const found = this.#dict.find(this.#root, hash, bytes, start, length);
    if (found !== 0) return this.#dict.setScore(found, merge(this.#dict.score(found), score));
    const element = this.#dict.createElement(this.#held.hold(member), score);
    this.#dict.insertOrFree(this.#root, hash, element);
  }

  /** Visits the members in order of score and then of bytes. The member lies in the arena and is overwritten by the next. */
  forEach(visit: (member: ByteRange, score: number) => void): void {
    for (const element of this.#inOrder()) {
      visit(this.#dict.member(element), this.#dict.score(element));
    }
  }

  /** Makes a sorted set of the members, at least one, under a key that does not exist. The table is empty afterwards. */
  become(database: Database, key: ByteRange): void {
    const { sortedSets } = this.keyspace;
    const elements = this.#inOrder();
    if (sortedSets.mustBeSkiplist(elements.length)) {
      sortedSets.adoptElements(database, key, this.#root, elements);
      this.#root = this.#dict.create();
      return;
    }
    let entry = sortedSets.create(database, key);
    for (const element of elements) {
      const member = this.#held.hold(this.#dict.member(element));
      entry = sortedSets.set(database, entry, member, this.#dict.score(element));
    }
  }

  /** Frees all memory. */
  destroy(): void {
    this.#dict.forEach(this.#root, (element) => this.keyspace.arena.free(element));
    this.#dict.destroy(this.#root);
  }

  /** The elements in order of score and then of bytes. */
  #inOrder(): Uint32Array {
    const { arena } = this.keyspace;
    const { count } = this;
    const elements = new Uint32Array(count);
    const scores = new Float64Array(count);
    let i = 0;
    this.#dict.forEach(this.#root, (element) => {
      elements[i] = element;
      scores[i++] = this.#dict.score(element);
    });
    // The difference of an infinity and itself is NaN, which is a tie as well.
    const order = sortFirst(
      indices(count),
      count,
      (a, b) => scores[a] - scores[b] || compareMembers(arena, elements[a], elements[b]),
    );
    return order.map((index) => elements[index]);
  }
}
