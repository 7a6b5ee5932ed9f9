/**
 * pcall and xpcall as far as they are no Lua: a function is run in a coroutine of its own, which can be paused, and its errors end there.
 *
 * @module
 */
import type { Pointer } from "./lua_engine.ts";
import { type Lua, LuaType } from "./lua.ts";
import { Status } from "./lua_threads.ts";

/** So many coroutines are kept for use again: to make one takes longer than most calls. */
const KEPT_THREADS = 16;

/** Coroutines for protected calls. */
export class Attempts {
  /** Those that have run to their end: where each is, and what it is kept by. */
  readonly #threads: Pointer[] = [];
  readonly #references: number[] = [];

  /**
   * Runs the function at place 1 with the arguments behind it, and leaves on the stack true and its results; false and the error, as a message if `asMessage`; or nil, the
   * coroutine and what it has yielded if it is not over.
   */
  run(lua: Lua, asMessage: boolean): number {
    return lua.isLuaFunction(1) ? this.#runLua(lua, asMessage) : callFunction(lua, asMessage);
  }

  #runLua(lua: Lua, asMessage: boolean): number {
    const args = lua.count - 1;
    let reference = this.#references.pop();
    let thread = this.#threads.pop()!;
    if (reference === undefined) {
      thread = lua.engine.c.lua_newthread(lua.thread);
      reference = lua.keep();
    }
    lua.reserve(thread, args + 1);
    lua.moveTo(thread, args + 1);
    const status = lua.resume(thread, args);
    if (status === Status.Yielded) {
      lua.pushNil();
      lua.pushKept(reference);
      lua.release(reference);
      return 2 + takeResults(lua, thread);
    }
    lua.pushBoolean(status === Status.Done);
    if (status !== Status.Done) {
      takeResult(lua, thread);
      if (asMessage) takeMessage(lua);
      lua.release(reference);
      return 2;
    }
    const count = 1 + takeResults(lua, thread);
    if (this.#threads.length < KEPT_THREADS) {
      this.#threads.push(thread);
      this.#references.push(reference);
    } else lua.release(reference);
    return count;
  }
}

/** As {@link Attempts.run}, of a function of C, or what is no function: its errors have the place of the script that calls it. */
function callFunction(lua: Lua, asMessage: boolean): number {
  if (lua.count === 0) lua.pushBoolean(true);
  const status = lua.call(lua.count - 1, -1);
  if (status !== Status.Done && asMessage) takeMessage(lua);
  lua.pushBoolean(status === Status.Done);
  lua.insert(1);
  return lua.count;
}

/** Moves all that is on another thread's stack here; returns how many values. */
function takeResults(lua: Lua, thread: Pointer): number {
  const count = lua.countOf(thread);
  lua.reserve(lua.thread, count + 1);
  lua.engine.c.lua_xmove(thread, lua.thread, count);
  return count;
}

function takeResult(lua: Lua, thread: Pointer): void {
  lua.engine.c.lua_xmove(thread, lua.thread, 1);
}

/** Puts the message of an error table in the place of the table, which is on top: scripts expect messages. */
export function takeMessage(lua: Lua): void {
  if (!lua.isTable(-1)) return;
  lua.rawGetField(-1, "err");
  const type = lua.type(-1);
  if (type === LuaType.String || type === LuaType.Number) lua.replace(-2);
  else lua.pop();
}
