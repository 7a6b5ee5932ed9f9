/** ZADD and its family: ZINCRBY. @module */
import type { Arguments } from "../../resp/arguments.ts";
import { type AddOptions, addScored, noOptions } from "../shared/add_scored.ts";
import { noteCondition } from "../shared/conditions.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

const NINE = 0x39;

/** Whether argument `i` begins like a number, and so is no option. */
function isNumeric({ bytes, starts, lengths }: Arguments, i: number): boolean {
  return lengths[i] > 0 && bytes[starts[i]] <= NINE;
}

/** The options from argument 2 on, and where the pairs begin. ZINCRBY takes them too: it is ZADD INCR. */
function parseOptions(call: Call, incr: boolean): { given: AddOptions; first: number } {
  const { args } = call;
  const given = noOptions(incr);
  let first = 2;
  for (; first < args.count && !isNumeric(args, first); first++) {
    if (args.is(first, "CH")) given.ch = true;
    else if (args.is(first, "INCR")) given.incr = true;
    else if (!noteCondition(args, first, given)) break;
  }
  const words = args.count - first;
  if (words === 0 || words % 2 !== 0) throw errors.syntax;
  if (given.nx && given.xx) throw errors.xxAndNx;
  if (given.gt && given.nx || given.lt && given.nx || given.gt && given.lt) throw errors.gtLtNx;
  if (given.incr && words > 2) throw errors.incrPair;
  return { given, first };
}

/** Adds the pairs of score and member from argument `first` on, under conditions, and replies. */
function add(call: Call, given: AddOptions, first: number): undefined {
  const { args } = call;
  const scores: number[] = [];
  for (let i = first; i < args.count; i += 2) scores.push(call.double(i));
  addScored(call, given, scores, (i) => first + 2 * i + 1);
}

/** ZADD: adds members with their scores. */
export const zadd: CommandSpec = command({
  name: "zadd",
  group: "sorted-set",
  summary: "Adds members with scores to a sorted set, or changes their scores.",
  since: "1.2.0",
  history: [
    { since: "2.4.0", change: "Takes several members with their scores.", arityBefore: 4 },
    {
      since: "3.0.2",
      change: "`XX`, `NX`, `CH` and `INCR` are options.",
      options: ["XX", "NX", "CH", "INCR"],
    },
    { since: "6.2.0", change: "`GT` and `LT` are conditions.", options: ["GT", "LT"] },
  ],
  complexity: "O(log(N)) for each member, where N is the size of the set",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax: "key [NX | XX] [GT | LT] [CH] [INCR] <score member> [<score member> ...]",
  run(call) {
    const { given, first } = parseOptions(call, false);
    return add(call, given, first);
  },
});

/** ZINCRBY: adds to a score. */
export const zincrby: CommandSpec = command({
  name: "zincrby",
  group: "sorted-set",
  summary: "Adds to the score of a member; a missing one counts as 0.",
  since: "1.2.0",
  complexity: "O(log(N)) where N is the size of the set",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key increment member",
  run(call) {
    const { given, first } = parseOptions(call, true);
    return add(call, given, first);
  },
});
