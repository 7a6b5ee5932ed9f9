import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type ByteRange, copyRange } from "../../lib/bytes.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { chooseDistinct } from "../shared/random_choice.ts";
import { memberChoice } from "./member_choice.ts";

/** Most members in one propagated SREM. */
const PROPAGATED_AT_ONCE = 1024;

/** Removes members from the set under the key in argument 1. */
function removeAll(call: Call, entry: Address, removed: readonly ByteRange[]): void {
  const { sets } = call.keyspace;
  const isEmptied = removed.length >= sets.count(entry);
  let left = entry;
  for (const member of isEmptied ? [] : removed) {
    left = sets.remove(call.db, left, sets.find(left, member));
  }
  call.keyChanged(1, "set", "spop", removed.length);
  if (isEmptied) deleteEmptied(call, 1, entry, true);
  propagateRemoval(call, removed, isEmptied);
}

/** Propagates the members that chance has chosen. */
function propagateRemoval(call: Call, removed: readonly ByteRange[], isEmptied: boolean): void {
  if (isEmptied && call.args.count === 3) {
    const isLazy = call.server.config.flag("lazyfree-lazy-server-del");
    return call.propagateAs(isLazy ? "UNLINK" : "DEL", call.range(1));
  }
  if (removed.length === 1) return call.propagateAs("SREM", call.range(1), removed[0]);
  for (let i = 0; i < removed.length; i += PROPAGATED_AT_ONCE) {
    call.propagateWords(() => {
      const members = removed.slice(i, i + PROPAGATED_AT_ONCE);
      return ["SREM", call.range(1), ...members];
    });
  }
}

/** SPOP: removes random members and replies with them. */
export const spop: CommandSpec = command({
  name: "spop",
  group: "set",
  summary: "Removes members of a set chosen at random, and replies with them.",
  since: "1.0.0",
  history: [
    { since: "3.2.0", change: "May say how many members to take.", arityBefore: 2 },
  ],
  complexity: "O(1), or O(N) where N is the count",
  arity: -2,
  flags: ["write", "fast"],
  keys: oneKey("RW access delete"),
  tips: ["nondeterministic_output"],
  syntax: "key [count]",
  run(call) {
    const { args, reply, server } = call;
    const { sets } = call.keyspace;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 2) {
      const entry = call.lookupForWrite(1, ValueType.Set);
      if (entry === 0) return reply.null();
      const member = copyRange(sets.member(entry, sets.random(entry, server.random)));
      removeAll(call, entry, [member]);
      return call.replyRange(member);
    }
    const count = call.integer(2, errors.notPositive);
    if (count < 0) throw errors.notPositive;
    const entry = call.lookupForWrite(1, ValueType.Set);
    if (entry === 0 || count === 0) return reply.set(0);
    const chosen = chooseDistinct(memberChoice(call, entry), count, server.random)
      .map((handle) => copyRange(sets.member(entry, handle)));
    reply.set(chosen.length);
    for (const member of chosen) call.replyRange(member);
    removeAll(call, entry, chosen);
  },
});
