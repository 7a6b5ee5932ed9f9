/**
 * Lets two mistakes with memory show, in every test that imports this: what is freed must be a block that was allocated, and memory grows
 * now and then, so that views which are held across an allocation are seen to be stale.
 *
 * @module
 */
import { Arena } from "../../src/arena/arena.ts";
import type { Address } from "../../src/arena/memory.ts";

/** Memory grows at one in so many allocations. */
const GROWTH_EVERY = 997;
/** Beyond this it grows only as it must. */
const LARGEST_BYTES = 2 ** 26;

const { allocate, free } = Arena.prototype;
const allocated = new WeakMap<Arena, Set<Address>>();

/** Blocks in use; those of arenas that are older than this module are not known. */
function blocksOf(arena: Arena): Set<Address> {
  let blocks = allocated.get(arena);
  if (blocks === undefined) allocated.set(arena, blocks = new Set());
  return blocks;
}

let allocations = 0;

Arena.prototype.allocate = function (bytes: number): Address {
  if (++allocations % GROWTH_EVERY === 0 && this.byteLength < LARGEST_BYTES) this.grow(1);
  const address = allocate.call(this, bytes);
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
  free.call(this, address);
};
