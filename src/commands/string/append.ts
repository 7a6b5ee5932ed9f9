import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import { copyBytes } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** Throws if a string of this many bytes would be longer than a string may be. */
function checkLength(call: Call, length: number): void {
  if (length > call.server.config.number("proto-max-bulk-len")) throw errors.stringTooLong;
}

/** APPEND: adds to the end of a string. */
export const append: CommandSpec = command({
  name: "append",
  group: "string",
  summary: "Adds to the end of the string that a key holds; a missing key counts as empty.",
  since: "2.0.0",
  complexity: "O(1) amortised, since the room for a string doubles as it grows",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key value",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupStringForWrite(1);
    const added = args.lengths[2];
    if (entry === 0) {
      call.setString(1, 2, NO_TTL);
      reply.integer(added);
    } else {
      const before = call.value(entry).length;
      checkLength(call, before + added);
      const value = call.value(call.db.resizeString(entry, before + added));
      copyBytes(args.bytes, args.starts[2], value.bytes, value.start + before, added);
      reply.integer(before + added);
    }
    call.keyChanged(1, "string", "append");
  },
});

/** STRLEN: replies with the length of a string. */
export const strlen: CommandSpec = command({
  name: "strlen",
  group: "string",
  summary: "Replies with the length of the string that a key holds.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupStringForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.value(entry).length);
  },
});

/** SETRANGE: overwrites part of a string. */
export const setrange: CommandSpec = command({
  name: "setrange",
  group: "string",
  summary: "Overwrites part of a string from an offset on; the string grows as needed.",
  since: "2.2.0",
  complexity: "O(M) where M is the length of the value",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key offset value",
  run(call) {
    const { args, reply } = call;
    const offset = call.integer(2);
    if (offset < 0) throw errors.offsetOutOfRange;
    const added = args.lengths[3];
    const entry = call.lookupStringForWrite(1);
    const before = entry === 0 ? 0 : call.value(entry).length;
    if (added === 0) return reply.integer(before);
    checkLength(call, offset + added);
    const length = Math.max(before, offset + added);
    const grown = entry === 0
      ? call.put(1, RAW_STRING, length, NO_TTL)
      : call.db.resizeString(entry, length);
    const value = call.value(grown);
    if (entry === 0) value.bytes.fill(0, value.start, value.start + length);
    copyBytes(args.bytes, args.starts[3], value.bytes, value.start + offset, added);
    call.keyChanged(1, "string", "setrange");
    reply.integer(length);
  },
});

function runGetrange(call: Call): undefined {
  let start = call.integer(2);
  let end = call.integer(3);
  const entry = call.lookupStringForRead(1);
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
  replacedBy: { since: "2.0.0", command: "GETRANGE" },
  run: runGetrange,
});
