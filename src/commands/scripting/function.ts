/** FUNCTION: libraries of functions. @module */
import type { Call } from "../../command/call.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import type { FunctionInfo, PausedRun, RestorePolicy } from "../../command/context.ts";
import { err } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { fromLatin1 } from "../../lib/bytes.ts";
import { matchesGlob } from "../../lib/glob.ts";
import { isPayloadIntact } from "../../rdb/dump_payload.ts";
import { RdbError } from "../../rdb/format.ts";
import { dumpFunctions, readFunctions } from "../../rdb/function_store.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";

const base = { group: "scripting", since: "7.0.0", complexity: "O(1)" } as const;
const READS: readonly CommandFlag[] = ["noscript"];
const WRITES: readonly CommandFlag[] = ["noscript", "write"];
const GROWS: readonly CommandFlag[] = ["noscript", "write", "denyoom"];
const EVERYWHERE = ["request_policy:all_shards", "response_policy:all_succeeded"];

const remove = command({
  ...base,
  name: "delete",
  summary: "Deletes a library with its functions.",
  arity: 3,
  flags: WRITES,
  tips: EVERYWHERE,
  syntax: "library-name",
  run(call) {
    if (!call.server.functions.delete(call.args.text(2))) throw err("Library not found");
    call.countChanges(1);
    call.reply.ok();
  },
});

const dump = command({
  ...base,
  name: "dump",
  summary: "Replies with all libraries in a form that RESTORE takes.",
  complexity: "O(N) where N is the size of the libraries",
  arity: 2,
  flags: READS,
  run({ reply, server }) {
    const compresses = server.config.flag("rdbcompression");
    reply.bulkBytes(dumpFunctions(server.functions.texts(), compresses));
  },
});

