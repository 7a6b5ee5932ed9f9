/** TTL and its family: EXPIRETIME, PEXPIRETIME. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { INT64_MAX, LARGEST_INT64_DOUBLE } from "../../lib/integer.ts";

/** What TTL and PTTL have and the commands that tell deadlines have not. */
const timeLeft = {
  history: [{ since: "2.8.0", change: "Replies with -2 if there is no such key." }],
  tips: ["nondeterministic_output"],
} as const;

function ttlCommand(
  name: string,
  since: string,
  summary: string,
  show: (deadlineMs: number, nowMs: number) => number,
): CommandSpec {
  return command({
    name,
    group: "generic",
    summary,
    since,
    complexity: "O(1)",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey("RO access"),
    ...(name.endsWith("ttl") ? timeLeft : {}),
    syntax: "key",
    run(call) {
      const entry = call.lookupUntouched(1);
      const { entries } = call.keyspace;
      if (entry === 0) call.reply.integer(-2);
      else if (!entries.hasTtl(entry)) call.reply.integer(-1);
      else replyTime(call, show(entries.deadline(entry), call.nowMs));
    },
  });
}

/**
 * Replies with a time. Deadlines are doubles, so beyond 2^53 (the year 287396) the last digits are lost, and the latest deadline stands for
 * the largest integer.
 */
function replyTime({ reply }: Call, time: number): undefined {
  if (Number.isSafeInteger(time)) return reply.integer(time);
  return reply.bigInteger(time === LARGEST_INT64_DOUBLE ? INT64_MAX : BigInt(time));
}

const inSeconds = (milliseconds: number) => Math.floor((milliseconds + 500) / 1000);

/** TTL: seconds left. */
export const ttl: CommandSpec = ttlCommand(
  "ttl",
  "1.0.0",
  "Replies with the seconds until a key expires; -1 if it does not, -2 if there is none.",
  (deadlineMs, nowMs) => inSeconds(Math.max(0, deadlineMs - nowMs)),
);

/** PTTL: milliseconds left. */
export const pttl: CommandSpec = ttlCommand(
  "pttl",
  "2.6.0",
  "Replies with the milliseconds until a key expires; -1 if it does not, -2 if there is none.",
  (deadlineMs, nowMs) => Math.max(0, deadlineMs - nowMs),
);

/** EXPIRETIME: the deadline in seconds. */
export const expiretime: CommandSpec = ttlCommand(
  "expiretime",
  "7.0.0",
  "Replies with the time a key expires, in seconds since 1970; -1 if it does not, -2 if there is none.",
  inSeconds,
);

/** PEXPIRETIME: the deadline in milliseconds. */
export const pexpiretime: CommandSpec = ttlCommand(
  "pexpiretime",
  "7.0.0",
  "Replies with the time a key expires, in milliseconds since 1970; -1 if it does not, -2 if there is none.",
  (deadlineMs) => deadlineMs,
);
