/** XRANGE and its family: XREVRANGE. @module */
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { replyRange } from "./entries.ts";
import { rangeEnd, rangeStart } from "./ids.ts";

function rangeCommand(name: string, isReversed: boolean, syntax: string): CommandSpec {
  return command({
    name,
    group: "stream",
    summary: `Lists the entries within a range of ids${isReversed ? ", the last first" : ""}.`,
    since: "5.0.0",
    history: [
      { since: "6.2.0", change: "The ends may be left out of the range." },
    ],
    complexity: "O(N) where N is the number of entries replied",
    arity: -4,
    flags: ["readonly"],
    keys: oneKey("RO access"),
    syntax,
    run: (call) => runRange(call, isReversed),
  });
}

function runRange(call: Call, isReversed: boolean): undefined {
  const { args, reply } = call;
  const from = rangeStart(call, isReversed ? 3 : 2);
  const to = rangeEnd(call, isReversed ? 2 : 3);
  let count: number | undefined;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, "COUNT") || i + 1 === args.count) throw errors.syntax;
    count = Math.max(0, call.integer(i + 1));
  }
  const stream = call.lookupForRead(1, ValueType.Stream);
  if (stream === 0) return reply.array(0);
  if (count === 0) return reply.nullArray();
  replyRange(call, stream, from, to, count ?? 0, isReversed);
}

/** XRANGE: entries in order. */
export const xrange: CommandSpec = rangeCommand("xrange", false, "key start end [COUNT count]");

/** XREVRANGE: entries backwards. */
export const xrevrange: CommandSpec = rangeCommand(
  "xrevrange",
  true,
  "key end start [COUNT count]",
);
