import { ValueType } from "../../keyspace/value_type.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { KEEP_TTL, NO_TTL } from "../../keyspace/database.ts";
import { isWord } from "../../lib/bytes.ts";
import { positiveDeadline, type TimeUnit, timeUnitAt } from "../shared/expire_time.ts";
import { command, type CommandSpec, type KeyFlag, oneKey } from "../../command/spec.ts";

const READS_OLD: readonly KeyFlag[] = ["RW", "access", "update"];
const OVERWRITES: readonly KeyFlag[] = ["OW", "update"];

interface SetOptions {
  condition: "NX" | "XX" | undefined;
  returnsOld: boolean;
  /** The deadline, as `Database.put` takes it. */
  deadlineMs: number;
}

/** SET: stores a string under a key, replacing any old value, type and TTL. */
export const set: CommandSpec = command({
  name: "set",
  group: "string",
  summary: "Stores a string under a key, whatever the key held before.",
  since: "1.0.0",
  history: [
    {
      since: "2.6.12",
      change: "`EX`, `PX`, `NX` and `XX` are options.",
      options: ["EX", "PX", "NX", "XX"],
      arityBefore: 3,
    },
    { since: "6.0.0", change: "`KEEPTTL` keeps the TTL.", options: ["KEEPTTL"] },
    {
      since: "6.2.0",
      change: "`GET` replies with the old value; `EXAT` and `PXAT` take a time since 1970.",
      options: ["GET", "EXAT", "PXAT"],
    },
    { since: "7.0.0", change: "`NX` and `GET` may stand together." },
  ],
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: oneKey(
    "RW access update variable_flags",
    "RW and ACCESS due to the optional `GET` argument",
  ),
  findKeys: (args) => [{ index: 1, flags: mayReadOld(args) ? READS_OLD : OVERWRITES }],
  syntax: "key value [NX | XX] [GET] " +
    "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
  run(call) {
    if (call.args.count > 3) return setWithOptions(call);
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set");
    call.reply.ok();
  },
});

/** Whether GET may be among the options. */
function mayReadOld(args: Arguments): boolean {
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "GET")) return true;
  }
  return false;
}

function setWithOptions(call: Call): undefined {
  const options = parseOptions(call);
  const { reply } = call;
  const old = options.returnsOld ? call.lookupForRead(1, ValueType.String) : call.lookupForWrite(1);
  if (options.returnsOld) call.replyValue(old);
  const exists = old !== 0;
  if (options.condition !== undefined && exists !== (options.condition === "XX")) {
    if (!options.returnsOld) reply.null();
    return;
  }
  call.setString(1, 2, options.deadlineMs);
  call.keyChanged(1, "string", "set");
  if (options.deadlineMs > 0) call.keyEvent(1, "generic", "expire");
  propagate(call, options);
  if (!options.returnsOld) reply.ok();
}

/** Propagates the request with its deadline as a time since 1970, and without GET. */
function propagate(call: Call, { deadlineMs, returnsOld }: SetOptions): void {
  if (deadlineMs > 0) {
    call.propagateAs("SET", call.range(1), call.range(2), "PXAT", deadlineMs);
  } else if (returnsOld) {
    call.propagateWords(() => call.args.texts().filter((word, i) => i < 3 || !isWord(word, "GET")));
  }
}

/** Reads the options. They may be repeated; the last one that takes a time counts. */
function parseOptions(call: Call): SetOptions {
  const { args } = call;
  const options: SetOptions = { condition: undefined, returnsOld: false, deadlineMs: NO_TTL };
  let ttl: TimeUnit | undefined;
  let amountAt = 0;
  for (let i = 3; i < args.count; i++) {
    const unit = timeUnitAt(call, i);
    if (args.is(i, "NX") && options.condition !== "XX") options.condition = "NX";
    else if (args.is(i, "XX") && options.condition !== "NX") options.condition = "XX";
    else if (args.is(i, "GET")) options.returnsOld = true;
    else if (args.is(i, "KEEPTTL") && ttl === undefined) options.deadlineMs = KEEP_TTL;
    else if (
      unit !== undefined && options.deadlineMs !== KEEP_TTL && (ttl ?? unit) === unit
    ) {
      ttl = unit;
      amountAt = ++i;
    } else throw errors.syntax;
  }
  if (ttl !== undefined) options.deadlineMs = positiveDeadline(call, amountAt, ttl);
  return options;
}
