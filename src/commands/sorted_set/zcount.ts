/** ZCOUNT and its family: ZLEXCOUNT. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type Bounds, lexBounds, ranksWithin, scoreBounds } from "./bounds.ts";

function countCommand(
  name: string,
  since: string,
  what: string,
  bounds: (call: Call, min: number, max: number) => Bounds,
): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Counts the members within a range of ${what}.`,
    since,
    complexity: "O(log(N))",
    arity: 4,
    flags: ["readonly", "fast"],
    keys: oneKey("RO access"),
    syntax: "key min max",
    run(call) {
      const range = bounds(call, 2, 3);
      const entry = call.lookupForRead(1, ValueType.SortedSet);
      if (entry === 0) return call.reply.integer(0);
      const { start, end } = ranksWithin(call, entry, range);
      call.reply.integer(end - start);
    },
  });
}

/** ZCOUNT: counts members by score. */
export const zcount: CommandSpec = countCommand("zcount", "2.0.0", "scores", scoreBounds);

/** ZLEXCOUNT: counts members by their bytes. */
export const zlexcount: CommandSpec = countCommand("zlexcount", "2.8.9", "members", lexBounds);
