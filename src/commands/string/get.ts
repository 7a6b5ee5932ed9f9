import { NO_TTL } from "../../keyspace/database.ts";
import { errors } from "../../command/errors.ts";
import { deleteDue, positiveDeadline, type TimeUnit, timeUnitAt } from "../shared/expire_time.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** GET: replies with the string of a key. */
export const get: CommandSpec = command({
  name: "get",
  group: "string",
  summary: "Replies with the string that a key holds.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key",
  run(call) {
    call.replyValue(call.lookupStringForRead(1));
  },
});

/** GETDEL: replies with the string of a key and deletes the key. */
export const getdel: CommandSpec = command({
  name: "getdel",
  group: "string",
  summary: "Replies with the string that a key holds, and deletes the key.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: oneKey("RW access delete"),
  syntax: "key",
  run(call) {
    const entry = call.lookupStringForRead(1);
    call.replyValue(entry);
    if (entry === 0) return;
    call.db.delete(entry);
    call.keyChanged(1, "generic", "del");
    if (call.isPropagated) call.propagateAs("DEL", call.range(1));
  },
});

/** GETSET: stores a string and replies with the old one. */
export const getset: CommandSpec = command({
  name: "getset",
  group: "string",
  summary: "Replies with the string that a key holds, and stores another one.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key value",
  replacedBy: { since: "6.2.0", command: "SET with the GET argument" },
  run(call) {
    call.replyValue(call.lookupStringForRead(1));
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set");
    if (call.isPropagated) call.propagateAs("SET", call.range(1), call.range(2));
  },
});

/** GETEX: replies with the string of a key and changes its TTL. */
export const getex: CommandSpec = command({
  name: "getex",
  group: "string",
  summary: "Replies with the string that a key holds, and sets or removes its TTL.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: -2,
  flags: ["write", "fast"],
  keys: oneKey("RW access update", "RW and UPDATE because it changes the TTL"),
  syntax: "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | " +
    "PXAT unix-time-milliseconds | PERSIST]",
  run(call) {
    const { args, db } = call;
    let persists = false;
    let ttl: TimeUnit | undefined;
    let amountAt = 0;
    for (let i = 2; i < args.count; i++) {
      const unit = timeUnitAt(call, i);
      if (args.is(i, "PERSIST") && ttl === undefined) persists = true;
      else if (unit !== undefined && !persists && (ttl ?? unit) === unit) {
        ttl = unit;
        amountAt = ++i;
      } else throw errors.syntax;
    }
    const entry = call.lookupStringForRead(1);
    if (entry === 0) return call.reply.null();
    const deadlineMs = ttl === undefined ? NO_TTL : positiveDeadline(call, amountAt, ttl);
    call.replyValue(entry);
    if (ttl === undefined && !persists) return;
    if (deadlineMs !== NO_TTL && call.hasPassed(deadlineMs)) {
      deleteDue(call, entry);
    } else if (deadlineMs !== NO_TTL) {
      db.setDeadline(entry, deadlineMs);
      call.keyChanged(1, "generic", "expire");
      if (call.isPropagated) call.propagateAs("PEXPIREAT", call.range(1), deadlineMs);
    } else if (call.server.keyspace.entries.hasTtl(entry)) {
      db.setDeadline(entry, NO_TTL);
      call.keyChanged(1, "generic", "persist");
      if (call.isPropagated) call.propagateAs("PERSIST", call.range(1));
    }
  },
});
