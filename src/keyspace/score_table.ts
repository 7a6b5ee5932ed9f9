/**
 * A table of members with scores that no key holds: where ZUNION and its like gather their result. It lies in the arena, so that a large
 * result makes no objects; it must be freed by {@link ScoreTable.destroy}.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { compareScored, MemberDict } from "../encodings/scored_members.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { Keyspace } from "./keyspace.ts";

/** Members with scores, for the time of one command. */
export class ScoreTable {
  readonly #dict: MemberDict;
  readonly #root: Address;

  constructor(private readonly keyspace: Keyspace) {
    this.#dict = new MemberDict(keyspace.arena);
    this.#root = this.#dict.create();
  }

  /** Number of members. */
  get count(): number {
    return this.#dict.count(this.#root);
  }

  /** Adds a member, which must not lie in the arena; the score of one that is there becomes what `merge` makes of both. */
  add(member: ByteRange, score: number, merge: (old: number, score: number) => number): void {
    const { bytes, start, length } = member;
    const hash = this.keyspace.hasher.hash(bytes, start, length);
    const found = this.#dict.find(this.#root, hash, bytes, start, length);
    if (found !== 0) return this.#dict.setScore(found, merge(this.#dict.score(found), score));
    this.#dict.insert(this.#root, hash, this.#dict.createElement(member, score));
  }

  /** Visits the members in order of score and then of bytes. The member lies in the arena and is overwritten by the next. */
  forEach(visit: (member: ByteRange, score: number) => void): void {
    const elements: Address[] = [];
    this.#dict.forEach(this.#root, (element) => elements.push(element));
    elements.sort((a, b) => compareScored(this.keyspace.arena, a, b));
    for (const element of elements) visit(this.#dict.member(element), this.#dict.score(element));
  }

  /** Gives all memory back. */
  destroy(): void {
    this.#dict.forEach(this.#root, (element) => this.keyspace.arena.free(element));
    this.#dict.destroy(this.#root);
  }
}
