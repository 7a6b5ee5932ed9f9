/** LPUSH and its family: RPUSH, RPUSHX. @module */
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { END_EVENTS, letter } from "./end_words.ts";

function pushCommand(end: ListEnd, needsList: boolean): CommandSpec {
  const name = `${letter(end)}push${needsList ? "x" : ""}`;
  return command({
    name,
    group: "list",
    summary: `Adds elements at the ${end} of a list${needsList ? ", only if there is one" : ""}.`,
    since: needsList ? "2.2.0" : "1.0.0",
    history: [{
      since: needsList ? "4.0.0" : "2.4.0",
      change: "Takes several elements.",
      arityBefore: 3,
    }],
    complexity: "O(1) for each element",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey("RW insert"),
    syntax: "key element [element ...]",
    run(call) {
      const { args, db, reply } = call;
      const { lists } = call.keyspace;
      let entry = call.lookupForWrite(1, ValueType.List);
      if (entry === 0 && needsList) return reply.integer(0);
      if (entry === 0) entry = lists.create(db, call.key(1));
      let bytes = 0;
      for (let i = 2; i < args.count; i++) bytes += args.lengths[i];
      entry = lists.makeRoom(db, entry, args.count - 2, bytes);
      for (let i = 2; i < args.count; i++) entry = lists.push(db, entry, call.range(i), end);
      call.keyChanged(1, "list", END_EVENTS[end].push, args.count - 2);
      reply.integer(lists.count(entry));
    },
  });
}

/** LPUSH: adds elements at the head. */
export const lpush: CommandSpec = pushCommand("head", false);

/** RPUSH: adds elements at the tail. */
export const rpush: CommandSpec = pushCommand("tail", false);

/** LPUSHX: adds elements at the head of a list that exists. */
export const lpushx: CommandSpec = pushCommand("head", true);

/** RPUSHX: adds elements at the tail of a list that exists. */
export const rpushx: CommandSpec = pushCommand("tail", true);
