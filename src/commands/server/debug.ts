import { encodeRequest } from "../../resp/request_writer.ts";
import { listpackCount } from "../../encodings/listpack.ts";
import { NO_TTL } from "../../keyspace/database.ts";
import { parseMemory } from "../../config/kinds.ts";
import { fromLatin1 } from "../../lib/bytes.ts";
import { matchesGlob } from "../../lib/glob.ts";
import type { AdminCall } from "../../command/call.ts";
import { err, errors, ReplyError } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { datasetDigest, valueDigest } from "./dataset_digest.ts";
import { branch } from "./debug_branch.ts";
import { clock } from "./debug_clock.ts";
import { fault } from "./debug_fault.ts";
import { isolate } from "./debug_isolate.ts";
import { protocol } from "./debug_protocol.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

const NOT_ALLOWED = "DEBUG command not allowed. If the enable-debug-command option is set to " +
  '"local", you can run it from a local connection, otherwise you need to set this option in the ' +
  "configuration file, and then restart the server.";

/** Longest text that DEBUG STRINGMATCH-LEN makes. */
const MAX_TEXT = 2 ** 29;

const subcommands: Readonly<Record<string, DebugSubcommand>> = {
  "aof-flush-sleep": {
    words: 1,
    syntax: "microseconds",
    summary: "Stops the server for so long before each write of the append-only file.",
    run(call) {
      call.server.persistence.flushDelayMs = call.integer(2) / 1000;
      call.reply.ok();
    },
  },
  "arena": {
    words: 0,
    summary: "Walks the arena and reports faults; the reply is an error if there are any.",
    run({ keyspace, reply }) {
      const { blocks, bytes, problems } = keyspace.check();
      if (problems.length > 0) throw err(`The arena is damaged: ${problems.join("; ")}`);
      reply.bulkText(`blocks:${blocks} bytes:${bytes}`);
    },
  },
  "branch": branch,
  "change-repl-id": {
    words: 0,
    summary: "Begins another history of changes, so that no replica can go on from where it is.",
    run({ reply, server }) {
      server.log.notice("Changing replication IDs after receiving DEBUG change-repl-id");
      server.replication.restartHistory();
      reply.ok();
    },
  },
  "clock": clock,
  "config-rewrite-force-all": {
    words: 0,
    summary: "As CONFIG REWRITE, with every directive, those too that have their default value.",
    run({ reply, server }) {
      const problem = server.control.rewriteConfig(true);
      if (problem !== undefined) throw err(`CONFIG-REWRITE-FORCE-ALL failed: ${problem}`);
      reply.ok();
    },
  },
  "digest": {
    words: 0,
    summary: "Replies with a signature of all data, the same as Redis's for the same data.",
    run(call) {
      call.reply.simple(datasetDigest(call.keyspace));
    },
  },
  "digest-value": {
    words: 0,
    takesMore: true,
    syntax: "[key ...]",
    summary: "Replies with a signature of each key's value.",
    run(call) {
      const { args, reply } = call;
      reply.array(args.count - 2);
      for (let i = 2; i < args.count; i++) {
        const entry = call.lookupQuietly(i);
        reply.simple(entry === 0 ? "0".repeat(40) : valueDigest(call.keyspace, entry));
      }
    },
  },
  "drop-cluster-packet-filter": {
    words: 1,
    syntax: "type",
    summary: "Drops packets of a cluster; without one nothing happens.",
    run(call) {
      call.integer(2);
      call.reply.ok();
    },
  },
  "error": {
    words: 1,
    syntax: "string",
    summary: "Replies with an error.",
    run(call) {
      throw new ReplyError(call.args.text(2));
    },
  },
  "fault": fault,
  "htstats": {
    words: 1,
    takesMore: true,
    syntax: "dbid [FULL]",
    summary: "Shows the shape of a database's hash table.",
    run(call) {
      const database = call.keyspace.databases[call.integer(2)];
      if (database === undefined) throw err("Out of range database");
      const { dict, vectors } = call.keyspace;
      const { elements, segments, slots, depth } = dict.shape(database.root);
      call.reply.verbatim(
        "[Dictionary HT]\nHash table 0 stats (main hash table):\n" +
          ` table size: ${slots}\n number of elements: ${elements}\n segments: ${segments}\n` +
          ` directory depth: ${depth}\n` +
          `[Expires HT]\n number of elements: ${vectors.count(database.volatileRoot)}\n`,
        "txt",
      );
    },
  },
  "isolate": isolate,
  "jmap": {
    words: 0,
    summary: "Writes figures about memory to the log.",
    run({ keyspace, reply, server }) {
      const { arena } = keyspace;
      server.log.notice(
        `Arena: ${arena.byteLength} bytes, ${arena.usedBytes} in use, ${arena.liveBlocks} blocks`,
      );
      reply.ok();
    },
  },
  "listpack": {
    words: 1,
    syntax: "key",
    summary: "Shows the structure of a listpack.",
    run(call) {
      const entry = call.lookupQuietly(2);
      if (entry === 0) throw errors.noSuchKey;
      const { entries } = call.keyspace;
      if (call.keyspace.operations(entry).encodingName(entry) !== "listpack") {
        throw err("Not a listpack encoded object.");
      }
      const { bytes, start, length } = entries.value(entry);
      call.server.log.notice(
        `{total bytes ${length}} {num entries ${listpackCount(bytes, start)}}`,
      );
      call.reply.simple("Listpack structure printed on stdout");
    },
  },
  "loadaof": {
    words: 0,
    summary: "Writes the append-only file out, forgets all data, and loads it again.",
    run({ reply, server }) {
      server.persistence.reloadAof();
      reply.ok();
    },
  },
  "log": {
    words: 1,
    syntax: "message",
    summary: "Writes a message to the log.",
    run({ args, reply, server }) {
      server.log.warning(`DEBUG LOG: ${args.text(2)}`);
      reply.ok();
    },
  },
  "object": {
    words: 1,
    syntax: "key",
    summary: "Shows how a value is stored, even if its key has expired.",
    run(call) {
      const { bytes, start, length } = call.key(2);
      const entry = call.db.peek(bytes, start, length);
      if (entry === 0) throw errors.noSuchKey;
      const { entries, accessClock, arena } = call.keyspace;
      const clock = entries.clock(entry);
      const idle = accessClock.isLfu ? 0 : accessClock.idleSeconds(clock);
      const encoding = call.keyspace.operations(entry).encodingName(entry);
      call.reply.simple(
        `Value at:0x${entry.toString(16)} refcount:1 encoding:${encoding} ` +
          `serializedlength:${entries.valueLength(entry) + 1} lru:${clock} ` +
          `lru_seconds_idle:${idle} block:${arena.sizeOf(entry)}`,
      );
    },
  },
  "pause-cron": {
    words: 1,
    syntax: "0|1",
    summary: "Stops the housekeeping, or lets it go on.",
    run(call) {
      call.server.switches.isCronPaused = call.integer(2) !== 0;
      call.reply.ok();
    },
  },
  "populate": {
    words: 1,
    takesMore: true,
    syntax: "count [prefix] [size]",
    summary: "Makes count string keys named prefix:number, if they do not exist.",
    run(call) {
      const { args, reply } = call;
      if (args.count > 5) throw unknownSubcommand(call);
      const count = notNegative(call, 2);
      const prefix = args.count > 3 ? args.text(3) : "key";
      const size = args.count > 4 ? notNegative(call, 4) : 0;
      for (let i = 0; i < count; i++) populate(call, fromLatin1(`${prefix}:${i}`), i, size);
      reply.ok();
    },
  },
  "protocol": protocol,
  "quicklist-packed-threshold": {
    words: 1,
    syntax: "size",
    summary:
      "Sets the size from which an element of a list has a node of its own; here it has none.",
    run({ args, reply }) {
      const bytes = parseMemory(args.text(2));
      if (bytes === undefined || bytes > 2 ** 32 - 2 ** 20) {
        throw err("argument must be a memory value bigger than 1 and smaller than 4gb");
      }
      reply.ok();
    },
  },
  "reload": {
    words: 0,
    summary: "Builds all databases anew from an RDB file of them, which is kept in memory.",
    run({ reply, server }) {
      server.persistence.reload();
      reply.ok();
    },
  },
  "replybuffer": {
    words: 2,
    syntax: "PEAK-RESET-TIME <NEVER | RESET | milliseconds> | RESIZING <0 | 1>",
    summary: "Is about a buffer that each client has for replies in Redis; here there is none.",
    run(call) {
      const { args } = call;
      if (args.is(2, "PEAK-RESET-TIME")) {
        if (!args.is(3, "NEVER") && !args.is(3, "RESET")) call.integer(3);
      } else if (!args.is(2, "RESIZING")) throw unknownSubcommand(call);
      call.reply.ok();
    },
  },
  "replicate": {
    words: 1,
    takesMore: true,
    syntax: "string [string ...]",
    summary: "Sends a request to replicas, as it is.",
    run({ args, reply, server }) {
      const words = Array.from({ length: args.count - 2 }, (_, i) => args.copy(i + 2));
      server.replication.replicate(encodeRequest(words));
      reply.ok();
    },
  },
  "set-active-expire": {
    words: 1,
    syntax: "0|1",
    summary: "Turns the active expire cycle off or on.",
    run(call) {
      call.server.switches.activeExpireEnabled = call.integer(2) !== 0;
      call.reply.ok();
    },
  },
  "set-disable-deny-scripts": {
    words: 1,
    syntax: "0|1",
    summary: "Lets scripts run what is not for scripts, or not.",
    run(call) {
      call.server.switches.deniesToScripts = call.integer(2) === 0;
      call.reply.ok();
    },
  },
  "set-skip-checksum-validation": {
    words: 1,
    syntax: "0|1",
    summary: "Lets RESTORE take payloads whose checksum is wrong, or not.",
    run(call) {
      call.server.switches.checksChecksums = call.integer(2) === 0;
      call.reply.ok();
    },
  },
  "sleep": {
    words: 1,
    syntax: "seconds",
    summary: "Stops the server for so many seconds, which may have a fraction.",
    run(call) {
      const { args, reply, server } = call;
      server.clock.sleep(Math.max(0, parseFloat(args.text(2)) || 0) * 1000);
      // Within a transaction the time stands still.
      if (call.mayBlock) call.keyspace.setTime(server.clock.now());
      reply.ok();
    },
  },
  "stringmatch-len": {
    words: 2,
    syntax: "len pattern",
    summary: "Matches a pattern against so many letters a, to see how long it takes.",
    run(call) {
      const length = notNegative(call, 2);
      if (length > MAX_TEXT) throw errors.outOfRange;
      const text = new Uint8Array(length).fill(0x61);
      const isMatch = matchesGlob(call.args.copy(3), text);
      call.reply.integer(isMatch ? 1 : 0);
    },
  },
};

