/**
 * Lua as the functions that scripts call see it: the stack of the thread that calls, and nothing else.
 *
 * A function for scripts is a {@link HostFunction}. It finds its arguments on the stack, from 1 to {@link Lua.count}; it pushes its results and
 * returns how many there are:
 *
 *     const half: HostFunction = (lua) => {
 *       lua.pushNumber(lua.checkNumber(1) / 2);
 *       return 1;
 *     };
 *
 * - Indices are those of Lua's C API: 1 is the first argument, -1 the top of the stack. `check...` raise the error that Lua's own libraries raise
 *   for a wrong argument: "bad argument #1 to 'half' (number expected, got nil)".
 * - **To fail** call {@link Lua.raise} or {@link Lua.raiseArgument}. They do not return, and what they throw must be caught by nobody: no
 *   `try`, no `finally` around anything that may raise, which is everything that takes memory.
 * - **Strings are bytes.** {@link Lua.checkBytes} gives a range of the machine's own memory, without a copy; it is good until the next push,
 *   because the memory may grow then and `range.bytes` be gone. `bytes` of {@link Lua.engine} is always the present one, and a string does not move: a
 *   function that reads while it pushes keeps `start` and reads `lua.engine.bytes`. The string itself lives as long as it is on the stack.
 * - **Results** are pushed as numbers, bytes or tables: `createTable`, push a value, `rawSetIndex(-2, i)`; or push key and value and `rawSet(-3)`.
 *   What recurses asks {@link Lua.checkStack} for room first: a function has twenty places without asking.
 * - A function must leave nothing behind in JavaScript that belongs to one script, and must not call Lua back.
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { LuaThreads, REGISTRY } from "./lua_threads.ts";
import type { Pointer } from "./lua_engine.ts";
import { isBlack, roomFor } from "./lua_tables.ts";
import { BASE, LuaType, TOP, VALUE_BYTES, VALUE_TYPE } from "./lua_values.ts";

export { LuaType } from "./lua_values.ts";

/** The first byte of what is compiled. */
const ESCAPE = 27;

/** A function that scripts can call. */
export type HostFunction = (lua: Lua) => number;

/** One machine with its one state: see the module's comment. */
export class Lua extends LuaThreads {
  /** Functions that C can call, by what they do: what is made for one is never freed. */
  readonly #functions = new Map<HostFunction, number>();

  /** Argument `i` as a number; a string that spells one is one. Raises an error otherwise. */
  checkNumber(i: number): number {
    if (this.type(i) === LuaType.Number) return this.number(i);
    return this.engine.c.luaL_checknumber(this.thread, i);
  }

  /** Argument `i` as an integer of 32 bits. Raises an error if it is no number. */
  checkInteger(i: number): number {
    return this.engine.c.luaL_checkinteger(this.thread, i);
  }

  /** As {@link checkInteger}, or a default if there is no such argument or it is nil. */
  optionalInteger(i: number, missing: number): number {
    return this.type(i) <= LuaType.Nil ? missing : this.checkInteger(i);
  }

  /** Argument `i` as bytes, see {@link bytes}. Raises an error if it is neither string nor number. */
  checkBytes(i: number): ByteRange {
    return this.bytes(i) ?? this.raiseType(i, "string");
  }

  /** Raises an error unless argument `i` is a table. */
  checkTable(i: number): void {
    if (!this.isTable(i)) this.raiseType(i, "table");
  }

  /** Raises an error unless there is an argument `i`, though it may be nil. */
  checkAny(i: number): void {
    if (this.type(i) === LuaType.None) this.raiseArgument(i, "value expected");
  }

  /** Sees to it that so many values more can be pushed; raises "stack overflow (message)" otherwise. */
  checkStack(size: number, message: string): void {
    this.engine.c.luaL_checkstack(this.thread, size, this.engine.cString(message));
  }

  /** Whether so many values more can be pushed; if so there is room for them now. */
  hasRoom(size: number): boolean {
    return this.hasRoomOn(this.thread, size);
  }

