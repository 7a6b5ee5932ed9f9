/**
 * KEYS and ARGV of EVAL's scripts. To make a table and to free it takes longer than many a script, and nothing of a script outlives it that could still refer to
 * one. So the next script with as many words finds the same tables with other words in them, unless a script has made them larger or has
 * given them fields or a metatable. A word that is there already is not even copied.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import type { Pointer } from "./lua_engine.ts";
import { type Lua, LuaType } from "./lua.ts";
import {
  elementRoom,
  hasMetatable,
  slotType,
  stringLength,
  stringStart,
  valueAt,
} from "./lua_tables.ts";

/** Longer words are copied without a look at what is there. */
const COMPARED_BYTES = 64;

/** One of the two tables of a machine. */
export class WordTable {
  /** Where it is. It lives as long as the globals refer to it. */
  #table: Pointer = 0;
  /** How many words it was made for. */
  #room = -1;

  /** `globals` is the place on the stack of the scripts' thread where the table is that refers to this one, by its name. */
  constructor(
    private readonly lua: Lua,
    private readonly globals: number,
    private readonly name: string,
  ) {}

  /** Makes the words from `from` to `to` its elements, and nothing else. */
  fill(args: Arguments, from: number, to: number): void {
    if (this.#room === to - from && this.#isPlain()) return this.#refill(args, from);
    const { globals, lua, name } = this;
    this.#room = -1;
    pushWords(lua, args, from, to);
    this.#table = lua.address(-1);
    lua.setField(globals, name);
    this.#room = to - from;
  }

  #isPlain(): boolean {
    const { engine: { words }, noFields } = this.lua;
    const table = this.#table;
    return elementRoom(words, table) === this.#room && !hasMetatable(words, table) &&
      valueAt(words, table, this.#room) === noFields;
  }

  #refill(args: Arguments, from: number): void {
    const { lua } = this;
    const { bytes, lengths, starts } = args;
    for (let i = 0; i < this.#room; i++) {
      const start = starts[from + i];
      const length = lengths[from + i];
      if (this.#holds(i, bytes, start, length)) continue;
      lua.pushBytes(bytes, start, length);
      lua.popElement(this.#table, i + 1);
    }
  }

  #holds(i: number, bytes: Uint8Array, start: number, length: number): boolean {
    const { bytes: memory, words } = this.lua.engine;
    const slot = valueAt(words, this.#table, i);
    if (slotType(words, slot) !== LuaType.String || stringLength(words, slot) !== length) {
      return false;
    }
    if (length > COMPARED_BYTES) return false;
    const at = stringStart(words, slot);
    for (let j = 0; j < length; j++) if (memory[at + j] !== bytes[start + j]) return false;
    return true;
  }
}

/** Pushes a table of the words from `from` to `to`. */
export function pushWords(
  lua: Lua,
  { bytes, lengths, starts }: Arguments,
  from: number,
  to: number,
): void {
  lua.createTable(to - from, 0);
  for (let i = from; i < to; i++) {
    lua.pushBytes(bytes, starts[i], lengths[i]);
    lua.rawSetIndex(-2, i - from + 1);
  }
}
