/**
 * The arena: everything that clients store lives here, as blocks of bytes, and nothing of it is a JavaScript object.
 *
 * So the garbage collector has nothing to scan, memory is known to the byte, and the limit of 16.7 million entries that a `Map` has does
 * not apply. The allocator follows mimalloc's idea of sharded free lists (Leijen, Zorn, de Moura, "Mimalloc: Free List Sharding in Action",
 * 2019): a *span* is a run of pages cut into blocks of one size class, with a free list of its own and a count of its live blocks. When the
 * last one goes, the span's pages can serve any other size. Blocks over 16 KiB are page runs.
 *
 * Allocating and freeing are O(1) for small blocks. A block has no header: its size is its span's. The first word of a free block
 * is the address of the next free one in its span.
 *
 * Rejected: one free list per class for the whole arena (memory never moves between classes), and a buddy system (wastes a quarter).
 *
 * @module
 */
import { type Address, Memory, VIEW_MASK, VIEW_PAGES, VIEW_SHIFT } from "./memory.ts";
import { breaks, CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";
import { type Page, PagePool } from "./page_pool.ts";
import {
  CLASS_COUNT,
  CLASS_OF_UNITS,
  CLASS_UNITS,
  MAX_SMALL_UNITS,
  PAGE_BYTES,
  PAGE_UNITS,
  SPAN_BLOCKS,
  SPAN_PAGES,
  UNIT_BYTES,
} from "./size_classes.ts";

/** Class number of a run that is one large block. */
const LARGE = 255;
const MOST_SPAN_PAGES = Math.max(...SPAN_PAGES);
const PAGE_SHIFT = 9;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** A taken run of pages as the checker sees it. */
export interface RunInfo {
  /** Address of its first block. */
  readonly start: Address;
  /** Size of each block, in bytes. */
  readonly blockBytes: number;
  /** Blocks that fit. */
  readonly capacity: number;
  /** Blocks in use. */
  readonly live: number;
  /** Addresses of the blocks in use, or undefined if the free list is broken. */
  readonly liveBlocks: Set<Address> | undefined;
}

/** Allocates blocks of memory and knows exactly how much is in use. */
export class Arena extends Memory {
  readonly #pool: PagePool = new PagePool(this);
  /** First page of the first span with room, by class; 0 if there is none. */
  readonly #partial = new Uint32Array(CLASS_COUNT);
  #spanClass = new Uint8Array(256);
  #live = new Uint16Array(256);
  #carved = new Uint16Array(256);
  #freeList = new Uint32Array(256);
  #usedBytes = 0;
  #liveBlocks = 0;

  /** Whether memory cannot grow any more and its reserve is in use, so that nothing that needs memory may begin. {@link recover} ends it. */
  get isExhausted(): boolean {
    return this.#pool.isExhausted;
  }

  /** Ends {@link isExhausted} if there is enough memory again; returns whether there is. */
  recover(): boolean {
    return this.#pool.recover();
  }

  /** Whether there is memory for `bytes` in all, with a largest block of `largestBytes`, without the reserve. Grows the memory if necessary. */
  hasRoom(bytes: number, largestBytes: number): boolean {
    const run = Math.max(MOST_SPAN_PAGES, Math.ceil(largestBytes / PAGE_BYTES));
    return run <= VIEW_PAGES && this.#pool.hasRoom(Math.ceil(bytes / PAGE_BYTES) + run, run);
  }

  /** Bytes of all blocks in use, each counted with its class's full size. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Number of blocks in use. */
  get liveBlocks(): number {
    return this.#liveBlocks;
  }

  /** Allocates a block of at least `bytes` (1 byte to 1 GiB). Its contents are undefined. */
  allocate(bytes: number): Address {
    const units = (bytes + UNIT_BYTES - 1) >>> 3;
    if (units > MAX_SMALL_UNITS) return this.#allocateLarge(bytes);
    const sizeClass = CLASS_OF_UNITS[units];
    let span = this.#partial[sizeClass];
    if (span === 0) span = this.#addSpan(sizeClass);
    let address = this.#freeList[span];
    if (address !== 0) {
      this.#freeList[span] = this.load(address, 0);
    } else {
      address = span * PAGE_UNITS + this.#carved[span]++ * CLASS_UNITS[sizeClass];
    }
    if (++this.#live[span] === SPAN_BLOCKS[sizeClass]) this.#unlinkSpan(sizeClass, span);
    this.#usedBytes += CLASS_UNITS[sizeClass] * UNIT_BYTES;
    this.#liveBlocks++;
    if (CHECKS) this.#poison(address);
    return address;
  }

  /** Frees a block. */
  free(address: Address): void {
    if (CHECKS) this.#poison(address);
    const span = this.#pool.head[address >>> PAGE_SHIFT];
    const sizeClass = this.#spanClass[span];
    this.#liveBlocks--;
    if (sizeClass === LARGE) {
      this.#usedBytes -= this.#pool.length[span] * PAGE_BYTES;
      this.#pool.give(span);
      return;
    }
    this.#usedBytes -= CLASS_UNITS[sizeClass] * UNIT_BYTES;
    this.store(address, 0, this.#freeList[span]);
    this.#freeList[span] = address;
    const live = --this.#live[span];
    if (live === SPAN_BLOCKS[sizeClass] - 1) this.#linkSpan(sizeClass, span);
    if (live === 0) {
      this.#unlinkSpan(sizeClass, span);
      this.#pool.give(span);
    }
  }

  /** Bytes that fit in the block at `address`: at least what was asked for. */
  sizeOf(address: Address): number {
    if (CHECKS) this.#checkBlock(address);
    const span = this.#pool.head[address >>> PAGE_SHIFT];
    const sizeClass = this.#spanClass[span];
    return sizeClass === LARGE
      ? this.#pool.length[span] * PAGE_BYTES
      : CLASS_UNITS[sizeClass] * UNIT_BYTES;
  }

  /** Size of the block that a request for `bytes` would get. */
  static blockBytes(bytes: number): number {
    const units = (bytes + UNIT_BYTES - 1) >>> 3;
    return units > MAX_SMALL_UNITS
      ? Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES
      : CLASS_UNITS[CLASS_OF_UNITS[units]] * UNIT_BYTES;
  }

  /** Sets every byte of the block's first `bytes` to zero. */
  clear(address: Address, bytes: number): void {
    if (CHECKS) this.#checkRoom(address, bytes);
    const start = (address & VIEW_MASK) * UNIT_BYTES;
    this.u8[address >>> VIEW_SHIFT].fill(0, start, start + bytes);
  }

  /** Copies the first `bytes` bytes of one block to another. */
  copy(from: Address, to: Address, bytes: number): void {
    if (CHECKS) {
      this.#checkRoom(from, bytes);
      this.#checkRoom(to, bytes);
    }
    const start = (from & VIEW_MASK) * UNIT_BYTES;
    this.u8[to >>> VIEW_SHIFT].set(
      this.u8[from >>> VIEW_SHIFT].subarray(start, start + bytes),
      (to & VIEW_MASK) * UNIT_BYTES,
    );
  }

  /** Every run that is in use, for the checker. O(arena). */
  *runs(): Generator<RunInfo> {
    const pool = this.#pool;
    for (let page: Page = 1; page < pool.pages; page += pool.length[page]) {
      if (pool.isFree(page)) continue;
      const sizeClass = this.#spanClass[page];
      const start = page * PAGE_UNITS;
      if (sizeClass === LARGE) {
        const blockBytes = pool.length[page] * PAGE_BYTES;
        yield { start, blockBytes, capacity: 1, live: 1, liveBlocks: new Set([start]) };
      } else {
        yield {
          start,
          blockBytes: CLASS_UNITS[sizeClass] * UNIT_BYTES,
          capacity: SPAN_BLOCKS[sizeClass],
          live: this.#live[page],
          liveBlocks: this.#liveBlocksOf(page, sizeClass),
        };
      }
    }
  }

  /** Checks that a block begins at an address, as far as can be told in O(1): a small block may be free. */
  #checkBlock(address: Address): void {
    const span = this.#pool.head[address >>> PAGE_SHIFT];
    if (!(span > 0) || this.#pool.isFree(span)) breaks("the arena", `nothing is at ${address}`);
    const sizeClass = this.#spanClass[span];
    const offset = address - span * PAGE_UNITS;
    const index = sizeClass === LARGE ? offset : offset / CLASS_UNITS[sizeClass];
    const blocks = sizeClass === LARGE ? 1 : this.#carved[span];
    if (!Number.isInteger(index) || index < 0 || index >= blocks) {
      breaks("the arena", `no block begins at ${address}`);
    }
  }

  /** Lets nobody rely on what is in a block that has just been allocated, or is about to be freed. */
  #poison(address: Address): void {
    const start = (address & VIEW_MASK) * UNIT_BYTES;
    poison(this.u8[address >>> VIEW_SHIFT], start, start + this.sizeOf(address));
  }

  #checkRoom(address: Address, bytes: number): void {
    const size = this.sizeOf(address);
    if (bytes > size) breaks("the arena", `block ${address} has ${size} bytes, not ${bytes}`);
  }

  #liveBlocksOf(span: Page, sizeClass: number): Set<Address> | undefined {
    const units = CLASS_UNITS[sizeClass];
    const start = span * PAGE_UNITS;
    const live = new Set<Address>();
    for (let i = 0; i < this.#carved[span]; i++) live.add(start + i * units);
    for (let address = this.#freeList[span]; address !== 0; address = this.load(address, 0)) {
      if (!live.delete(address)) return undefined;
    }
    return live;
  }

  #allocateLarge(bytes: number): Address {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const page = this.#pool.take(pages);
    this.#reserve();
    this.#spanClass[page] = LARGE;
    this.#pool.head[page] = page;
    this.#usedBytes += pages * PAGE_BYTES;
    this.#liveBlocks++;
    if (CHECKS) this.#poison(page * PAGE_UNITS);
    return page * PAGE_UNITS;
  }

  #addSpan(sizeClass: number): Page {
    const pages = SPAN_PAGES[sizeClass];
    const span = this.#pool.take(pages);
    this.#reserve();
    this.#pool.head.fill(span, span, span + pages);
    this.#spanClass[span] = sizeClass;
    this.#live[span] = 0;
    this.#carved[span] = 0;
    this.#freeList[span] = 0;
    this.#linkSpan(sizeClass, span);
    return span;
  }

  #linkSpan(sizeClass: number, span: Page): void {
    const first = this.#partial[sizeClass];
    this.#pool.next[span] = first;
    this.#pool.previous[span] = 0;
    if (first !== 0) this.#pool.previous[first] = span;
    this.#partial[sizeClass] = span;
  }

  #unlinkSpan(sizeClass: number, span: Page): void {
    const next = this.#pool.next[span];
    const previous = this.#pool.previous[span];
    if (previous !== 0) this.#pool.next[previous] = next;
    else this.#partial[sizeClass] = next;
    if (next !== 0) this.#pool.previous[next] = previous;
  }

  #reserve(): void {
    const size = this.#pool.length.length;
    if (size === this.#live.length) return;
    const spanClass = new Uint8Array(size);
    spanClass.set(this.#spanClass);
    this.#spanClass = spanClass;
    const live = new Uint16Array(size);
    live.set(this.#live);
    this.#live = live;
    const carved = new Uint16Array(size);
    carved.set(this.#carved);
    this.#carved = carved;
    const freeList = new Uint32Array(size);
    freeList.set(this.#freeList);
    this.#freeList = freeList;
  }
}
