/**
 * Which history of changes a server has, and how far it has come.
 *
 * A history has an id, forty hexadecimal digits, and every byte of its stream has a number; the first byte is number 1. A replica has the
 * history of its primary, with the same numbers. When a replica becomes a primary it begins a history of its own, but it remembers the old
 * id: up to the point where the two part, they are the same. So the other replicas of the old primary can go on with the new one.
 *
 *     old primary  id A   ──────────────────────▶ 900 ──▶ 950 (lost)
 *     new primary  id A   ──────────────────────▶ 900
 *                  id B                           901 ──────────▶        second id A, valid up to byte 901 (exclusive)
 *
 * @module
 */
import { hexText } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";

const ID_BYTES = 20;
/** The second id of a history that has none. */
const NO_ID = "0".repeat(ID_BYTES * 2);

/** The history of one server's data. */
export class ReplicationHistory {
  /** Its id, forty hexadecimal digits. */
  id: string;
  /** The number of the last byte; 0 if there was none. */
  offset = 0;
  /** The id that this history had before; forty zeros if there was none. */
  secondId: string = NO_ID;
  /** The first byte that does not belong to {@link secondId} any more; -1 without a second id. */
  secondOffset = -1;

  constructor(private readonly random: RandomSource) {
    this.id = this.#newId();
  }

  /** Counts bytes of the stream. */
  advance(bytes: number): void {
    this.offset += bytes;
  }

  /** Begins another history at the same offset. Nobody can go on from what was before, because it was not recorded. */
  restart(): void {
    this.id = this.#newId();
    this.#forgetSecond();
  }

  /** Begins a history of its own where that of the primary has come to. Whoever has seen a part of the primary's can go on. */
  promote(): void {
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = this.#newId();
  }

  /** Goes on where the server was when its data was saved. What it did after that is lost, so the history has a new id from there on. */
  resume(id: string, offset: number): void {
    this.offset = offset;
    this.secondId = id;
    this.secondOffset = offset + 1;
  }

  /** Takes over the history of a primary, after all data was replaced by the primary's. */
  follow(id: string, offset: number): void {
    this.id = id;
    this.offset = offset;
    this.#forgetSecond();
  }

  /** Goes on under the id that the primary has now. What was before belongs to the old id. */
  renamed(id: string): void {
    if (id === this.id) return;
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
  }

  /** Whether a replica that wants the bytes from number `offset` on, and has seen those before in the history `id`, has seen this history. */
  covers(id: string, offset: number): boolean {
    const wanted = id.toLowerCase();
    return wanted === this.id || wanted === this.secondId && offset <= this.secondOffset;
  }

  #newId(): string {
    return hexText(this.random.secureBytes(ID_BYTES));
  }

  #forgetSecond(): void {
    this.secondId = NO_ID;
    this.secondOffset = -1;
  }
}
