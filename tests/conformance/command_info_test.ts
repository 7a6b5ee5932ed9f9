/**
 * Every command's arity, flags, keys and categories as redis-server tells them. Where 7.2 differs from the 7.0 we compare with, the
 * test says so.
 */
import { AssertionError } from "@std/assert";
import { commandSpecs } from "../../src/commands/mod.ts";
import { problem, withPair } from "../support/differential.ts";
import { type Reply, show } from "../support/resp_client.ts";

/** What 7.2 changed, or what is here on purpose otherwise: these are not compared. */
const CHANGED_SINCE_7_0: Readonly<Record<string, string>> = {
  acl: "7.2 has hints for DELUSER, SAVE and SETUSER",
  blmove: "7.2 lets scripts run it",
  blpop: "7.2 lets scripts run it",
  brpop: "7.2 lets scripts run it",
  brpoplpush: "7.2 lets scripts run it",
  bzpopmax: "7.2 lets scripts run it",
  bzpopmin: "7.2 lets scripts run it",
  command: "7.2 has GETKEYS for commands without arguments",
  config: "7.2 has hints for RESETSTAT and REWRITE",
  latency: "7.2 has another hint for RESET",
  msetnx: "7.2 has no hints for it",
  quit: "7.2 allows it while a script is busy, and marks it deprecated",
  client: "7.2 added NO-TOUCH and SETINFO",
  cluster: "7.2 added MYSHARDID, and SHARDS and SLOTS run while data is loaded",
  randomkey: "7.2 has a hint more",
  scan: "7.2 has a hint more",
  wait: "7.2 lets scripts run it",
  zrank: "7.2 added WITHSCORE",
  zrevrank: "7.2 added WITHSCORE",
};

/** A command's description without what has no meaning to compare: order within sets, HELP's neighbours. */
function describe(reply: Reply): string {
  if (reply.elements.length < 10) return show(reply);
  const [name, arity, flags, first, last, step, categories, tips, keys, subcommands] =
    reply.elements;
  const sorted = (set: Reply) => set.elements.map(show).sort().join(" ");
  const nested = subcommands.elements.map(describe).sort().join("\n  ");
  return `${[name, arity, first, last, step].map(show).join(" ")} flags:${sorted(flags)} ` +
    `categories:${sorted(categories)} tips:${sorted(tips)} keys:${show(keys)}\n  ${nested}`;
}

Deno.test({
  name: problem === undefined
    ? "COMMAND INFO tells what redis-server tells"
    : `COMMAND INFO (skipped: ${problem})`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async ({ ours, oracle }) => {
      const differences: string[] = [];
      for (const { name, since } of commandSpecs) {
        const isNewer = Number.parseFloat(since) > 7;
        if (isNewer || name in CHANGED_SINCE_7_0) continue;
        const [actual, expected] = await Promise.all(
          [ours, oracle].map((client) => client.call("COMMAND", "INFO", name)),
        );
        const [actualText, expectedText] = [actual, expected].map(({ elements }) =>
          describe(elements[0])
        );
        if (actualText !== expectedText) {
          differences.push(`redeno: ${actualText}\nredis:  ${expectedText}`);
        }
      }
      if (differences.length > 0) throw new AssertionError(`\n${differences.join("\n")}`);
    }),
});
