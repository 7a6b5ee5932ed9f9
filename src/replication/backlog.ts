/**
 * The newest bytes of the stream of changes, for replicas: for those that come back after their link was cut, and for those that are behind.
 *
 *     first ▼                                         ▼ end
 *     [ chunk ·········][ chunk ·········][ chunk ····| free ]
 *               ▲ a replica's place                   ▲ another's
 *
 * Bytes are copied once, into a chunk, and are never changed there. A replica has only a place in the backlog: what it is sent are parts of
 * the chunks. So a further replica costs no memory, and a chunk may leave the backlog while somebody still sends a part of it. At least
 * `size` bytes are kept, if there were so many, and at most one chunk more, unless a replica that is behind needs older ones.
 *
 * @module
 */
import { copyBytes } from "../lib/bytes.ts";

const LARGEST_CHUNK_BYTES = 65536;
/** A backlog has at least this many chunks, so that what it keeps beyond its size is little. */
const CHUNKS = 4;

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The number of its first byte. */
  readonly first: number;
  /** How many bytes are in use. */
  length: number;
}

/** The newest part of the stream. Each byte has its number in the history. */
export class Backlog {
  #size: number;
  #chunks: Chunk[] = [];
  #memoryBytes = 0;
  #end: number;

  /** Keeps `size` bytes. The first byte that will be added has the number `first`. */
  constructor(size: number, first: number) {
    this.#size = size;
    this.#end = first;
  }

  /** The number of the first byte that it holds; {@link end} if it holds none. */
  get first(): number {
    return this.#chunks.length === 0 ? this.#end : this.#chunks[0].first;
  }

  /** The number of the next byte that will be added. */
  get end(): number {
    return this.#end;
  }

  /** How many bytes it holds. */
  get length(): number {
    return this.#end - this.first;
  }

  /** The memory that it takes, in bytes. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** How many bytes it keeps. */
  get size(): number {
    return this.#size;
  }

  /** Keeps another number of bytes from now on; those that it has stay until {@link trim}. */
  set size(size: number) {
    this.#size = size;
  }

  /** Adds bytes. */
  append(bytes: Uint8Array, start: number, length: number): void {
    for (let at = start, left = length; left > 0;) {
      let chunk = this.#chunks[this.#chunks.length - 1];
      if (chunk === undefined || chunk.length === chunk.bytes.length) chunk = this.#addChunk();
      const taken = Math.min(left, chunk.bytes.length - chunk.length);
      copyBytes(bytes, at, chunk.bytes, chunk.length, taken);
      chunk.length += taken;
      this.#end += taken;
      at += taken;
      left -= taken;
    }
  }

  /** Whether {@link trim} may find something to drop. */
  get isOverfull(): boolean {
    return this.#chunks.length > 1 && this.length - this.#chunks[0].length >= this.#size;
  }

  /** Drops the oldest bytes beyond its size, but none from the number `neededFrom` on. */
  trim(neededFrom: number): void {
    while (this.isOverfull && this.#chunks[1].first <= neededFrom) {
      this.#memoryBytes -= this.#chunks.shift()!.bytes.length;
    }
  }

  /** Whether it can give all bytes from number `offset` on. */
  has(offset: number): boolean {
    return offset >= this.first && offset <= this.#end;
  }

  /**
   * Some bytes from number `offset` on, as many as are in one piece; undefined if there are none yet. They never change. The offset must not
   * be one that was dropped.
   */
  read(offset: number): Uint8Array<ArrayBuffer> | undefined {
    if (offset === this.#end) return undefined;
    const { bytes, first, length } = this.#chunks[this.#find(offset)];
    return bytes.subarray(offset - first, length);
  }

  /** The index of the chunk that holds the byte of this number. Most who ask want one of the newest bytes. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    if (offset >= this.#chunks[high].first) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle].first <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #addChunk(): Chunk {
    const bytes = Math.min(LARGEST_CHUNK_BYTES, Math.max(1, Math.floor(this.#size / CHUNKS)));
    const chunk = { bytes: new Uint8Array(bytes), first: this.#end, length: 0 };
    this.#chunks.push(chunk);
    this.#memoryBytes += bytes;
    return chunk;
  }
}