  /**
   * Compiles a text of a script's, which lies in the machine's memory, and pushes the function; or pushes a message, and returns another status
   * than `Done`. One that is compiled already is refused, in the words of a parser that finds its first byte: it could do anything.
   */
  loadText(start: Pointer, length: number, name: Pointer): number {
    const { engine } = this;
    const isCompiled = length > 0 && engine.bytes[start] === ESCAPE;
    if (!isCompiled) return engine.c.luaL_loadbuffer(this.thread, start, length, name);
    const status = engine.c.luaL_loadbuffer(this.thread, engine.cString("\x01"), 1, name);
    const text = this.text(-1)!.replace("char(1)", `char(${ESCAPE})`);
    this.pop();
    this.pushText(text);
    return status;
  }

  pushNil(): void {
    this.#push(LuaType.Nil);
  }

  pushBoolean(value: boolean): void {
    this.engine.words[this.#push(LuaType.Boolean) >> 2] = value ? 1 : 0;
  }

  pushNumber(value: number): void {
    this.engine.doubles[this.#push(LuaType.Number) >> 3] = value;
  }

  /** Pushes a string of `length` bytes from `start`; they may lie in the machine's own memory. */
  pushBytes(bytes: Uint8Array, start: number, length: number): void {
    const { engine } = this;
    if (bytes === engine.bytes) return engine.c.lua_pushlstring(this.thread, start, length);
    const pointer = engine.scratch(length);
    const target = engine.bytes;
    if (length < 64) { for (let i = 0; i < length; i++) target[pointer + i] = bytes[start + i]; }
    else target.set(bytes.subarray(start, start + length), pointer);
    engine.c.lua_pushlstring(this.thread, pointer, length);
  }

  /** Pushes a text whose characters are bytes (all below U+0100). */
  pushText(text: string): void {
    const pointer = this.engine.temporaryCString(text);
    this.engine.c.lua_pushlstring(this.thread, pointer, text.length);
  }

  /** Pushes light userdata: a value that equals only itself (`cjson.null` is the one of 0). */
  pushLightUserdata(pointer: number): void {
    this.engine.words[this.#push(LuaType.LightUserdata) >> 2] = pointer;
  }

  /** Pushes a copy of a value. */
  pushValue(i: number): void {
    this.engine.c.lua_pushvalue(this.thread, i);
  }

  /** Pushes a function, with so many values popped from the stack as its upvalues. */
  pushFunction(body: HostFunction, upvalues = 0): void {
    let index = this.#functions.get(body);
    if (index === undefined) {
      index = this.engine.makeFunction((thread) => {
        this.thread = thread;
        return body(this);
      });
      this.#functions.set(body, index);
    }
    this.engine.c.lua_pushcclosure(this.thread, index, upvalues);
  }

  /** The function of C's at place `i`, as one that another function can call in its own place. */
  ownFunction(i: number): HostFunction {
    const { c } = this.engine;
    const own = c.__indirect_function_table.get(c.lua_tocfunction(this.thread, i))!;
    return (lua) => own(lua.thread);
  }

  /** Pushes a new table with room for so many elements and fields. */
  createTable(elements: number, fields: number): void {
    this.engine.c.lua_createtable(this.thread, elements, fields);
  }

  /** Replaces the key on top by its value in the table at `i`, without metamethods. */
  rawGet(i: number): void {
    this.engine.c.lua_rawget(this.thread, i);
  }

  /** Pushes element `index` of the table at `i`, without metamethods. */
  rawGetIndex(i: number, index: number): void {
    const slot = roomFor(this.engine.words, this.address(i), index);
    if (slot === 0) this.engine.c.lua_rawgeti(this.thread, i, index);
    else this.pushSlot(slot);
  }

  /** Pushes a field of the table at `i`, without metamethods. */
  rawGetField(i: number, name: string): void {
    const at = i < 0 && i > REGISTRY ? i - 1 : i;
    this.engine.c.lua_pushlstring(this.thread, this.engine.cString(name), name.length);
    this.engine.c.lua_rawget(this.thread, at);
  }

  /** Pops a value and the key below it, and puts them into the table at `i`, without metamethods. */
  rawSet(i: number): void {
    this.engine.c.lua_rawset(this.thread, i);
  }

  /** Pops a value and makes it element `index` of the table at `i`, without metamethods. */
  rawSetIndex(i: number, index: number): void {
    if (!this.#popInto(this.address(i), index)) {
      this.engine.c.lua_rawseti(this.thread, i, index);
    }
  }

  /** Pops a value and makes it element `index` of the table at this address, which must have room for it. */
  popElement(table: Pointer, index: number): void {
    if (this.#popInto(table, index)) return;
    const { c, doubles, words } = this.engine;
    // There is no address that C's function would take, so the table takes the value's place on the stack, below the value.
    const value = words[(this.thread + TOP) >> 2] - VALUE_BYTES;
    c.lua_pushvalue(this.thread, -1);
    doubles[value >> 3] = 0;
    words[value >> 2] = table;
    words[(value + VALUE_TYPE) >> 2] = LuaType.Table;
    c.lua_rawseti(this.thread, -2, index);
    this.pop();
  }

  /** As {@link popElement}; false, and nothing is done, if the collector would have to be told, or there is no room. */
  #popInto(table: Pointer, index: number): boolean {
    const { bytes, doubles, words } = this.engine;
    const slot = roomFor(words, table, index);
    if (slot === 0 || isBlack(bytes, table)) return false;
    const value = words[(this.thread + TOP) >> 2] - VALUE_BYTES;
    doubles[slot >> 3] = doubles[value >> 3];
    words[(slot + VALUE_TYPE) >> 2] = words[(value + VALUE_TYPE) >> 2];
    words[(this.thread + TOP) >> 2] = value;
    return true;
  }

  /** Pops a value and makes it a field of the table at `i`; of one without metatable. */
  setField(i: number, name: string): void {
    this.engine.c.lua_setfield(this.thread, i, this.engine.cString(name));
  }

  /** As {@link setField}, without metamethods. */
  rawSetField(i: number, name: string): void {
    const { c } = this.engine;
    c.lua_pushlstring(this.thread, this.engine.cString(name), name.length);
    c.lua_insert(this.thread, -2);
    c.lua_rawset(this.thread, i < 0 && i > REGISTRY ? i - 1 : i);
  }

  /** Pops a table, or nil, and makes it the metatable of the table at `i`. */
  setMetatable(i: number): void {
    this.engine.c.lua_setmetatable(this.thread, i);
  }

  /** Pops a key and pushes the next one with its value; pushes nothing and returns false behind the last. Begins with nil. */
  next(i: number): boolean {
    return this.engine.c.lua_next(this.thread, i) !== 0;
  }

  /** The length that `#` tells, without metamethods. */
  length(i: number): number {
    return this.engine.c.lua_objlen(this.thread, i);
  }

  pop(count = 1): void {
    this.engine.words[(this.thread + TOP) >> 2] -= count * VALUE_BYTES;
  }

  /** Drops what is above place `count`, or pushes nils up to it. */
  setTop(count: number): void {
    const { words } = this.engine;
    const top = words[(this.thread + BASE) >> 2] + count * VALUE_BYTES;
    for (let slot = words[(this.thread + TOP) >> 2]; slot < top; slot += VALUE_BYTES) {
      words[(slot + VALUE_TYPE) >> 2] = LuaType.Nil;
    }
    words[(this.thread + TOP) >> 2] = top;
  }

  /** Moves the top to place `i`. */
  insert(i: number): void {
    this.engine.c.lua_insert(this.thread, i);
  }

  /** Pops the top and puts it in the place of another value. */
  replace(i: number): void {
    this.engine.c.lua_replace(this.thread, i);
  }

  /** Takes a value out. */
  remove(i: number): void {
    this.engine.c.lua_remove(this.thread, i);
  }

  /** Pushes a value of a type that is no object's; returns where it is to be written. The stack has room: C's functions do not ask either. */
  #push(type: number): Pointer {
    const { words } = this.engine;
    const slot = words[(this.thread + TOP) >> 2];
    words[(slot + VALUE_TYPE) >> 2] = type;
    words[(this.thread + TOP) >> 2] = slot + VALUE_BYTES;
    return slot;
  }
}
