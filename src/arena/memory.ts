/**
 * The bytes of the arena: one growable buffer, seen through fixed-length views.
 *
 * Why a growable `SharedArrayBuffer`: it grows in place (nothing is copied, addresses stay), `maxByteLength` reserves only address
 * space, and it can be handed to another thread later. A length-tracking view on it is 15 times slower than a fixed-length one
 * (docs/ARCHITECTURE.md has the figures), so after each growth the last view is made anew. An index at or past 2^31 leaves V8's
 * fast path, so no view is longer than 1 GiB.
 *
 * An address is a u32 in units of 8 bytes: 32 GiB in all. The top 5 bits choose the view, the other 27 the place in it:
 *
 *     address:  vvvvv ooooooooooooooooooooooooooo      byte = o * 8 in view v;  u32 word = o * 2
 *
 * A block never crosses a view. Views that code still holds across a growth stay valid: they show the same memory.
 *
 * @module
 */
import { PAGE_BYTES, UNIT_BYTES } from "./size_classes.ts";

/** A place in the arena, in units of 8 bytes; 0 is no place. */
export type Address = number;

/** Bytes that one view covers at most. */
export const VIEW_BYTES: number = 2 ** 30;
/** Pages that one view covers at most. */
export const VIEW_PAGES: number = VIEW_BYTES / PAGE_BYTES;

/** `address >>> VIEW_SHIFT` is the index of the view that holds it. */
export const VIEW_SHIFT = 27;
/** `address & VIEW_MASK` is the place within the view, in units. */
export const VIEW_MASK: number = 2 ** VIEW_SHIFT - 1;

const LARGEST_BYTES = 2 ** 32 * UNIT_BYTES;
const FIRST_BYTES = 2 ** 20;
/** Pages are committed in steps of at most this, because the system clears them while the server waits. */
const LARGEST_STEP_BYTES = 4 * 2 ** 20;

/** Thrown when the machine gives no more memory; the command that asked is refused and nothing has changed. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

function reserve(): SharedArrayBuffer {
  for (let maxByteLength = LARGEST_BYTES;; maxByteLength /= 2) {
    try {
      return new SharedArrayBuffer(FIRST_BYTES, { maxByteLength });
    } catch (error) {
      if (maxByteLength <= VIEW_BYTES / 4) throw error;
    }
  }
}

/** Byte-addressable memory that only grows. What is free in it is the allocator's business. */
export class Memory {
  /** The views as bytes, by view number. */
  readonly u8: Uint8Array[] = [];
  /** The same views as 32-bit words. */
  readonly u32: Uint32Array[] = [];
  /** The same views as doubles. */
  readonly f64: Float64Array[] = [];
  readonly #buffer: SharedArrayBuffer = reserve();

  constructor() {
    this.#makeViews(0);
  }

  /** Bytes committed so far. */
  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  /** Commits at least `bytes` more, in whole pages; returns how many bytes there are now. */
  grow(bytes: number): number {
    const before = this.#buffer.byteLength;
    const step = Math.min(LARGEST_STEP_BYTES, Math.max(FIRST_BYTES, before / 8));
    const wanted = before + Math.ceil(Math.max(bytes, step) / PAGE_BYTES) * PAGE_BYTES;
    try {
      this.#buffer.grow(wanted);
    } catch {
      throw new OutOfMemoryError(`Cannot grow the arena to ${wanted} bytes`);
    }
    this.#makeViews(Math.floor(before / VIEW_BYTES));
    return wanted;
  }

  /** The 32-bit word `index` of the block at `address`. */
  load(address: Address, index: number): number {
    return this.u32[address >>> VIEW_SHIFT][((address & VIEW_MASK) << 1) + index];
  }

  /** Writes the 32-bit word `index` of the block at `address`. */
  store(address: Address, index: number, value: number): void {
    this.u32[address >>> VIEW_SHIFT][((address & VIEW_MASK) << 1) + index] = value;
  }

  /** The double in unit `index` of the block at `address`. */
  loadDouble(address: Address, index: number): number {
    return this.f64[address >>> VIEW_SHIFT][(address & VIEW_MASK) + index];
  }

  /** Writes the double in unit `index` of the block at `address`. */
  storeDouble(address: Address, index: number, value: number): void {
    this.f64[address >>> VIEW_SHIFT][(address & VIEW_MASK) + index] = value;
  }

  #makeViews(first: number): void {
    const total = this.#buffer.byteLength;
    for (let view = first; view * VIEW_BYTES < total; view++) {
      const start = view * VIEW_BYTES;
      const length = Math.min(VIEW_BYTES, total - start);
      this.u8[view] = new Uint8Array(this.#buffer, start, length);
      this.u32[view] = new Uint32Array(this.#buffer, start, length / 4);
      this.f64[view] = new Float64Array(this.#buffer, start, length / 8);
    }
  }
}
