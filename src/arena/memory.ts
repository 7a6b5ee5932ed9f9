/**
 * The bytes of the arena: memories that grow in place, each seen through typed arrays.
 *
 * Each is a `WebAssembly.Memory` of at most 1 GiB. Such a memory reserves address space and commits it as it grows, on every system,
 * without copying. An ordinary `ArrayBuffer` cannot grow, a resizable one makes every access slow, and with a growable `SharedArrayBuffer`
 * copies are five times slower when source and target are not aligned alike (V8 then copies byte by byte); docs/internals/memory.md has the
 * figures. An index at or past 2^31 leaves V8's fast path, so no view is longer than 1 GiB.
 *
 * An address is a u32 in units of 8 bytes: 32 GiB in all. The top 5 bits choose the memory, the other 27 the place in it:
 *
 *     address:  vvvvv ooooooooooooooooooooooooooo      byte = o * 8 in view v;  u32 word = o * 2
 *
 * A block never crosses from one memory to the next. **Growing detaches the views of the last memory**: whoever holds a view must fetch it
 * again after an allocation.
 *
 * @module
 */
import { PAGE_BYTES } from "./size_classes.ts";
import { messageOf } from "../lib/error_message.ts";

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

const MAX_VIEWS = 32;
/** WebAssembly counts memory in pages of its own. */
const WASM_PAGE_BYTES = 65536;
const FIRST_BYTES = 4 * 2 ** 20;
/** Memory grows by an eighth, but by at least this. */
const SMALLEST_STEP_BYTES = 2 ** 20;
/** Largest step in which memory is committed: the system clears the new memory while the server waits. */
const LARGEST_STEP_BYTES = 4 * 2 ** 20;

/** Thrown when the machine gives no more memory. The code that asked for it may have done half of its work. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";

  /** `bytes` is how many bytes were asked for. */
  constructor(message: string, readonly bytes: number) {
    super(message);
  }
}

/** Byte-addressable memory that only grows. The allocator knows which parts of it are free. */
export class Memory {
  /** The views as bytes, by view number. */
  readonly u8: Uint8Array[] = [];
  /** The same views as 32-bit words. */
  readonly u32: Uint32Array[] = [];
  /** The same views as doubles. */
  readonly f64: Float64Array[] = [];
  /** Most bytes that are committed, whatever the machine would give. */
  limitBytes: number = MAX_VIEWS * VIEW_BYTES;
  readonly #memories: WebAssembly.Memory[] = [];
  #byteLength = 0;

  constructor() {
    this.grow(FIRST_BYTES);
  }

  /** Bytes committed so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Commits at least `bytes` more; returns how many bytes there are now. Throws {@link OutOfMemoryError}. */
  grow(bytes: number): number {
    const step = Math.min(LARGEST_STEP_BYTES, Math.max(SMALLEST_STEP_BYTES, this.#byteLength / 8));
    try {
      this.#growTo(this.#byteLength + Math.max(bytes, step), bytes);
    } catch (error) {
      // The machine may have what is needed, though it does not have a whole step.
      if (bytes >= step || !(error instanceof OutOfMemoryError)) throw error;
      this.#growTo(this.#byteLength + bytes, bytes);
    }
    return this.#byteLength;
  }

  #growTo(wanted: number, asked: number): void {
    while (this.#byteLength < wanted) {
      const inView = this.#byteLength % VIEW_BYTES;
      this.#growView(Math.min(wanted - this.#byteLength, VIEW_BYTES - inView), asked);
    }
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

  /** Commits `bytes` more in the last memory, or in a new one if the last is full. `asked` is the number of bytes for the error. */
  #growView(bytes: number, asked: number): void {
    const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
    const view = Math.floor(this.#byteLength / VIEW_BYTES);
    try {
      if (this.#byteLength + bytes > this.limitBytes) throw new RangeError("that is its limit");
      if (view === this.#memories.length) {
        const maximum = VIEW_BYTES / WASM_PAGE_BYTES;
        this.#memories.push(new WebAssembly.Memory({ initial: pages, maximum }));
      } else {
        this.#memories[view].grow(pages);
      }
    } catch (error) {
      const reason = messageOf(error);
      throw new OutOfMemoryError(
        `Cannot grow the arena past ${this.#byteLength} bytes: ${reason}`,
        asked,
      );
    }
    this.#byteLength += pages * WASM_PAGE_BYTES;
    const { buffer } = this.#memories[view];
    this.u8[view] = new Uint8Array(buffer);
    this.u32[view] = new Uint32Array(buffer);
    this.f64[view] = new Float64Array(buffer);
  }
}
