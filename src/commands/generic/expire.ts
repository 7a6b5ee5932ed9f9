import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { allows, type Conditions, noConditions, noteCondition } from "../shared/conditions.ts";
import { deadline, deleteDue, type TimeUnit } from "../shared/expire_time.ts";

function parseConditions(call: Call): Conditions {
  const { args } = call;
  const given = noConditions();
  for (let i = 3; i < args.count; i++) {
    if (!noteCondition(args, i, given)) throw err(`Unsupported option ${args.cText(i)}`);
  }
  if (given.nx && (given.xx || given.gt || given.lt)) {
    throw err("NX and XX, GT or LT options at the same time are not compatible");
  }
  if (given.gt && given.lt) {
    throw err("GT and LT options at the same time are not compatible");
  }
  return given;
}

function expireCommand(name: string, since: string, unit: TimeUnit, amount: string): CommandSpec {
  return command({
    name,
    group: "generic",
    summary: unit.isAbsolute
      ? `Lets a key expire at a time given in ${
        amount.includes("milli") ? "milli" : ""
      }seconds since 1970.`
      : `Lets a key expire after so many ${amount}.`,
    since,
    history: [
      {
        since: "7.0.0",
        change: "`NX`, `XX`, `GT` and `LT` are conditions.",
        options: ["NX", "XX", "GT", "LT"],
        arityBefore: 3,
      },
    ],
    complexity: "O(1)",
    arity: -3,
    flags: ["write", "fast"],
    keys: oneKey("RW update"),
    syntax: `key ${amount} [NX | XX | GT | LT]`,
    run(call) {
      const { db, reply } = call;
      const conditions = parseConditions(call);
      const deadlineMs = deadline(call, 2, unit);
      const entry = call.lookupForWrite(1);
      const { entries } = call.keyspace;
      if (entry === 0) return reply.integer(0);
      const hasTtl = entries.hasTtl(entry);
      const currentMs = hasTtl ? entries.deadline(entry) : Infinity;
      if (!allows(conditions, hasTtl, currentMs, deadlineMs)) return reply.integer(0);
      if (call.hasPassed(deadlineMs)) {
        deleteDue(call, entry);
      } else {
        db.setDeadline(entry, deadlineMs);
        call.keyChanged(1, "generic", "expire")
          .propagateAs("PEXPIREAT", call.range(1), deadlineMs, call.args.words(3));
      }
      reply.integer(1);
    },
  });
}

const relative = (milliseconds: number) => ({ token: "", milliseconds, isAbsolute: false });

const absolute = (milliseconds: number) => ({ token: "", milliseconds, isAbsolute: true });

/** EXPIRE: seconds from now. */
export const expire: CommandSpec = expireCommand("expire", "1.0.0", relative(1000), "seconds");

/** PEXPIRE: milliseconds from now. */
export const pexpire: CommandSpec = expireCommand("pexpire", "2.6.0", relative(1), "milliseconds");

/** EXPIREAT: seconds since 1970. */
export const expireat: CommandSpec = expireCommand(
  "expireat",
  "1.2.0",
  absolute(1000),
  "unix-time-seconds",
);

/** PEXPIREAT: milliseconds since 1970. */
export const pexpireat: CommandSpec = expireCommand(
  "pexpireat",
  "2.6.0",
  absolute(1),
  "unix-time-milliseconds",
);
