/** GETRANGE and its family: SUBSTR. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

function runGetrange(call: Call): undefined {
  let start = call.integer(2);
  let end = call.integer(3);
  const entry = call.lookupForRead(1, ValueType.String);
  const value = entry === 0 ? undefined : call.value(entry);
  const length = value?.length ?? 0;
  const isEmpty = start < 0 && end < 0 && start >= end && call.isReversedFromEnd(2, 3);
  start = Math.max(0, start < 0 ? length + start : start);
  end = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
  if (value === undefined || isEmpty || start > end) call.reply.bulkText("");
  else call.reply.bulk(value.bytes, value.start + start, end - start + 1);
}

/** GETRANGE: replies with part of a string. */
export const getrange: CommandSpec = command({
  name: "getrange",
  group: "string",
  summary: "Replies with part of the string that a key holds.",
  since: "2.4.0",
  complexity: "O(N) where N is the length of the reply",
  arity: 4,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key start end",
  run: runGetrange,
});

/** SUBSTR: the old name of GETRANGE. */
export const substr: CommandSpec = command({
  ...getrange,
  name: "substr",
  since: "1.0.0",
  replacedBy: { since: "2.0.0", command: "`GETRANGE`" },
  run: runGetrange,
});
