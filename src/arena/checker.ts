/**
 * Walks the whole arena and compares what the allocator believes with what its users can reach: finds leaks, blocks freed twice or
 * used after they were freed, and blocks that two owners claim. For tests and `DEBUG ARENA`; O(arena).
 *
 * @module
 */
import type { Arena } from "./arena.ts";
import type { Address } from "./memory.ts";

/** What {@link checkArena} found; `problems` is empty when all is well. */
export interface ArenaReport {
  /** Blocks in use. */
  readonly blocks: number;
  /** Bytes in use. */
  readonly bytes: number;
  /** One sentence for each fault; 20 sentences at most. */
  readonly problems: readonly string[];
}

/** Checks the arena against `reachable`: the address of every block that some owner holds, each once. */
export function checkArena(arena: Arena, reachable: Iterable<Address>): ArenaReport {
  const problems: string[] = [];
  const report = (problem: string) => {
    if (problems.length < 20) problems.push(problem);
  };
  const unclaimed = new Set<Address>();
  let bytes = 0;
  for (const run of arena.runs()) {
    if (run.liveBlocks === undefined) {
      report(`span ${run.start}: the free list holds an address twice or one outside the span`);
      continue;
    }
    if (run.liveBlocks.size !== run.live) {
      report(`span ${run.start}: counts ${run.live} live blocks and has ${run.liveBlocks.size}`);
    }
    bytes += run.liveBlocks.size * run.blockBytes;
    for (const address of run.liveBlocks) unclaimed.add(address);
  }
  const blocks = unclaimed.size;
  if (bytes !== arena.usedBytes) report(`counts ${arena.usedBytes} bytes in use and has ${bytes}`);
  if (blocks !== arena.liveBlocks) {
    report(`counts ${arena.liveBlocks} live blocks and has ${blocks}`);
  }
  for (const address of reachable) {
    if (!unclaimed.delete(address)) {
      report(`block ${address} is held twice, or held though it is free`);
    }
  }
  for (const address of unclaimed) report(`block ${address} is in use and nobody holds it`);
  return { blocks, bytes, problems };
}
