/**
 * Lua's threads: compiling, calling, going on, failing; and values that are kept.
 *
 * @module
 */
import type { Pointer } from "./lua_engine.ts";
import { roomFor } from "./lua_tables.ts";
import { C_CALLS, CALL, CALL_TOP, LuaValues, TOP, VALUE_BYTES, VALUE_TYPE } from "./lua_values.ts";

/** Indices that are no places of the stack. */
export const REGISTRY = -10000;
const GLOBALS = -10002;

/** So many calls of C may nest. */
export const MAX_C_CALLS = 200;

/** What came of {@link LuaThreads.resume}; anything else is an error, which is on top of the thread's stack. */
export const Status = { Done: 0, Yielded: 1, MemoryError: 4 } as const;

/** Lets a thread go on that an error has ended: protected calls that are no calls of C. */
export interface ErrorCatcher {
  /** Whether a thread can go on, whose error is on top of its stack. */
  catches(thread: Pointer): boolean;
  /** How many protected calls are open on a thread. */
  countCalls(thread: Pointer): number;
}

/** One machine with its one state, as far as control is concerned. */
export class LuaThreads extends LuaValues {
  /** Where the table of what is kept is. */
  readonly #registry: Pointer = this.engine.c.lua_topointer(this.main, REGISTRY);
  /** Catches errors on the threads that {@link resume} runs. */
  catcher: ErrorCatcher | undefined;
  /** Whether all threads that wait for the one that runs may yield. */
  #othersMayYield = true;

  /** Pops a value and keeps it; returns what {@link pushKept} finds it by. */
  keep(): number {
    return this.engine.c.luaL_ref(this.thread, REGISTRY);
  }

  /** Pushes a value that is kept. */
  pushKept(reference: number): void {
    const slot = roomFor(this.engine.words, this.#registry, reference);
    if (slot === 0) this.engine.c.lua_rawgeti(this.thread, REGISTRY, reference);
    else this.pushSlot(slot);
  }

  /** Pushes a copy of the value in a slot of a table. */
  protected pushSlot(slot: Pointer): void {
    const { doubles, words } = this.engine;
    const top = words[(this.thread + TOP) >> 2];
    doubles[top >> 3] = doubles[slot >> 3];
    words[(top + VALUE_TYPE) >> 2] = words[(slot + VALUE_TYPE) >> 2];
    words[(this.thread + TOP) >> 2] = top + VALUE_BYTES;
  }

  /** Keeps a value no longer. */
  release(reference: number): void {
    this.engine.c.luaL_unref(this.thread, REGISTRY, reference);
  }

  /** Pops a table: it holds the globals of the threads and functions that are made from now on. */
  setGlobals(): void {
    this.engine.c.lua_replace(this.thread, GLOBALS);
  }

  /** Pushes the table of globals. */
  pushGlobals(): void {
    this.engine.c.lua_pushvalue(this.thread, GLOBALS);
  }

  /** Compiles a text and pushes the function; throws if it is none. For texts of the program's own. */
  load(source: string, name: string): void {
    const { c } = this.engine;
    const pointer = this.engine.temporaryCString(source);
    const status = c.luaL_loadbuffer(
      this.thread,
      pointer,
      source.length,
      this.engine.cString(name),
    );
    if (status !== 0) throw new Error(`Cannot compile ${name}: ${this.text(-1)}`);
  }

  /** Calls the function below `args` arguments; returns 0, or pushes the error alone and returns its kind. */
  call(args: number, results: number): number {
    const { thread } = this;
    const status = this.engine.c.lua_pcall(thread, args, results, 0);
    this.thread = thread;
    return status;
  }

  /** Runs a thread on whose stack a function and `args` arguments are, or goes on with one that has yielded. */
  resume(thread: Pointer, args: number): number {
    const from = this.thread;
    const couldYield = this.#othersMayYield;
    this.#othersMayYield = this.mayYield;
    const calls = this.#nestedCalls(from);
    let status = this.#enter(thread, calls, args);
    while (status > Status.Yielded && this.catcher!.catches(thread)) {
      status = this.#enter(thread, calls, 0);
    }
    this.thread = from;
    this.#othersMayYield = couldYield;
    return status;
  }

  #enter(thread: Pointer, calls: number, args: number): number {
    const { c, words } = this.engine;
    words[(thread + C_CALLS) >> 2] = words[(thread + C_CALLS) >> 2] & ~0xffff | calls;
    return c.lua_resume(thread, args);
  }

