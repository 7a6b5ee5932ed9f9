/**
 * Differential tests by chance: requests from a grammar go to this server and to the real redis-server, in pieces of every size, and the replies
 * and the data at the end are compared.
 *
 * @module
 */
import { assertEquals, AssertionError } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import {
  compare,
  describeRequest,
  difference,
  type Pair,
  problem,
  withPair,
} from "./differential.ts";
import { effort } from "./effort.ts";
import { GrammarRequests, type MarkedRequest, type RequestGrammar } from "./request_grammar.ts";
import type { Reply, RespClient } from "./resp_client.ts";

const REQUESTS_PER_SEED = 2500;
const LARGEST_BATCH = 30;
/** A batch after which the arena is checked: one in so many. */
const CHECK_EVERY = 20;

/** What is asked by chance. */
export interface RandomDifferential extends RequestGrammar {
  /** How many times both begin with nothing. */
  readonly seeds: number;
  /** Directives, each with values; every seed takes one of each. */
  readonly limits?: Readonly<Record<string, readonly string[]>>;
  /** Requests that must come after one of these words. */
  readonly follow?: (words: readonly string[]) => readonly (readonly string[])[];
  /** What is asked of both at the end, besides DEBUG DIGEST. */
  readonly finish?: readonly MarkedRequest[];
}

/** A test that sends random requests to both servers; FUZZ multiplies the seeds. */
export function randomRequests(subject: string, asked: RandomDifferential): void {
  const name = `random requests on ${subject} get the same replies, and leave the same data`;
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () =>
      withPair(async (pair) => {
        for (let seed = effort; seed < effort + asked.seeds * effort; seed++) {
          await runSeed(pair, asked, seed);
        }
      }),
  });
}

async function runSeed(pair: Pair, asked: RandomDifferential, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const requests = new GrammarRequests(asked, random);
  await begin(pair, asked, random);
  for (let count = 0; count < REQUESTS_PER_SEED;) {
    const batch: MarkedRequest[] = [];
    for (let left = 1 + random.below(LARGEST_BATCH); left > 0; left--) {
      const request = requests.next();
      batch.push(request);
      for (const words of asked.follow?.(request.words) ?? []) batch.push({ mark: "", words });
    }
    await compareBatch(pair, batch, (i) => `seed ${seed}, request ${count + i}`);
    count += batch.length;
    if (random.below(CHECK_EVERY) === 0) await assertArenaIsWhole(pair);
  }
  for (const { mark, words } of [...asked.finish ?? [], { mark: "", words: ["DEBUG", "DIGEST"] }]) {
    const found = await compare(pair, words, mark);
    assertEquals(found, undefined, `seed ${seed}, at the end: ${describeRequest(words)}`);
  }
  await assertArenaIsWhole(pair);
}

/** Empties both servers and sets their limits. */
async function begin(pair: Pair, { limits = {} }: RandomDifferential, random: SeededRandom) {
  const chosen = Object.entries(limits)
    .flatMap(([name, values]) => [name, values[random.below(values.length)]]);
  for (const client of [pair.ours, pair.oracle]) {
    await client.call("FLUSHALL");
    if (chosen.length > 0) assertEquals(await client.ask("CONFIG", "SET", ...chosen), '+"OK"');
  }
}

async function compareBatch(
  pair: Pair,
  batch: readonly MarkedRequest[],
  context: (i: number) => string,
): Promise<void> {
  const [actual, expected] = await Promise.all(
    [pair.ours, pair.oracle].map((client) => pipeline(client, batch)),
  );
  batch.forEach(({ mark, words }, i) => {
    const found = difference(actual[i], expected[i], mark);
    if (found === undefined) return;
    throw new AssertionError(`${context(i)}: ${describeRequest(words)}\n${found}`);
  });
}

/** Sends all requests at once, and reads the replies meanwhile. */
async function pipeline(client: RespClient, batch: readonly MarkedRequest[]): Promise<Reply[]> {
  const sent = client.send(concat(batch.map(({ words }) => encodeRequest(words.map(fromLatin1)))));
  const replies: Reply[] = [];
  for (const _ of batch) replies.push(await client.read());
  await sent;
  return replies;
}

async function assertArenaIsWhole({ ours }: Pair): Promise<void> {
  const reply = await ours.call("DEBUG", "ARENA");
  assertEquals(reply.type, "$", reply.text);
}