const flush = command({
  ...base,
  name: "flush",
  summary: "Deletes all libraries.",
  complexity: "O(N) where N is the number of functions",
  arity: -2,
  flags: WRITES,
  tips: EVERYWHERE,
  syntax: "[ASYNC | SYNC]",
  run(call) {
    const { args } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    if (args.count === 3 && !args.is(2, "ASYNC") && !args.is(2, "SYNC")) {
      throw err("FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    call.server.functions.clear();
    call.countChanges(1);
    call.reply.ok();
  },
});

const kill = command({
  ...base,
  name: "kill",
  summary: "Ends the function that runs.",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  run({ reply, server }) {
    server.scripts.kill(false);
    reply.ok();
  },
});

/** What LIST is asked for. */
interface ListOptions {
  readonly pattern: Uint8Array | undefined;
  readonly withCode: boolean;
}

function parseListOptions({ args }: Call): ListOptions {
  let pattern: Uint8Array | undefined;
  let withCode = false;
  for (let i = 2; i < args.count; i++) {
    if (!withCode && args.is(i, "WITHCODE")) withCode = true;
    else if (pattern === undefined && args.is(i, "LIBRARYNAME")) {
      if (++i === args.count) throw err("library name argument was not given");
      pattern = args.copy(i);
    } else throw err(`Unknown argument ${args.cText(i)}`);
  }
  return { pattern, withCode };
}

function writeFunction(reply: ReplyWriter, { description, flagNames, name }: FunctionInfo): void {
  reply.map(3);
  reply.bulkText("name");
  reply.bulkText(name);
  reply.bulkText("description");
  if (description === undefined) reply.null();
  else reply.bulkBytes(fromLatin1(description));
  reply.bulkText("flags");
  reply.set(flagNames.length);
  for (const flag of flagNames) reply.simple(flag);
}

const list = command({
  ...base,
  name: "list",
  summary: "Lists libraries with their functions.",
  complexity: "O(N) where N is the number of functions",
  arity: -2,
  flags: READS,
  tips: ["nondeterministic_output_order"],
  syntax: "[LIBRARYNAME pattern] [WITHCODE]",
  run(call) {
    const { reply, server } = call;
    const { pattern, withCode } = parseListOptions(call);
    const begin = reply.beginArray();
    let count = 0;
    for (const { functions, name, text } of server.functions.libraries.all) {
      if (pattern !== undefined && !isMatch(pattern, name)) continue;
      count++;
      reply.map(withCode ? 4 : 3);
      reply.bulkText("library_name");
      reply.bulkText(name);
      reply.bulkText("engine");
      reply.bulkText("LUA");
      reply.bulkText("functions");
      reply.array(functions.size);
      for (const listed of functions.values()) writeFunction(reply, listed);
      if (!withCode) continue;
      reply.bulkText("library_code");
      reply.bulkBytes(text);
    }
    reply.endArray(begin, count);
  },
});

const load = command({
  ...base,
  name: "load",
  summary: "Adds a library.",
  arity: -3,
  flags: GROWS,
  tips: EVERYWHERE,
  syntax: "[REPLACE] library-code",
  run(call) {
    const { args, client, reply, server } = call;
    const last = args.count - 1;
    for (let i = 2; i < last; i++) {
      if (!args.is(i, "REPLACE")) throw err(`Unknown option given: ${args.cText(i)}`);
    }
    const name = server.functions.load(args.copy(last), last > 2, client.isReplay);
    call.countChanges(1);
    reply.bulkText(name);
  },
});

function restorePolicy({ args }: Call): RestorePolicy {
  if (args.count === 3 || args.is(3, "APPEND")) return "append";
  if (args.is(3, "REPLACE")) return "replace";
  if (args.is(3, "FLUSH")) return "flush";
  throw err("Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
}

const restore = command({
  ...base,
  name: "restore",
  summary: "Adds the libraries that DUMP replied with, all or none.",
  complexity: "O(N) where N is the size of the libraries",
  arity: -3,
  flags: GROWS,
  tips: EVERYWHERE,
  syntax: "serialized-value [FLUSH | APPEND | REPLACE]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 4) throw subcommandSyntax(call);
    const policy = restorePolicy(call);
    const bytes = args.copy(2);
    const payload = { bytes, start: 0, length: bytes.length };
    if (!isPayloadIntact(payload, server.switches.checksChecksums)) {
      throw err("DUMP payload version or checksum are wrong");
    }
    try {
      server.functions.restore(readFunctions(payload), policy);
    } catch (error) {
      throw error instanceof RdbError ? err(error.message) : error;
    }
    call.countChanges(1);
    reply.ok();
  },
});

const stats = command({
  ...base,
  name: "stats",
  summary: "Tells which function runs, and how many there are.",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const { functions: { libraries }, scripts } = server;
    if (scripts.paused?.isEval) throw scripts.busyError!;
    reply.map(2);
    reply.bulkText("running_script");
    writeRunning(reply, scripts.paused);
    reply.bulkText("engines");
    reply.map(1);
    reply.bulkText("LUA");
    reply.map(2);
    reply.bulkText("libraries_count");
    reply.integer(libraries.size);
    reply.bulkText("functions_count");
    reply.integer(libraries.functionCount);
  },
});

function writeRunning(reply: ReplyWriter, running: PausedRun | undefined): void {
  if (running === undefined) return reply.null();
  reply.map(3);
  reply.bulkText("name");
  reply.bulkText(running.name);
  reply.bulkText("command");
  reply.array(running.words.length);
  for (const word of running.words) reply.bulkBytes(word);
  reply.bulkText("duration_ms");
  reply.integer(running.durationMs);
}

function isMatch(pattern: Uint8Array, name: string): boolean {
  return matchesGlob(pattern, fromLatin1(name), 0, name.length, true);
}

const subcommands = [remove, dump, flush, kill, list, load, restore, stats];

/** FUNCTION: libraries of functions. */
export const functions: CommandSpec = command({
  name: "function",
  group: "scripting",
  summary: "Looks after the libraries of functions.",
  since: "7.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("function", "scripting", "7.0.0", subcommands)],
});
