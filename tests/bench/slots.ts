/**
 * What the index of slots costs the node of a cluster: time and memory for each key, for keys in all slots and for keys in one.
 *
 *     deno run --allow-sys tests/bench/slots.ts
 *
 * @module
 */
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { NO_TTL, PLAIN_STRING } from "../../src/keyspace/database.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";

const KEYS = 100_000;
const ROUNDS = 7;

/** Adds keys, moves half of them to larger blocks and deletes all; returns nanoseconds for a key each, and bytes for a key. */
function measure(indexesSlots: boolean, prefix: string) {
  const keyspace = new Keyspace(1, new SeededRandom(1), indexesSlots);
  const [database] = keyspace.databases;
  const keys = Array.from({ length: KEYS }, (_, i) => fromLatin1(`${prefix}${10_000_000 + i}`));
  const before = keyspace.arena.usedBytes;
  const put = (key: Uint8Array, length: number) =>
    database.put(PLAIN_STRING, key, 0, key.length, length, NO_TTL);
  const time = (run: (key: Uint8Array) => void) => {
    const start = performance.now();
    for (const key of keys) run(key);
    return (performance.now() - start) * 1e6 / KEYS;
  };
  const add = time((key) => put(key, 16));
  const bytes = (keyspace.arena.usedBytes - before) / KEYS;
  const overwrite = time((key) => put(key, 16));
  const grow = time((key) => put(key, 100));
  const remove = time((key) => database.delete(database.peek(key, 0, key.length)));
  return { add, overwrite, grow, remove, bytes };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];

for (
  const [name, isIndexed, prefix] of [
    ["no cluster", false, "key:"],
    ["all slots", true, "key:"],
    ["one slot", true, "{key}:"],
  ] as const
) {
  const rounds = Array.from({ length: ROUNDS }, () => measure(isIndexed, prefix));
  const line = (["add", "overwrite", "grow", "remove", "bytes"] as const)
    .map((figure) => `${figure} ${median(rounds.map((round) => round[figure])).toFixed(0)}`);
  console.log(`${name.padEnd(12)} ${line.join("  ")}   (ns, bytes a key)`);
}
