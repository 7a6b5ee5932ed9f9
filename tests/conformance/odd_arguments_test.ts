/**
 * Requests with odd arguments, by chance: empty words, signed zeros, hexadecimal numbers, NUL bytes, limits of 64 bits, options twice and in any
 * order, wrong types. Replies, events, counted changes and the data at the end are those of Redis.
 *
 *     REDIS_SERVER=/path/to/redis-server-7.2 FUZZ=50 deno test -P=test tests/conformance/odd_arguments_test.ts
 */
import { AssertionError } from "@std/assert";
import { commandSpecs } from "../../src/commands/mod.ts";
import type { CommandGroup } from "../../src/command/command_groups.ts";
import type { CommandSpec } from "../../src/command/spec.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { problem, withPair } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { OddComparison } from "../support/odd_comparison.ts";
import { oddLimits, OddRequests } from "../support/odd_requests.ts";
import { oracleIs7_2 } from "../support/oracle.ts";

const EPOCHS = 12;
const UNITS = 200;
const BATCH = 20;

/**
 * What Redis 7.0 answers otherwise than 7.2, so that it cannot be asked. What 7.2 answers to each is written down in
 * `since_7_2_test.ts` and in `tests/unit/lib_test.ts` (doubles).
 */
const OTHERWISE_IN_7_0: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  "timeouts beyond 64 bits are negative": ([name, ...words]) =>
    /^(BL|BR|BZ)/.test(name) &&
    words.some((word) => word.length > 15 || /inf|e\+?\d{3}|p\d{4}/i.test(word)),
  "LSET takes an index of 64 bits": ([name, , index]) => name === "LSET" && index?.length > 9,
  "OBJECT ENCODING knows other encodings": ([name]) => name === "OBJECT",
  "XINFO shows no time of a consumer's last success": ([name, subcommand]) =>
    name === "XINFO" && subcommand !== "GROUPS",
  "XREADGROUP is called XREAD in an error": ([name]) => name === "XREAD",
  "consumers are made only when there is something for them": ([name]) =>
    /^X(READGROUP|CLAIM|AUTOCLAIM)$/.test(name),
  "XSETID forgets the largest deleted id": ([name]) => name === "XSETID",
  "ZRANK has no WITHSCORE": ([name, ...words]) => /^Z(REV)?RANK$/.test(name) && words.length > 2,
  "doubles have 17 digits": ([name, ...words]) =>
    /^Z/.test(name) &&
    words.some((word) => /e-|e\+?\d\d|0x1p|\d{16}|\.(?!5$|25$|0$|8$)\d/i.test(word)),
  "distances have 17 digits": (words) => words.some((word) => /^STOREDIST/i.test(word)),
  "LPOS takes any rank": (words) => words[0] === "LPOS" && words.includes("-9223372036854775808"),
  "SETBIT and BITFIELD that change nothing count as changes": ([name]) =>
    /^(SETBIT|BITFIELD)$/.test(name),
};

const is7_2 = await oracleIs7_2();
/** Commands that say what the server is made of, talk to others or wait for them. */
const NOT_COMPARED = ["dump", "migrate", "pfselftest", "wait", "waitaof"];

const isCompared = ({ name, since }: CommandSpec) => since < "7.4" && !NOT_COMPARED.includes(name);

function canBeAsked(unit: readonly (readonly string[])[]): boolean {
  return is7_2 || unit.every((words) => Object.values(OTHERWISE_IN_7_0).every((is) => !is(words)));
}

function oddArguments(groups: readonly CommandGroup[]): void {
  const name = `${groups.join(", ")}: odd arguments get the replies of Redis, and leave its data`;
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () =>
      withPair(async (pair) => {
        using comparison = await OddComparison.connect(pair);
        // Where SORT is asked encodings are not: in Redis it makes a skiplist of a sorted set that it only reads.
        const isAsked = ({ name, group }: CommandSpec) =>
          name === "object" ? !groups.includes("generic") : groups.includes(group);
        const specs = commandSpecs.filter((spec) => isAsked(spec) && isCompared(spec));
        for (let epoch = 0; epoch < EPOCHS * effort; epoch++) {
          const seed = effort * 1000 + epoch;
          const random = new SeededRandom(seed);
          const requests = new OddRequests(specs, random);
          const units = Array.from({ length: UNITS }, () => requests.next()).filter(canBeAsked);
          const [first] = await comparison.epoch(units, BATCH, is7_2 ? oddLimits(random) : []);
          if (first === undefined) continue;
          const { request, ours, theirs } = first;
          throw new AssertionError(
            `seed ${seed}: ${request}\n  redeno: ${ours}\n  redis:  ${theirs}`,
          );
        }
      }),
  });
}

oddArguments(["string", "bitmap"]);
oddArguments(["generic"]);
oddArguments(["list"]);
oddArguments(["hash", "hyperloglog"]);
oddArguments(["set"]);
oddArguments(["sorted-set", "geo"]);
oddArguments(["stream"]);
oddArguments(["string", "bitmap", "generic", "list", "hash", "set", "sorted-set", "geo", "stream"]);
