import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { exactTrimWords, parseTrimOptions } from "./trim_options.ts";

/** XTRIM: removes entries from the start. */
export const xtrim: CommandSpec = command({
  name: "xtrim",
  group: "stream",
  summary: "Removes entries from the start of a stream, down to a length or up to an id.",
  since: "5.0.0",
  history: [
    { since: "6.2.0", change: "`MINID` and `LIMIT` are options.", options: ["MINID", "LIMIT"] },
  ],
  complexity: "O(N) where N is the number of entries removed",
  arity: -4,
  flags: ["write"],
  keys: oneKey("RW delete"),
  tips: ["nondeterministic_output"],
  syntax: "key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]",
  run(call) {
    const { reply } = call;
    const trim = parseTrimOptions(call, () => {
      throw errors.syntax;
    });
    const { target } = trim;
    if (target === undefined) {
      throw err("syntax error, XTRIM must be called with a trimming strategy");
    }
    const stream = call.lookupForWrite(1, ValueType.Stream);
    if (stream === 0) return reply.integer(0);
    const removed = call.keyspace.streams.trim(stream, target);
    if (removed > 0) {
      call.keyChanged(1, "stream", "xtrim", removed)
        .propagateWords(() => exactTrimWords(call, trim, stream));
    }
    reply.integer(removed);
  },
});
