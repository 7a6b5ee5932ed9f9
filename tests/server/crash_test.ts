/**
 * What survives when the process is killed, or the machine loses power, at any moment: in memory, so that there can be hundreds of moments,
 * each of them the same in every run.
 */
import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { Killed, MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";

const ROUNDS = 100 * effort;
/** With `everysec`, what is older than this is safe: a second until the sync begins, and what it takes. */
const SAFE_AFTER_MS = 1500;

/** States that the data went through, and when the client knew of each. */
interface History {
  /** A signature of the data after each unit that was sent; the first is that of no data. */
  readonly digests: string[];
  /** When the units were acknowledged, in order. */
  readonly acknowledgedMs: number[];
}

/** A machine whose process dies at one of its first operations, in the middle of it if it is a write. */
function doomedHost(random: SeededRandom, operations: number): MemoryHost {
  const host = new MemoryHost();
  let left = random.below(operations);
  host.fault = (operation) => {
    if (left-- > 0) return;
    host.isDead = true;
    if (operation === "write") return random.below(100);
    throw new Killed("The process is dead");
  };
  return host;
}

/** Lets a client write until the machine dies. A second server without a disk says what the data should be. */
async function writeUntilDeath(
  host: MemoryHost,
  random: SeededRandom,
  directives: Readonly<Record<string, string>>,
): Promise<History> {
  const model = new LocalServer(new MemoryHost(), {});
  const history: History = { digests: [model.digest()], acknowledgedMs: [] };
  let subject: LocalServer;
  try {
    subject = await new LocalServer(host, directives, model.clock).start();
  } catch (error) {
    assert(host.isDead, String(error));
    return history;
  }
  model.server.start();
  for (let step = 0; step < 400 && !host.isDead; step++) {
    const units = Array.from({ length: 1 + random.below(4) }, () => randomUnit(random));
    if (random.below(25) === 0) units.push([[random.below(3) === 0 ? "BGSAVE" : "BGREWRITEAOF"]]);
    for (const unit of units) {
      model.run(...unit);
      history.digests.push(model.digest());
    }
    const replies = subject.run(...units.flat());
    if (host.isDead || subject.server.hasFailed) break;
    assertEquals(replies.length, units.flat().length);
    for (const _ of units) history.acknowledgedMs.push(model.clock.now());
    // A sync that goes on puts off the next write, which a kill then loses, in Redis too: here it ends at once.
    await settle();
    for (let i = random.below(4); i > 0; i--) {
      model.clock.advance({ milliseconds: random.below(120) });
      await settle();
    }
  }
  return history;
}

/** Starts a server on what is left, and compares its data with what it may be. */
async function checkRecovery(
  left: MemoryHost,
  directives: Readonly<Record<string, string>>,
  { digests }: History,
  required: number,
  context: string,
): Promise<void> {
  // The files are small: were each read in one go, it would never matter where a read ends.
  const random = new SeededRandom(digests.length);
  const longest = [1, 3, 30, 300, 3000][random.below(5)];
  left.readLimit = () => 1 + random.below(longest);
  const recovered = await new LocalServer(left, directives).start();
  const digest = recovered.digest();
  const state = digests.lastIndexOf(digest);
  assert(state >= 0, `${context}: this state never existed\n${recovered.log.join("")}`);
  assert(state >= required, `${context}: ${required} units were promised, ${state} are there`);
  assertEquals(recovered.run(["DEBUG", "ARENA"])[0].type, "$", context);
  // And it can go on from there.
  assertEquals(recovered.ask("SET", "after", "recovery"), "OK");
  recovered.server.stop();
}

for (const policy of ["always", "everysec", "no"]) {
  Deno.test(`appendfsync ${policy} keeps what it promises, whenever the process or the machine dies`, async () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new SeededRandom(seed);
      const directives = {
        appendonly: "yes",
        appendfsync: policy,
        "aof-use-rdb-preamble": random.below(2) === 0 ? "yes" : "no",
        "auto-aof-rewrite-min-size": "4kb",
        "aof-timestamp-enabled": random.below(2) === 0 ? "yes" : "no",
      };
      const host = doomedHost(random, policy === "always" ? 120 : 60);
      const history = await writeUntilDeath(host, random, directives);
      const { acknowledgedMs } = history;
      const acknowledged = acknowledgedMs.length;
      await checkRecovery(host.afterKill(), directives, history, acknowledged, `${seed}, killed`);
      const safeUntilMs = (acknowledgedMs.at(-1) ?? 0) - SAFE_AFTER_MS;
      const safe = policy === "always"
        ? acknowledged
        : policy === "everysec"
        ? acknowledgedMs.filter((ms) => ms < safeUntilMs).length
        : 0;
      const powerless = host.afterPowerLoss(random);
      await checkRecovery(powerless, directives, history, safe, `${seed}, without power`);
    }
  });
}

Deno.test("an RDB file holds a state that existed, whenever the process or the machine dies", async () => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = new SeededRandom(seed);
    const directives = { save: "1 1" };
    const host = doomedHost(random, 40);
    const history = await writeUntilDeath(host, random, directives);
    await checkRecovery(host.afterKill(), directives, history, 0, `${seed}, killed`);
    await checkRecovery(host.afterPowerLoss(random), directives, history, 0, `${seed}, powerless`);
  }
});
