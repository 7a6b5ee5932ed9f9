import type { Address } from "../../arena/memory.ts";
import type { Call } from "../call.ts";
import { errors } from "../errors.ts";
import { command, type CommandSpec, countedKeys, oneKey } from "../spec.ts";
import { removeRanks } from "./zrem.ts";

/** Replies with the first or last members with their scores and removes them. */
function pop(
  call: Call,
  i: number,
  entry: Address,
  count: number,
  isMax: boolean,
  inPairs: boolean,
): undefined {
  const { reply } = call;
  const { sortedSets } = call.server.keyspace;
  const total = sortedSets.count(entry);
  const popped = Math.min(count, total);
  reply.array(inPairs ? popped : popped * 2);
  sortedSets.walk(entry, isMax ? total - 1 : 0, popped, isMax, (handle) => {
    if (inPairs) reply.array(2);
    call.replyRange(sortedSets.member(entry, handle));
    reply.double(sortedSets.score(entry, handle));
  });
  const start = isMax ? total - popped : 0;
  const range = { start, end: start + popped };
  removeRanks(call, i, entry, range, isMax ? "zpopmax" : "zpopmin");
}

function popCommand(name: string, isMax: boolean): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Removes the members with the ${
      isMax ? "highest" : "lowest"
    } scores, and replies with them.`,
    since: "5.0.0",
    complexity: "O(log(N)*M) where N is the size of the set and M the number of members",
    arity: -2,
    flags: ["write", "fast"],
    keys: oneKey("RW access delete"),
    syntax: "key [count]",
    run(call) {
      const { args, reply } = call;
      if (args.count > 3) throw errors.syntax;
      const hasCount = args.count === 3;
      const count = hasCount ? call.integer(2, errors.notPositive) : 1;
      if (count < 0) throw errors.notPositive;
      const entry = call.lookupSortedSetForWrite(1);
      if (entry === 0 || count === 0) return reply.array(0);
      return pop(call, 1, entry, count, isMax, hasCount && reply.resp === 3);
    },
  });
}

/** ZPOPMIN: the lowest scores. */
export const zpopmin: CommandSpec = popCommand("zpopmin", false);
/** ZPOPMAX: the highest scores. */
export const zpopmax: CommandSpec = popCommand("zpopmax", true);

/** ZMPOP: pops from the first sorted set that is there. */
export const zmpop: CommandSpec = command({
  name: "zmpop",
  group: "sorted-set",
  summary:
    "Removes members with the lowest or highest scores from the first of several sorted sets that exists.",
  since: "7.0.0",
  complexity:
    "O(K)+O(M*log(N)) where K is the number of keys, M of members and N the size of the set",
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [countedKeys("RW access delete", 1)],
  syntax: "numkeys key [key ...] <MIN | MAX> [COUNT count]",
  run(call) {
    const { args, reply } = call;
    const numkeys = call.integer(1, errors.numkeysNotPositive);
    if (numkeys < 1) throw errors.numkeysNotPositive;
    const where = numkeys + 2;
    if (where >= args.count) throw errors.syntax;
    const isMax = args.is(where, "MAX");
    if (!isMax && !args.is(where, "MIN")) throw errors.syntax;
    let count: number | undefined;
    for (let i = where + 1; i < args.count; i += 2) {
      if (count !== undefined || !args.is(i, "COUNT") || i + 1 === args.count) throw errors.syntax;
      count = call.integer(i + 1, errors.countNotPositive);
      if (count < 1) throw errors.countNotPositive;
    }
    for (let i = 2; i < where; i++) {
      const entry = call.lookupSortedSetForWrite(i);
      if (entry === 0) continue;
      reply.array(2);
      reply.bulk(args.bytes, args.starts[i], args.lengths[i]);
      return pop(call, i, entry, count ?? 1, isMax, true);
    }
    reply.nullArray();
  },
});
