/**
 * A run under the test tool is the same whenever its seed is: time, faults, branches and restarts together.
 *
 *     FUZZ=100 deno test -P=test tests/server/test_tool_repeat_test.ts      200 seeds, not in the usual run
 */
import { assertEquals } from "@std/assert";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import {
  type Fault,
  RespError,
  startTestServer,
  type TestBranch,
  type TestServer,
} from "../../src/testing/mod.ts";
import { effort } from "../support/effort.ts";
import { randomChange } from "../support/random_changes.ts";

const START_MS = Date.UTC(2026, 0, 1);
const STEPS = 150;

/** A fault by chance. None loses replies: nobody would know when to go on. */
function randomFault(random: SeededRandom): Fault {
  const command = ["set", "hset", "xadd", "lpop", "zadd"][random.below(5)];
  const match = { command, chance: 0.5, after: random.below(3), times: 1 + random.below(5) };
  const faults: Fault[] = [
    { ...match, reply: new RespError("LOADING not yet") },
    { ...match, reply: ["a", 1, null] },
    { ...match, delayMs: random.below(500) },
  ];
  return faults[random.below(faults.length)];
}

/** Does something by chance, and returns what is to be seen of it. */
async function step(
  redis: TestServer,
  random: SeededRandom,
  branches: { branch: TestBranch; digest: string }[],
): Promise<unknown> {
  const digest = () => datasetDigest(redis.running.server.keyspace);
  switch (random.below(25)) {
    case 0:
      await redis.clock.advance({ milliseconds: random.below(5000) });
      return digest();
    case 1:
      return redis.faults.add(randomFault(random)).id;
    case 2:
      branches.push({ branch: redis.branch(), digest: digest() });
      return branches.length;
    case 3: {
      const chosen = branches[random.below(branches.length + 1)];
      if (chosen === undefined) return;
      redis.restore(chosen.branch);
      assertEquals(digest(), chosen.digest, "a branch");
      return chosen.digest;
    }
    case 4: {
      if (random.below(4) > 0) return;
      branches.length = 0;
      await redis.restart((["shutdown", "kill", "power loss"] as const)[random.below(3)]);
      return digest();
    }
    default: {
      const request = randomChange(random, 30);
      const reply = redis.call(...request).then(Deno.inspect, (error) => error.message);
      // A delayed request goes on when the time has come.
      await redis.clock.advance({ milliseconds: 500 });
      return await reply;
    }
  }
}

async function run(seed: number): Promise<unknown[]> {
  await using redis = await startTestServer({
    ...{ clock: "manual", disk: "memory", seed, recordsCommands: true, inspectsChanges: true },
    config: { appendonly: "yes", "maxmemory-policy": "allkeys-lfu" },
  });
  redis.clock.set(START_MS);
  const random = new SeededRandom(seed);
  const branches: { branch: TestBranch; digest: string }[] = [];
  const seen: unknown[] = [];
  for (let i = 0; i < STEPS; i++) seen.push(await step(redis, random, branches));
  return [...seen, redis.commands.toString(), await redis.dump()];
}

for (let seed = 1; seed <= 2 * effort; seed++) {
  Deno.test(`time, faults, branches and restarts are the same with the same seed (${seed})`, async () => {
    assertEquals(await run(seed), await run(seed));
  });
}
