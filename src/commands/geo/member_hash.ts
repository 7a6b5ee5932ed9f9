import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";

/** The score of the member in argument `i`, or undefined. */
export function hashOf(call: Call, entry: number, i: number): number | undefined {
  const { sortedSets } = call.keyspace;
  const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(i));
  return handle === 0 ? undefined : sortedSets.score(entry, handle);
}

/**
 * Declares a command that replies with something about the place of each member in its arguments; the geohash of a missing member is
 * undefined.
 */
export function placesCommand(
  about: Pick<CommandSpec, "name" | "summary">,
  replyPlace: (reply: ReplyWriter, hash: number | undefined) => void,
): CommandSpec {
  return command({
    ...about,
    group: "geo",
    since: "3.2.0",
    complexity: "O(1) for each member",
    arity: -2,
    flags: ["readonly"],
    keys: oneKey("RO access"),
    syntax: "key [member [member ...]]",
    run(call) {
      const { args, reply } = call;
      const entry = call.lookupForRead(1, ValueType.SortedSet);
      reply.array(args.count - 2);
      for (let i = 2; i < args.count; i++) replyPlace(reply, hashOf(call, entry, i));
    },
  });
}
