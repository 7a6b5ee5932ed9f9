/** Scripts by chance, compared with redis-server. */
import { assertEquals, AssertionError } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { compare, type Pair, problem, withPair } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { oracleIs7_2 } from "../support/oracle.ts";
import { RandomScripts } from "../support/random_scripts.ts";

const SEEDS = 12;
const SCRIPTS_PER_SEED = 25;

const name = "random scripts get the same replies, and leave the same data";
const skipReason = problem ?? (await oracleIs7_2() ? undefined : "needs Redis 7.2");
Deno.test({
  name: skipReason === undefined ? name : `${name} (skipped: ${skipReason})`,
  ignore: skipReason !== undefined,
  fn: () =>
    withPair(async (pair) => {
      for (let seed = effort; seed < effort + SEEDS * effort; seed++) await runSeed(pair, seed);
    }),
});

async function runSeed(pair: Pair, seed: number): Promise<void> {
  const scripts = new RandomScripts(new SeededRandom(seed));
  for (const client of [pair.ours, pair.oracle]) await client.call("FLUSHALL");
  for (let i = 0; i < SCRIPTS_PER_SEED; i++) {
    const script = scripts.next();
    const found = await compare(pair, ["EVAL", script, "0"], "");
    if (found === undefined) continue;
    throw new AssertionError(`seed ${seed}, script ${i}:\n${script}\n${found}`);
  }
  const digests = await compare(pair, ["DEBUG", "DIGEST"], "");
  assertEquals(digests, undefined, `seed ${seed}, at the end`);
}
