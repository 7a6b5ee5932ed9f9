import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteDue, positiveDeadline, type TimeUnit, timeUnitAt } from "../shared/expire_time.ts";

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
    const entry = call.lookupForRead(1, ValueType.String);
    if (entry === 0) return call.reply.null();
    const deadlineMs = ttl === undefined ? NO_TTL : positiveDeadline(call, amountAt, ttl);
    call.replyValue(entry);
    if (ttl === undefined && !persists) return;
    if (deadlineMs !== NO_TTL && call.hasPassed(deadlineMs)) {
      deleteDue(call, entry);
    } else if (deadlineMs !== NO_TTL) {
      db.setDeadline(entry, deadlineMs);
      call.keyChanged(1, "generic", "expire")
        .propagateAs("PEXPIREAT", call.range(1), deadlineMs);
    } else if (call.keyspace.entries.hasTtl(entry)) {
      db.setDeadline(entry, NO_TTL);
      call.keyChanged(1, "generic", "persist").propagateAs("PERSIST", call.range(1));
    }
  },
});
