/**
 * Reads Lua's values where they lie in the machine's memory.
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { LuaEngine, type Pointer } from "./lua_engine.ts";

/** Types of values, as the C API numbers them. */
export const LuaType = {
  None: -1,
  Nil: 0,
  Boolean: 1,
  LightUserdata: 2,
  Number: 3,
  String: 4,
  Table: 5,
  Function: 6,
  Userdata: 7,
  Thread: 8,
} as const;

const TYPE_NAMES = "nil boolean userdata number string table function userdata thread".split(" ");

/*
 * What the C structures look like in this build (Lua 5.1, pointers of 4 bytes): reading them costs nothing, a call of the C API 10 to 20 ns.
 * `verifyLayout` compares both when a machine is made.
 *
 *     lua_State   8 top   12 base   20 ci, the call that runs   52 nCcalls (16 bits)   54 baseCcalls (16 bits)   72 the table of globals, a TValue
 *     CallInfo    8 top: so far the function may push without asking
 *     Closure     6 whether it is written in C (a byte)   12 env
 *     TValue      0 value (8 bytes)   8 type                16 bytes in all
 *     TString     12 length   16 bytes of the string
 *     Table       16 node: the hash part, or a dummy that all tables without one share   28 room for elements
 */
/** Where a thread has the end of its stack. */
export const TOP = 8;
/** Where a thread has the first value of the call that runs. */
export const BASE = 12;
/** Where a thread has the call that runs. */
export const CALL = 20;
/** Where a call has the end of what it may push. */
export const CALL_TOP = 8;
/** Where a thread counts its nested calls of C. */
export const C_CALLS = 52;
const THREAD_GLOBALS = 72;
/** Where a function says whether it is written in C. */
export const CLOSURE_IS_C = 6;
const CLOSURE_ENV = 12;
/** Where a value has its type. */
export const VALUE_TYPE = 8;
/** How large a value is. */
export const VALUE_BYTES = 16;
/** Where a string has its length. */
export const STRING_LENGTH = 12;
/** Where a string has its bytes. */
export const STRING_BYTES = 16;
/** Lua gives a function so many places on the stack without asking. */
export const FREE_PLACES = 20;
const TABLE_NODE = 16;
const TABLE_ELEMENTS = 28;

/** Where a thread is. */
export interface CallPlace {
  /** Whether the function there is written in Lua. */
  readonly isLua: boolean;
  readonly source: string;
  readonly line: number;
}

/** Places in a `lua_Debug`. */
const RECORD_WHAT = 12;
const RECORD_SOURCE = 16;
const RECORD_LINE = 20;
const RECORD_BYTES = 100;

/** One machine with its one state, as far as it can be read without changing it. */
export class LuaValues {
  readonly engine: LuaEngine;

  /** The main thread. It runs no scripts, so its stack is there for whoever sets up something. */
  readonly main: Pointer;

  /** The thread whose stack the methods below are about: the one that has called the function that runs. */
  thread: Pointer;
  readonly #range: ByteRange;
  /** Where all tables without fields have their nodes. */
  readonly noFields: Pointer;

  #record: Pointer = 0;

  constructor(limitBytes: number) {
    this.engine = new LuaEngine(limitBytes);
    this.main = this.thread = this.engine.c.luaL_newstate();
    this.#range = { bytes: this.engine.bytes, start: 0, length: 0 };
    this.noFields = this.#verifyLayout();
  }

  /** How many values are on the stack: within a function that has pushed nothing yet, its arguments. */
  get count(): number {
    return this.countOf(this.thread);
  }

  /** How many values are on the stack of another thread. */
  countOf(thread: Pointer): number {
    const { words } = this.engine;
    return (words[(thread + TOP) >> 2] - words[(thread + BASE) >> 2]) / VALUE_BYTES;
  }

  /** The {@link LuaType} of a value; `None` beyond the top. */
  type(i: number): number {
    const slot = this.slot(i);
    return slot === 0 ? LuaType.None : this.engine.words[(slot + VALUE_TYPE) >> 2];
  }

  isTable(i: number): boolean {
    return this.type(i) === LuaType.Table;
  }

  isString(i: number): boolean {
    return this.type(i) === LuaType.String;
  }

  /** The number that stands at a place; it must be one. */
  number(i: number): number {
    return this.engine.doubles[this.slot(i) >> 3];
  }

  /** As C sees a value in a condition: all but nil and false are true. */
  boolean(i: number): boolean {
    const type = this.type(i);
    return type > LuaType.Boolean || type === LuaType.Boolean && this.#value(i) !== 0;
  }

  /**
   * The bytes of a string, or of a number's text (which takes the number's place); undefined for anything else. There is one object for all: it is good until the next
   * call of this method, and its bytes until the next push.
   */
  bytes(i: number): ByteRange | undefined {
    const type = this.type(i);
    if (type === LuaType.Number) this.engine.c.lua_tolstring(this.thread, i, 0);
    else if (type !== LuaType.String) return undefined;
    const string = this.#value(i);
    const range = this.#range;
    range.bytes = this.engine.bytes;
    range.start = string + STRING_BYTES;
    range.length = this.engine.words[(string + STRING_LENGTH) >> 2];
    return range;
  }

