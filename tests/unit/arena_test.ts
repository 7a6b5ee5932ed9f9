import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import { checkArena } from "../../src/arena/checker.ts";
import { VIEW_MASK, VIEW_SHIFT } from "../../src/arena/memory.ts";
import { CLASS_UNITS, SPAN_BLOCKS, SPAN_PAGES } from "../../src/arena/size_classes.ts";
import { effort } from "../support/effort.ts";
import { SeededRandom } from "../../src/lib/random.ts";

/** Fills a block with bytes that follow from its address, or checks that they are still there. */
function stamp(arena: Arena, address: number, bytes: number): void {
  const start = (address & VIEW_MASK) * 8;
  arena.u8[address >>> VIEW_SHIFT].fill(address % 251, start, start + bytes);
}

function isIntact(arena: Arena, address: number, bytes: number): boolean {
  const start = (address & VIEW_MASK) * 8;
  const view = arena.u8[address >>> VIEW_SHIFT];
  return view[start] === address % 251 && view[start + (bytes >> 1)] === address % 251 &&
    view[start + bytes - 1] === address % 251;
}

Deno.test("size classes waste at most an eighth of a block and a twentieth of a span", () => {
  for (let i = 1; i < CLASS_UNITS.length; i++) {
    const [smaller, units] = [CLASS_UNITS[i - 1], CLASS_UNITS[i]];
    assert(units > smaller && (units - smaller - 1) / units <= 1 / 8, `class of ${units} units`);
    const span = SPAN_PAGES[i] * 512;
    assert((span - SPAN_BLOCKS[i] * units) / span <= 1 / 20, `span of class ${units}`);
  }
});

Deno.test("Arena keeps blocks apart and accounts for every byte over random allocations", () => {
  const arena = new Arena();
  const random = new SeededRandom(10 + effort);
  const blocks: { address: number; bytes: number }[] = [];
  const before = arena.usedBytes;
  for (let step = 0; step < 400_000 * effort; step++) {
    // The number of blocks swings, so that spans fill up and empty again.
    const target = 3000 + 2500 * Math.sin(step / 20_000);
    if (blocks.length < target) {
      const kind = random.below(100);
      const bytes = 1 + random.below(kind < 80 ? 200 : kind < 98 ? 9000 : 150_000);
      const address = arena.allocate(bytes);
      assert(arena.sizeOf(address) >= bytes && arena.sizeOf(address) === Arena.blockBytes(bytes));
      stamp(arena, address, bytes);
      blocks.push({ address, bytes });
    } else {
      const i = random.below(blocks.length);
      const { address, bytes } = blocks[i];
      assert(isIntact(arena, address, bytes), `block ${address} was overwritten`);
      arena.free(address);
      blocks[i] = blocks[blocks.length - 1];
      blocks.pop();
    }
    if (step % (50_000 * effort) === 0) {
      assertEquals(checkArena(arena, blocks.map(({ address }) => address)).problems, []);
    }
  }
  assertEquals(checkArena(arena, blocks.map(({ address }) => address)).problems, []);
  for (const { address } of blocks) arena.free(address);
  assertEquals(arena.usedBytes, before);
  assertEquals([...arena.runs()], []);
});

Deno.test("Arena uses freed memory again for blocks of another size", () => {
  const arena = new Arena();
  const small = Array.from({ length: 200_000 }, () => arena.allocate(100));
  const committed = arena.byteLength;
  for (const address of small) arena.free(address);
  const large = Array.from({ length: 150 }, () => arena.allocate(100_000));
  assertEquals(arena.byteLength, committed);
  for (const address of large) arena.free(address);
});

Deno.test("checkArena() finds leaks, double claims and a broken free list", () => {
  const arena = new Arena();
  const [a, b] = [arena.allocate(50), arena.allocate(50)];
  assertEquals(checkArena(arena, [a, b]).problems, []);
  assertEquals(checkArena(arena, [a]).problems, [`block ${b} is in use and nobody holds it`]);
  assertEquals(checkArena(arena, [a, b, b]).problems.length, 1);
  arena.free(a);
  arena.free(a);
  assert(checkArena(arena, [b]).problems.length > 0);
});