function populate(call: AdminCall, key: Uint8Array, i: number, size: number): void {
  const { db } = call;
  if (db.lookup(key, 0, key.length) !== 0) return;
  const text = fromLatin1(`value:${i}`);
  const value = new Uint8Array(size === 0 ? text.length : size);
  value.set(text.subarray(0, value.length));
  db.setString(key, 0, key.length, value, 0, value.length, NO_TTL);
}

/** DEBUG: for tests and for looking inside. */
export const debug: CommandSpec = adminCommand({
  name: "debug",
  group: "server",
  summary: "Looks inside the server, for tests.",
  differs:
    "ARENA, BRANCH, CLOCK, FAULT and ISOLATE are new; missing is what ends the server or shows structures in C",
  since: "1.0.0",
  isInternal: true,
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "subcommand [arg [arg ...]]",
  run(call) {
    const { args, server, client } = call;
    if (!server.control.isAllowed("enable-debug-command", client)) throw err(NOT_ALLOWED);
    const name = args.text(1).toLowerCase();
    if (name === "help") return replyHelp(call);
    const subcommand = subcommands[name];
    if (subcommand === undefined) throw unknownSubcommand(call);
    const more = args.count - 2 - subcommand.words;
    if (more < 0 || more > 0 && !subcommand.takesMore) throw unknownSubcommand(call);
    return subcommand.run(call);
  },
});

function unknownSubcommand({ args }: AdminCall): ReplyError {
  return err(
    `unknown subcommand or wrong number of arguments for '${args.quoted(1)}'. Try DEBUG HELP.`,
  );
}

/** Argument `i` as a number of things. */
function notNegative(call: AdminCall, i: number): number {
  const count = call.integer(i, errors.notPositive);
  if (count < 0) throw errors.notPositive;
  return count;
}

function replyHelp({ reply }: AdminCall): undefined {
  const lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"];
  for (const [name, { syntax, summary }] of Object.entries(subcommands)) {
    lines.push(`${name.toUpperCase()}${syntax === undefined ? "" : ` ${syntax}`}`);
    lines.push(`    ${summary}`);
  }
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
