/** Users with rules by chance, and requests by chance: what they may do is what redis-server lets them do. */
import { assert, assertEquals } from "@std/assert";
import { CATEGORIES } from "../../src/command/acl_categories.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { problem, withPair } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { namedSpecs, RandomRequests } from "../support/random_requests.ts";
import { show } from "../support/resp_client.ts";

const USERS = 25 * effort;
const REQUESTS_OF_EACH = 60;

const PATTERNS = ["a", "a*", "b*", "*", "?", "[ab]*", "c", "[^b]*", "\\a"];

/**
 * Where this server is stricter: redis-server overlooks PFMERGE's destination alone, and destinations among repeated options. What becomes of the
 * latter is a matter of `tests/server/rights_test.ts`.
 */
const STRICTER = /^(pfmerge|georadius|georadiusbymember|sort|xread|xreadgroup|migrate)$/;

/** A rule by chance: about commands, keys or channels, now and then one that makes no sense. */
function randomRule(random: SeededRandom, names: readonly string[]): string {
  const pick = <T>(choices: readonly T[]) => choices[random.below(choices.length)];
  const kinds = [
    () => `${pick(["+", "-"])}@${pick(CATEGORIES)}`,
    () => `${pick(["+", "-"])}${pick(names)}`,
    () => `+${pick(names)}|${pick(["m", "0", "get", ""])}`,
    () => pick(["allcommands", "nocommands", "+@all", "allkeys", "resetkeys", "resetchannels"]),
    () => `&${pick(["m", "*", "n*", "[mn]"])}`,
    () => `%${pick(["R", "W", "RW", "X", ""])}~${pick(PATTERNS)}`,
    () => `~${pick(PATTERNS)}`,
    () => `~${pick(PATTERNS)}`,
  ];
  return pick(kinds)();
}

Deno.test({
  name: problem === undefined
    ? "users with rules by chance may do what redis-server lets them"
    : `random users (skipped: ${problem})`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async ({ ours, oracle }) => {
      const random = new SeededRandom(13 * effort);
      const names = (await oracle.call("COMMAND", "LIST", "FILTERBY", "PATTERN", "*")).elements
        .map(({ text }) => text!);
      const specs = [...namedSpecs()].filter(({ words }) =>
        names.includes(words.join("|")) && !STRICTER.test(words[0])
      );
      const keys = ["a", "ab", "b", "ba", "c", "xyz"];
      const requests = new RandomRequests(random, () => keys[random.below(keys.length)]);
      const both = async (...words: string[]) =>
        (await Promise.all([ours.call(...words), oracle.call(...words)])).map(show);
      let allowed = 0;
      for (let user = 0; user < USERS; user++) {
        const rules = random.below(2) === 0 ? ["+@all"] : [];
        await both("ACL", "SETUSER", "u", "reset", ...rules);
        for (let n = 3 + random.below(8); n > 0; n--) {
          const some = Array.from({ length: 3 }, () => randomRule(random, names));
          const rule = random.below(5) === 0 ? `(${some.join(" ")})` : some[0];
          const [actual, expected] = await both("ACL", "SETUSER", "u", rule);
          assertEquals(actual, expected, `${rules.join(" ")}, then ${rule}`);
          rules.push(rule);
        }
        for (let i = 0; i < REQUESTS_OF_EACH; i++) {
          const words = requests.next(specs[random.below(specs.length)]);
          // 7.2 has other words for a refusal, and a few other numbers of words.
          const verdicts = (await both("ACL", "DRYRUN", "u", ...words))
            .map((reply) =>
              reply.replace(/has no permissions.*/, "").replace(/User u|This user/, "-")
            );
          if (verdicts.some((verdict) => verdict.includes("wrong number"))) continue;
          if (verdicts[0] === '+"OK"') allowed++;
          assertEquals(verdicts[0], verdicts[1], `${rules.join(" ")}: ${words.join(" ")}`);
        }
      }
      assert(allowed > USERS && allowed < USERS * REQUESTS_OF_EACH / 2, `${allowed} allowed`);
    }),
});
