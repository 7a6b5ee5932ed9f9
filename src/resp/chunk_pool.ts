/**
 * The memory that replies are written to: chunks, parts of which are lent to connections until they are sent. A chunk is used again when
 * all its parts have come back, so the memory stays in the processor's cache.
 *
 * @module
 */
import { CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";

/** Size of the smallest chunks. */
export const CHUNK_BYTES = 65536;
/** Up to this size (a power of two) chunks come in powers of two and are kept for use again. */
export const LARGEST_KEPT_BYTES: number = 2 ** 20;
const KEPT_CHUNKS = 64;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** A piece of memory that replies are written to. */
export interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many parts of it connections still have to send. */
  parts: number;
}

/** The chunks that are ready for use, and those of which parts are lent. */
export class ChunkPool {
  /** Chunks to use again, by the logarithm of their size. */
  readonly #spare: Chunk[][] = Array.from({ length: 21 }, () => []);
  /** The chunks of which parts are lent. */
  readonly #lent = new Map<ArrayBuffer, Chunk>();

  /** Gets a chunk of at least `bytes` that nobody uses. */
  get(bytes: number): Chunk {
    const spare = bytes > LARGEST_KEPT_BYTES ? undefined : this.#spare[sizeClass(bytes)].pop();
    return spare ?? newChunk(bytes);
  }

  /** Keeps a chunk for {@link get}, unless it is large or there are enough of them. */
  keep(chunk: Chunk): void {
    const size = chunk.bytes.length;
    if (CHECKS) poison(chunk.bytes);
    if (size > LARGEST_KEPT_BYTES) return;
    const spare = this.#spare[sizeClass(size)];
    if (spare.length < KEPT_CHUNKS * CHUNK_BYTES / size) spare.push(chunk);
  }

  /** Records that a part of a chunk is lent. It must come back through {@link giveBack}. */
  lend(chunk: Chunk): void {
    if (chunk.parts++ === 0) this.#lent.set(chunk.bytes.buffer, chunk);
  }

  /** Records that a part has been divided in two, each of which must come back. A part that lies in no chunk is ignored. */
  split(part: Uint8Array<ArrayBuffer>): void {
    const chunk = this.#lent.get(part.buffer);
    if (chunk !== undefined) chunk.parts++;
  }

  /** Takes a part back. Returns its chunk if that was the last part; undefined if there are others, or the part lies in no chunk. */
  giveBack(part: Uint8Array<ArrayBuffer>): Chunk | undefined {
    const chunk = this.#lent.get(part.buffer);
    if (CHECKS && chunk !== undefined) poison(part);
    if (chunk === undefined || --chunk.parts > 0) return undefined;
    this.#lent.delete(part.buffer);
    return chunk;
  }
}

/** The logarithm of the size of chunks that have room for `bytes`. */
function sizeClass(bytes: number): number {
  return Math.ceil(Math.log2(Math.max(bytes, CHUNK_BYTES)));
}

function newChunk(bytes: number): Chunk {
  const size = bytes > LARGEST_KEPT_BYTES ? bytes : 2 ** sizeClass(bytes);
  return { bytes: new Uint8Array(size), parts: 0 };
}
