/**
 * Lets a use of memory that is not one's own show, in every test that imports this: blocks are full of {@link POISON} when they are allocated, since
 * nobody may rely on what is in them, and again when they are freed; and what is freed must be a block that was allocated.
 *
 * @module
 */
import { Arena } from "../../src/arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../../src/arena/memory.ts";
import { UNIT_BYTES } from "../../src/arena/size_classes.ts";

/** Memory grows at one in so many allocations, so that views which are held across it are seen to be stale. */
const GROWTH_EVERY = 997;
/** Beyond this it grows only as it must. */
const LARGEST_BYTES = 2 ** 26;

/** A byte that is no valid length, tag or count anywhere: as a word it is an address far beyond the memory. */
const POISON = 0xdb;

const { allocate, free } = Arena.prototype;
const allocated = new WeakMap<Arena, Set<Address>>();

/** Blocks in use; those of arenas that are older than this module are not known. */
function blocksOf(arena: Arena): Set<Address> {
  let blocks = allocated.get(arena);
  if (blocks === undefined) allocated.set(arena, blocks = new Set());
  return blocks;
}

function poison(arena: Arena, address: Address): void {
  const start = (address & VIEW_MASK) * UNIT_BYTES;
  arena.u8[address >>> VIEW_SHIFT].fill(POISON, start, start + arena.sizeOf(address));
}

let allocations = 0;

Arena.prototype.allocate = function (bytes: number): Address {
  if (++allocations % GROWTH_EVERY === 0 && this.byteLength < LARGEST_BYTES) this.grow(1);
  const address = allocate.call(this, bytes);
  poison(this, address);
  blocksOf(this).add(address);
  return address;
};

Arena.prototype.free = function (address: Address): void {
  if (!blocksOf(this).delete(address)) {
    const error = new RangeError(`Cannot free ${address}: no block begins there`);
    // The server would only log it and reply with an error, which a test may not look at. Node has no such function.
    globalThis.reportError?.(error);
    throw error;
  }
  poison(this, address);
  free.call(this, address);
};
