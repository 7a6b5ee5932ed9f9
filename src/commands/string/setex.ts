import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { positiveDeadline, type TimeUnit } from "../shared/expire_time.ts";

function setWithTtl(name: string, unit: TimeUnit, amount: string): CommandSpec {
  return command({
    name,
    group: "string",
    summary: "Stores a string under a key and lets it expire.",
    since: name === "setex" ? "2.0.0" : "2.6.0",
    complexity: "O(1)",
    arity: 4,
    flags: ["write", "denyoom"],
    keys: oneKey("OW update"),
    syntax: `key ${amount} value`,
    replacedBy: { since: "2.6.12", command: `\`SET\` with the \`${unit.token}\` argument` },
    run(call) {
      const deadlineMs = positiveDeadline(call, 2, unit);
      call.setString(1, 3, deadlineMs);
      call.keyChanged(1, "string", "set");
      call.keyEvent(1, "generic", "expire")
        .propagateAs("SET", call.range(1), call.range(3), "PXAT", deadlineMs);
      call.reply.ok();
    },
  });
}

/** SETEX: stores a string that expires after some seconds. */
export const setex: CommandSpec = setWithTtl(
  "setex",
  { token: "EX", milliseconds: 1000, isAbsolute: false },
  "seconds",
);

/** PSETEX: stores a string that expires after some milliseconds. */
export const psetex: CommandSpec = setWithTtl(
  "psetex",
  { token: "PX", milliseconds: 1, isAbsolute: false },
  "milliseconds",
);
