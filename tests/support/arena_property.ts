/**
 * Property tests of what lives in an arena. Its views become stale at allocations by chance, as they do wherever memory grows; fresh blocks hold
 * junk; and at the end every byte must have come back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { checkArena } from "../../src/arena/checker.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../../src/arena/memory.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { type Chance, property, type Trials } from "./property.ts";

const GROWTH_EVERY = 40;
const LARGEST_BYTES = 2 ** 27;
/** What fresh blocks are full of: neither zeros nor an address. */
const JUNK = 0xa5;

/** Fails unless exactly these blocks are in use. */
export function assertHolds(arena: Arena, blocks: Iterable<Address>): void {
  assertEquals(checkArena(arena, blocks).problems, []);
}

/** A {@link property} of something in an arena, which must be empty when a trial ends. */
export function arenaProperty(
  name: string,
  trials: Trials,
  rule: (chance: Chance, arena: Arena) => void,
): void {
  let arena: Arena | undefined;
  property(name, trials, (chance) => {
    if (arena === undefined || isSpent(arena, 0)) arena = new Arena();
    disturb(arena, chance.seed);
    rule(chance, arena);
    assertHolds(arena, []);
  });
}

/** A {@link property} of values in a keyspace of two databases, which must be sound when a trial ends, and leave nothing when cleared. */
export function keyspaceProperty(
  name: string,
  trials: Trials,
  rule: (chance: Chance, keyspace: Keyspace) => void,
): void {
  let keyspace: Keyspace | undefined;
  property(name, trials, (chance) => {
    if (keyspace === undefined || isSpent(keyspace.arena, keyspace.baseBytes)) {
      keyspace = new Keyspace(2, new SeededRandom(chance.seed));
    }
    disturb(keyspace.arena, chance.seed);
    rule(chance, keyspace);
    assertEquals(keyspace.check().problems, []);
    for (const database of keyspace.databases) database.clear();
    assertEquals(keyspace.arena.usedBytes, keyspace.baseBytes);
  });
}

/** Whether an arena can serve no other trial: it has grown large, or the last trial failed and left something. */
function isSpent(arena: Arena, emptyBytes: number): boolean {
  return arena.byteLength >= LARGEST_BYTES || arena.usedBytes !== emptyBytes;
}

function disturb(arena: Arena, seed: number): void {
  const random = new SeededRandom(seed);
  arena.allocate = (bytes) => {
    if (random.below(GROWTH_EVERY) === 0 && arena.byteLength < LARGEST_BYTES) arena.grow(1);
    const address = Arena.prototype.allocate.call(arena, bytes);
    const start = (address & VIEW_MASK) * 8;
    arena.u8[address >>> VIEW_SHIFT].fill(JUNK, start, start + arena.sizeOf(address));
    return address;
  };
}
