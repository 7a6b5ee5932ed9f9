/**
 * The replies of COMMAND, made from the specs.
 *
 * @module
 */
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import type { Command } from "../../command/command.ts";
import { isShown } from "../../command/command_flags.ts";
import { lastKey } from "../../command/key_positions.ts";
import type { KeySpec, VersionChange } from "../../command/spec_for.ts";
import { type Argument, parseSyntax } from "../../command/syntax.ts";

/** One element of COMMAND INFO. */
export function replyCommandInfo(reply: ReplyWriter, command: Command): undefined {
  const { spec } = command;
  const keys = spec.keys ?? [];
  reply.array(10);
  reply.bulkText(command.fullName);
  reply.integer(spec.arity);
  const flags = spec.flags.filter(isShown);
  reply.set(flags.length);
  for (const flag of flags) reply.simple(flag);
  // The old form with three numbers cannot describe keys that are counted or searched for.
  const ranges = keys.filter(({ isCounted, keyword, isUnknown }) =>
    !isCounted && keyword === undefined && !isUnknown
  );
  reply.integer(ranges.length === 0 ? 0 : Math.min(...ranges.map(({ first }) => first)));
  reply.integer(legacyLast(ranges));
  reply.integer(ranges.length === 0 ? 0 : ranges[0].step);
  const { categories } = command;
  reply.set(categories.length);
  for (const category of categories) reply.simple(category);
  const tips = spec.tips ?? [];
  reply.array(tips.length);
  for (const tip of tips) reply.bulkText(tip);
  reply.array(keys.length);
  for (const key of keys) replyKeySpec(reply, key);
  const subcommands = [...command.subcommands?.values() ?? []];
  reply.array(subcommands.length);
  for (const subcommand of subcommands) replyCommandInfo(reply, subcommand);
}

function legacyLast(keys: readonly KeySpec[]): number {
  if (keys.length === 0) return 0;
  const lasts = keys.map(lastKey);
  return lasts.some((last) => last < 0) ? Math.min(...lasts) : Math.max(...lasts);
}

function replyKeySpec(reply: ReplyWriter, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.bulkText("notes");
    reply.bulkText(spec.notes);
  }
  reply.bulkText("flags");
  reply.set(spec.flags.length);
  for (const flag of spec.flags) reply.simple(flag);
  if (spec.isUnknown) {
    replySearch(reply, "begin_search", "unknown", []);
    return replySearch(reply, "find_keys", "unknown", []);
  }
  if (spec.keyword === undefined) {
    replySearch(reply, "begin_search", "index", [["index", spec.first]]);
  } else {
    const where = [["keyword", spec.keyword], ["startfrom", spec.first]] as const;
    replySearch(reply, "begin_search", "keyword", where);
  }
  if (spec.isCounted) {
    replySearch(reply, "find_keys", "keynum", [["keynumidx", 0], ["firstkey", 1], ["keystep", 1]]);
  } else {
    const { last, step, limit = 0 } = spec;
    const range = [["lastkey", last], ["keystep", step], ["limit", limit]] as const;
    replySearch(reply, "find_keys", "range", range);
  }
}

/** Replies with one half of a key spec: the way to search, and its parameters. */
function replySearch(
  reply: ReplyWriter,
  name: string,
  type: string,
  values: readonly (readonly [string, string | number])[],
): void {
  reply.bulkText(name);
  reply.map(2);
  reply.bulkText("type");
  reply.bulkText(type);
  reply.bulkText("spec");
  reply.map(values.length);
  for (const [key, value] of values) {
    reply.bulkText(key);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}

/** The arguments of each syntax that was asked for; there are as many as commands. */
const parsed = new Map<string, readonly Argument[]>();

function argumentsOf(syntax: string): readonly Argument[] {
  let parts = parsed.get(syntax);
  if (parts === undefined) parsed.set(syntax, parts = parseSyntax(syntax));
  return parts;
}

/** Replies with one command of COMMAND DOCS: its name and a map. */
export function replyCommandDocs(reply: ReplyWriter, command: Command): undefined {
  const { spec } = command;
  reply.bulkText(command.fullName);
  const begin = reply.beginArray();
  let pairs = 0;
  const field = (name: string, write: () => void) => {
    reply.bulkText(name);
    write();
    pairs++;
  };
  field("summary", () => reply.bulkText(spec.summary));
  field("since", () => reply.bulkText(spec.since));
  field("group", () => reply.bulkText(spec.group));
  field("complexity", () => reply.bulkText(spec.complexity));
  const { history = [], isInternal = false, replacedBy } = spec;
  if (isInternal || replacedBy !== undefined) {
    field("doc_flags", () => {
      reply.set(1);
      reply.simple(isInternal ? "syscmd" : "deprecated");
    });
  }
  if (replacedBy !== undefined) {
    field("deprecated_since", () => reply.bulkText(replacedBy.since));
    field("replaced_by", () => reply.bulkText(replacedBy.command));
  }
  const told = history.filter(({ change }) => change !== undefined);
  if (told.length > 0) field("history", () => replyHistory(reply, told));
  if (spec.syntax !== undefined) {
    const parts = argumentsOf(spec.syntax);
    const nextKey = { index: 0 };
    field("arguments", () => replyArguments(reply, parts, nextKey));
  }
  if (command.subcommands !== undefined) {
    const subcommands = [...command.subcommands.values()];
    field("subcommands", () => {
      reply.map(subcommands.length);
      for (const subcommand of subcommands) replyCommandDocs(reply, subcommand);
    });
  }
  reply.endMap(begin, pairs);
}

function replyHistory(reply: ReplyWriter, history: readonly VersionChange[]): void {
  reply.set(history.length);
  for (const { since, change } of history) {
    reply.array(2);
    reply.bulkText(since);
    reply.bulkText(change!);
  }
}

function replyArguments(
  reply: ReplyWriter,
  parts: readonly Argument[],
  nextKey: { index: number },
): void {
  reply.array(parts.length);
  for (const part of parts) {
    const begin = reply.beginArray();
    let pairs = 0;
    const text = (name: string, value: string) => {
      reply.bulkText(name);
      reply.bulkText(value);
      pairs++;
    };
    text("name", part.name);
    text("type", part.type);
    if (part.parts === undefined) text("display_text", part.name);
    if (part.type === "key") {
      reply.bulkText("key_spec_index");
      reply.integer(nextKey.index++);
      pairs++;
    }
    if (part.token !== undefined) text("token", part.token);
    const flags = [
      ...(part.isOptional ? ["optional"] : []),
      ...(part.isMultiple ? ["multiple"] : []),
    ];
    if (flags.length > 0) {
      reply.bulkText("flags");
      reply.set(flags.length);
      for (const flag of flags) reply.simple(flag);
      pairs++;
    }
    if (part.parts !== undefined) {
      reply.bulkText("arguments");
      replyArguments(reply, part.parts, nextKey);
      pairs++;
    }
    reply.endMap(begin, pairs);
  }
}
