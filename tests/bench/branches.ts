/**
 * What branches cost: to make one of a million keys, to change keys while there is one, to go back, and to let it go.
 *
 *     deno run -A tests/bench/branches.ts
 *
 * @module
 */
import { startTestServer } from "../../src/testing/mod.ts";

const KEYS = 1_000_000;

/** How long it takes, in milliseconds. */
function measured(run: () => unknown): number {
  const startMs = performance.now();
  run();
  return performance.now() - startMs;
}

function line(what: string, milliseconds: number): void {
  console.log(`${what.padEnd(60)}${milliseconds.toFixed(3).padStart(10)} ms`);
}

await using redis = await startTestServer();
const session = redis.running.session();
await session.call("DEBUG", "POPULATE", KEYS);
const { arena } = redis.running.server.keyspace;
const megabytes = () => (arena.usedBytes / 2 ** 20).toFixed(1);
console.log(`${KEYS} keys, ${megabytes()} MB`);

const times: number[] = [];
for (let i = 0; i < 101; i++) {
  let branch: Disposable | undefined;
  times.push(measured(() => branch = redis.branch()));
  branch![Symbol.dispose]();
}
times.sort((a, b) => a - b);
line("a branch (median of 101)", times[50]);
line("a branch (slowest of 101)", times[100]);

for (const changed of [1, 1000, 100_000]) {
  const write = () => {
    for (let i = 0; i < changed; i++) session.callNow("SET", `key:${i}`, `changed:${i}`);
  };
  const plain = measured(write);
  using branch = redis.branch();
  line(`${changed} keys written, no branch`, plain);
  line(`${changed} keys written, first time since the branch`, measured(write));
  line(`${changed} keys restored`, measured(() => redis.restore(branch)));
}

const branch = redis.branch();
line("FLUSHALL", measured(() => session.callNow("FLUSHALL")));
line("all keys restored", measured(() => redis.restore(branch)));
console.log(`${await session.call("DBSIZE")} keys, ${megabytes()} MB`);
