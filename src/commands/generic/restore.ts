import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { err, errors, ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";
import { isPayloadIntact, restoreValue } from "../../rdb/dump_payload.ts";
import { RdbError } from "../../rdb/format.ts";
import { mustHaveRoom } from "../shared/room.ts";
import { deleteDue, latestDeadline } from "../shared/expire_time.ts";

/** How much larger than its payload a value may be, unless the payload is made for that. */
const UNPACKED_FACTOR = 8;

const badFormat = err("Bad data format");

/** The options of RESTORE. */
interface RestoreOptions {
  replaces: boolean;
  isAbsolute: boolean;
  idleSeconds: number | undefined;
  frequency: number | undefined;
}

function parseOptions(call: Call): RestoreOptions {
  const { args } = call;
  const options: RestoreOptions = {
    replaces: false,
    isAbsolute: false,
    idleSeconds: undefined,
    frequency: undefined,
  };
  for (let i = 4; i < args.count; i++) {
    const isLast = i + 1 === args.count;
    if (args.is(i, "REPLACE")) options.replaces = true;
    else if (args.is(i, "ABSTTL")) options.isAbsolute = true;
    else if (args.is(i, "IDLETIME") && !isLast && options.frequency === undefined) {
      options.idleSeconds = call.integer(++i);
      if (options.idleSeconds < 0) throw err("Invalid IDLETIME value, must be >= 0");
    } else if (args.is(i, "FREQ") && !isLast && options.idleSeconds === undefined) {
      options.frequency = call.integer(++i);
      if (options.frequency < 0 || options.frequency > 255) {
        throw err("Invalid FREQ value, must be >= 0 and <= 255");
      }
    } else throw errors.syntax;
  }
  return options;
}

/**
 * Builds the payload's value under its key in the scratch database; returns the entry. If the payload is broken it throws and leaves
 * nothing.
 */
function build(call: Call): Address {
  const { keyspace } = call.server;
  const payload = call.range(3);
  mustHaveRoom(call, UNPACKED_FACTOR * payload.length);
  if (!isPayloadIntact(payload, call.server.switches.checksChecksums)) {
    throw err("DUMP payload version or checksum are wrong");
  }
  try {
    const key = call.key(1);
    // Expired fields are removed when the hash is in its place and is looked up there.
    return keyspace.withoutExpiry(() => {
      restoreValue(keyspace, keyspace.scratch, key, payload);
      return keyspace.scratch.lookup(key.bytes, key.start, key.length);
    });
  } catch (error) {
    keyspace.scratch.clear();
    if (!(error instanceof RdbError)) throw error;
    call.server.log.verbose(`RESTORE: ${error.message}`);
    throw badFormat;
  }
}

function restoreCommand(name: string, flags: CommandSpec["flags"], group: CommandSpec["group"]) {
  return command({
    name,
    group,
    summary: "Makes a key with a value that DUMP replied with.",
    since: name === "restore" ? "2.6.0" : "3.0.0",
    isInternal: name === "restore-asking",
    history: [
      { since: "3.0.0", change: "`REPLACE` replaces a key.", options: ["REPLACE"], arityBefore: 4 },
      { since: "5.0.0", change: "`ABSTTL` makes the TTL a time since 1970.", options: ["ABSTTL"] },
      {
        since: "5.0.0",
        change: "`IDLETIME` and `FREQ` set what eviction looks at.",
        options: ["IDLETIME", "FREQ"],
      },
    ],
    complexity: "O(N) where N is the size of the value",
    arity: -4,
    flags,
    categories: ["keyspace", "dangerous"],
    keys: oneKey("OW update"),
    syntax: "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
    run: runRestore,
  });
}

function runRestore(call: Call): undefined {
  const { args, db, reply } = call;
  const { keyspace } = call.server;
  const options = parseOptions(call);
  if (!options.replaces && call.lookupForWrite(1) !== 0) {
    throw new ReplyError("BUSYKEY Target key name already exists.");
  }
  const ttlMs = call.integer(2);
  if (ttlMs < 0) throw err("Invalid TTL value, must be >= 0");
  const built = build(call);
  const old = call.lookupForWrite(1);
  const fromMs = options.isAbsolute ? 0 : call.nowMs;
  const deadlineMs = ttlMs === 0 ? NO_TTL : latestDeadline(fromMs + ttlMs);
  if (deadlineMs !== NO_TTL && call.hasPassed(deadlineMs)) {
    keyspace.scratch.clear();
    if (old !== 0) deleteDue(call, old);
    return reply.ok();
  }
  keyspace.scratch.moveTo(built, db, args.bytes, args.starts[1], args.lengths[1]);
  // Propagated before the key is looked up, because the lookup may delete expired fields, and these deletions must come behind.
  propagate(call, deadlineMs, options);
  setUse(call, options, deadlineMs);
  call.keyChanged(1, "generic", "restore");
  reply.ok();
}

/** Propagates the request with its deadline as a time since 1970. */
function propagate(call: Call, deadlineMs: number, { isAbsolute }: RestoreOptions): void {
  const mark = deadlineMs === NO_TTL || isAbsolute ? undefined : "ABSTTL";
  call.propagateAs(call.range(0), call.range(1), deadlineMs, call.args.words(3), mark);
}

/** Gives the new key its deadline, and its idle time or frequency. */
function setUse(call: Call, { idleSeconds, frequency }: RestoreOptions, deadlineMs: number): void {
  const { accessClock, entries } = call.keyspace;
  const entry = call.lookupQuietly(1);
  // A hash whose fields had all expired is gone already.
  if (entry === 0) return;
  if (frequency !== undefined && accessClock.isLfu) {
    entries.setClock(entry, accessClock.withFrequency(frequency));
  } else if (idleSeconds !== undefined && !accessClock.isLfu) {
    entries.setClock(entry, accessClock.withIdle(idleSeconds));
  }
  if (deadlineMs !== NO_TTL) call.db.setDeadline(entry, deadlineMs);
}

/** RESTORE: makes a key from a serialized value. */
export const restore: CommandSpec = restoreCommand("restore", ["write", "denyoom"], "generic");

/** RESTORE-ASKING: RESTORE as the nodes of a cluster send it to each other. */
export const restoreAsking: CommandSpec = restoreCommand(
  "restore-asking",
  ["write", "denyoom", "asking"],
  "server",
);
