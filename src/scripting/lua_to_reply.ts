/**
 * Values of Lua as replies to the client: the way back of `reply_to_lua.ts`.
 *
 * A number loses its fraction, nil ends an array, true is 1 and false null (unless the script speaks RESP3: then both are booleans).
 *
 * @module
 */
import { cText } from "../lib/bytes.ts";
import { INT64_LIMIT, INT64_MIN } from "../lib/integer.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import { type Lua, LuaType } from "./lua.ts";

/** Places on the stack that a value takes at most. */
const ROOM = 4;
/** Maps and sets within each other. */
const MAX_DEPTH = 500;

/** Where a reply goes, and what else its writer must know. */
export interface ReplyTarget {
  reply: ReplyWriter;
  /** The protocol that the script speaks: it may have chosen another than its client. */
  resp: number;
  /** Called for each error that is written. `isCounted`: the statistics of errors know of it already. */
  onError(text: string, isCounted: boolean): void;
}

/**
 * Writes the value on top of the stack as a reply, and pops it. Arrays within arrays are walked without recursion: Lua's stack has room for more of
 * them than that of JavaScript.
 */
export function writeValue(lua: Lua, target: ReplyTarget): void {
  writeAny(lua, target, 0);
}

function writeAny(lua: Lua, target: ReplyTarget, depth: number): void {
  const count = writeOne(lua, target, depth);
  if (count < 0) lua.pop();
  else writeElements(lua, target, depth, count);
}

/** Writes the elements of the array on top, and pops it. */
function writeElements(lua: Lua, target: ReplyTarget, depth: number, count: number): void {
  /** Of each array that is being written: the next element, and how many there are. Its table is on the stack. */
  const open = [{ next: 1, count }];
  for (;;) {
    let array = open.at(-1);
    while (array !== undefined && array.next > array.count) {
      lua.pop();
      open.pop();
      array = open.at(-1);
    }
    if (array === undefined) return;
    lua.rawGetIndex(-1, array.next++);
    const inner = writeOne(lua, target, depth);
    if (inner < 0) lua.pop();
    else open.push({ next: 1, count: inner });
  }
}

/** Writes the value on top, or the header of an array: then it returns how many elements follow, and -1 otherwise. */
function writeOne(lua: Lua, target: ReplyTarget, depth: number): number {
  const { reply } = target;
  if (depth > MAX_DEPTH || !lua.hasRoom(ROOM)) {
    writeError(target, "ERR reached lua stack limit", false);
    return -1;
  }
  switch (lua.type(-1)) {
    case LuaType.String: {
      const { bytes, start, length } = lua.bytes(-1)!;
      reply.bulk(bytes, start, length);
      return -1;
    }
    case LuaType.Number:
      writeNumber(reply, lua.number(-1));
      return -1;
    case LuaType.Boolean:
      writeBoolean(target, lua.boolean(-1));
      return -1;
    case LuaType.Table: {
      if (lua.mayHaveFields(-1) && writeFields(lua, target, depth)) return -1;
      const count = countElements(lua);
      reply.array(count);
      return count;
    }
  }
  reply.null();
  return -1;
}

function writeNumber(reply: ReplyWriter, value: number): void {
  const whole = Math.trunc(value) + 0;
  if (Number.isSafeInteger(whole)) reply.integer(whole);
  else reply.bigInteger(Math.abs(whole) < INT64_LIMIT ? BigInt(whole) : INT64_MIN);
}

function writeBoolean({ reply, resp }: ReplyTarget, value: boolean): void {
  if (resp === 3) reply.boolean(value);
  else if (value) reply.integer(1);
  else reply.null();
}

function writeError(target: ReplyTarget, text: string, isCounted: boolean): void {
  target.reply.error(text);
  target.onError(text, isCounted);
}

/** Writes the table on top as what one of its fields says that it is; false if none does. */
function writeFields(lua: Lua, target: ReplyTarget, depth: number): boolean {
  const { reply } = target;
  const count = lua.count;
  const isWritten = writeErrorField(lua, target) ||
    hasField(lua, "ok", LuaType.String) && written(reply.simple(oneLine(lua.text(-1)!))) ||
    hasField(lua, "double", LuaType.Number) && written(reply.double(lua.number(-1))) ||
    hasField(lua, "big_number", LuaType.String) &&
      written(reply.bigNumber(oneLine(lua.text(-1)!))) ||
    hasField(lua, "verbatim_string", LuaType.Table) && writeVerbatim(lua, reply) ||
    hasField(lua, "map", LuaType.Table) && writePairs(lua, target, depth, true) ||
    hasField(lua, "set", LuaType.Table) && writePairs(lua, target, depth, false);
  lua.setTop(count);
  return isWritten;
}

/** Whether the table on top has a field of this type: then its value is pushed. */
function hasField(lua: Lua, name: string, type: number): boolean {
  lua.rawGetField(-1, name);
  if (lua.type(-1) === type) return true;
  lua.pop();
  return false;
}

const written = (_: undefined) => true;

/** A text as a line of the protocol; as in C, a NUL ends it. */
function oneLine(text: string): string {
  return cText(text).replaceAll(/[\r\n]/g, " ");
}

function writeErrorField(lua: Lua, target: ReplyTarget): boolean {
  if (!hasField(lua, "err", LuaType.String)) return false;
  const text = cText(lua.text(-1)!);
  lua.pop();
  const isCounted = hasField(lua, "ignore_error_stats_update", LuaType.Boolean) && lua.boolean(-1);
  writeError(target, text, isCounted);
  return true;
}

function writeVerbatim(lua: Lua, reply: ReplyWriter): boolean {
  if (!hasField(lua, "format", LuaType.String)) return false;
  const format = cText(lua.text(-1)!).slice(0, 3).padEnd(3);
  lua.pop();
  if (!hasField(lua, "string", LuaType.String)) return false;
  const { bytes, start, length } = lua.bytes(-1)!;
  reply.verbatimBytes(bytes.subarray(start, start + length), format);
  return true;
}

/** Writes the table on top as a map, or its keys as a set. */
function writePairs(lua: Lua, target: ReplyTarget, depth: number, isMap: boolean): boolean {
  const { reply } = target;
  const begin = reply.beginArray();
  let count = 0;
  lua.pushNil();
  while (lua.next(-2)) {
    if (!isMap) lua.pop();
    lua.pushValue(isMap ? -2 : -1);
    writeAny(lua, target, depth + 1);
    if (isMap) writeAny(lua, target, depth + 1);
    count++;
  }
  if (isMap) reply.endMap(begin, count);
  else reply.endSet(begin, count);
  return true;
}

/** How many elements the table on top has before the first nil. */
function countElements(lua: Lua): number {
  for (let i = 1;; i++) {
    lua.rawGetIndex(-1, i);
    const isEnd = lua.type(-1) === LuaType.Nil;
    lua.pop();
    if (isEnd) return i - 1;
  }
}