  /** As {@link bytes}, as a text with a character for each byte. */
  text(i: number): string | undefined {
    const range = this.bytes(i);
    if (range === undefined) return undefined;
    const { bytes, start, length } = range;
    let text = "";
    for (let at = start; at < start + length; at++) text += String.fromCharCode(bytes[at]);
    return text;
  }

  /** A value as `tostring` shows it, without metamethods. */
  describe(i: number): string {
    switch (this.type(i)) {
      case LuaType.None:
      case LuaType.Nil:
        return "nil";
      case LuaType.Boolean:
        return String(this.boolean(i));
    }
    const { c } = this.engine;
    return this.text(i) ??
      `${TYPE_NAMES[this.type(i)]}: 0x${(c.lua_topointer(this.thread, i) >>> 0).toString(16)}`;
  }

  /** Whether a value is light userdata of this number. */
  isLightUserdata(i: number, pointer: number): boolean {
    return this.type(i) === LuaType.LightUserdata && this.#value(i) === pointer;
  }

  /** Whether the table at `i` can hold anything but the elements 1, 2, 3 ... without gaps: false is sure, true is not. */
  mayHaveFields(i: number): boolean {
    return this.engine.words[(this.#value(i) + TABLE_NODE) >> 2] !== this.noFields;
  }

  /** Whether nothing was ever put into the table with this address. */
  isUntouched(address: Pointer): boolean {
    const { words } = this.engine;
    return words[(address + TABLE_NODE) >> 2] === this.noFields &&
      words[(address + TABLE_ELEMENTS) >> 2] === 0;
  }

  /** The thread that stands at a place; it must be one. */
  threadAt(i: number): Pointer {
    return this.#value(i);
  }

  /** Where a table or a function is, while it lives. */
  address(i: number): Pointer {
    return this.#value(i);
  }

  /** Whether the value at `i` is a function that is written in Lua. */
  isLuaFunction(i: number): boolean {
    return this.type(i) === LuaType.Function &&
      this.engine.bytes[this.address(i) + CLOSURE_IS_C] === 0;
  }

  /** The address of a thread's table of globals. */
  globals(thread: Pointer): Pointer {
    return this.engine.words[(thread + THREAD_GLOBALS) >> 2];
  }

  /** The address of the environment of the function at `i`. */
  environment(i: number): Pointer {
    return this.engine.words[(this.#value(i) + CLOSURE_ENV) >> 2];
  }

  /** Where a thread is at a level of its calls, 0 being the innermost; undefined if there is no such level. */
  place(thread: Pointer, level: number): CallPlace | undefined {
    const { engine } = this;
    const { record } = this;
    if (engine.c.lua_getstack(thread, level, record) === 0) return undefined;
    engine.c.lua_getinfo(thread, engine.cString("Sl"), record);
    const { words } = engine;
    return {
      isLua: this.#cText(words[(record + RECORD_WHAT) >> 2]) !== "C",
      source: this.#cText(words[(record + RECORD_SOURCE) >> 2]),
      line: words[(record + RECORD_LINE) >> 2],
    };
  }

  /** Memory for a `lua_Debug`. */
  protected get record(): Pointer {
    return this.#record ||= this.engine.c.malloc(RECORD_BYTES);
  }

  #cText(pointer: Pointer): string {
    const { bytes } = this.engine;
    let text = "";
    for (let at = pointer; bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]);
    return text;
  }

  /** Where a value stands in memory; 0 beyond the top. */
  slot(i: number): Pointer {
    const { words } = this.engine;
    const top = words[(this.thread + TOP) >> 2];
    if (i < 0) return top + i * VALUE_BYTES;
    const slot = words[(this.thread + BASE) >> 2] + (i - 1) * VALUE_BYTES;
    return slot < top ? slot : 0;
  }

  /** The first word of a value: a boolean, or the address of an object. */
  #value(i: number): number {
    return this.engine.words[this.slot(i) >> 2];
  }

  /** Throws unless values are where this file says. Returns the address of the node that tables without fields share. */
  #verifyLayout(): Pointer {
    const { c } = this.engine;
    c.lua_pushlstring(this.main, this.engine.temporaryCString("ab\0c"), 4);
    c.lua_pushnumber(this.main, 1.5);
    c.lua_pushboolean(this.main, 1);
    const { bytes, start, length } = this.bytes(1)!;
    const { words } = this.engine;
    const room = words[(words[(this.main + CALL) >> 2] + CALL_TOP) >> 2] -
      words[(this.main + TOP) >> 2];
    const isRight = room === (FREE_PLACES - this.count) * VALUE_BYTES && this.count === 3 &&
      length === 4 && bytes[start + 3] === 0x63 &&
      start === c.lua_tolstring(this.thread, 1, 0) && this.number(2) === 1.5 && this.boolean(3) &&
      [1, 2, 3, -1, 4].every((i) => this.type(i) === c.lua_type(this.thread, i));
    if (!isRight) throw new Error("Lua's structures are not where this file says they are");
    c.lua_createtable(this.main, 0, 0);
    const node = this.engine.words[(this.#value(-1) + TABLE_NODE) >> 2];
    c.lua_settop(this.main, 0);
    return node;
  }
}