  /** How deep calls of C nest, which counts for all threads together. A protected call is one in Redis. */
  #nestedCalls(thread: Pointer): number {
    const calls = this.engine.words[(thread + C_CALLS) >> 2] & 0xffff;
    return calls + this.catcher!.countCalls(thread);
  }

  /** Whether one more protected call would be one too many. */
  get isNestedTooDeep(): boolean {
    return this.#nestedCalls(this.thread) + 1 >= MAX_C_CALLS;
  }

  /** Whether a hook may yield now: no function of C is between it and the begin of its coroutine, nor in any that waits for it. */
  get mayYield(): boolean {
    const calls = this.engine.words[(this.thread + C_CALLS) >> 2];
    return this.#othersMayYield && (calls & 0xffff) === calls >>> 16;
  }

  /** Pushes the function at a level of the calls, 0 being the one that runs; nil if it has gone for a last call. False if there is no such level. */
  pushCaller(level: number): boolean {
    const { c } = this.engine;
    const record = this.record;
    if (c.lua_getstack(this.thread, level, record) === 0) return false;
    c.lua_getinfo(this.thread, this.engine.cString("f"), record);
    return true;
  }

  /** What `coroutine.status` says of a thread that does not run. */
  stateOf(thread: Pointer): "suspended" | "normal" | "dead" | "running" {
    const { c } = this.engine;
    if (thread === this.thread) return "running";
    const status = c.lua_status(thread);
    if (status === Status.Yielded) return "suspended";
    if (status !== Status.Done) return "dead";
    if (this.place(thread, 0) !== undefined) return "normal";
    return this.countOf(thread) === 0 ? "dead" : "suspended";
  }

  /** Pops `count` values and pushes them onto another thread's stack, which must have room. */
  moveTo(thread: Pointer, count: number): void {
    this.engine.c.lua_xmove(this.thread, thread, count);
  }

  /** Whether so many values more can be pushed to a thread's stack; if so there is room for them now. */
  protected hasRoomOn(thread: Pointer, size: number): boolean {
    const { words } = this.engine;
    const end = words[(words[(thread + CALL) >> 2] + CALL_TOP) >> 2];
    if (end - words[(thread + TOP) >> 2] >= size * VALUE_BYTES) return true;
    return this.engine.c.lua_checkstack(thread, size) !== 0;
  }

  /** As {@link checkStack}, of another thread: raises the error where this one runs. */
  reserve(thread: Pointer, size: number): void {
    if (!this.hasRoomOn(thread, size)) this.raise("stack overflow");
  }

  /** Raises an error: the message behind the place in the script that has called this function. */
  raise(message: string): never {
    const { c } = this.engine;
    c.luaL_where(this.thread, 1);
    c.lua_pushlstring(this.thread, this.engine.temporaryCString(message), message.length);
    c.lua_concat(this.thread, 2);
    return this.raiseValue();
  }

  /** Raises "bad argument #i to 'function' (message)". */
  raiseArgument(i: number, message: string): never {
    this.engine.c.luaL_argerror(this.thread, i, this.engine.temporaryCString(message));
    throw new Error("luaL_argerror has returned");
  }

  /** Pops a value and raises it as an error. */
  raiseValue(): never {
    this.engine.c.lua_error(this.thread);
    throw new Error("lua_error has returned");
  }

  /** Raises "bad argument #i to 'function' (name expected, got ...)". */
  raiseType(i: number, name: string): never {
    this.engine.c.luaL_typerror(this.thread, i, this.engine.cString(name));
    throw new Error("luaL_typerror has returned");
  }
}
