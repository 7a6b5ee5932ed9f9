/**
 * Calls of a script's functions by its other functions: xpcall, coroutine.resume, and pcall where it cannot call directly (`direct_calls.ts`), as
 * far as they are no Lua (see `prelude.ts`). A protected function runs in a coroutine of its own, which can be paused, and its errors end there.
 *
 * @module
 */
import type { Pointer } from "./lua_engine.ts";
import { type Lua, LuaType } from "./lua.ts";
import { Status } from "./lua_threads.ts";

/** So many coroutines are kept for use again: to make one takes longer than most calls. */
const KEPT_THREADS = 16;

/** Whoever pauses and ends scripts. */
export interface Interrupts {
  /** Whether the script was paused when it last yielded: otherwise a coroutine of its own has yielded. */
  readonly isPaused: boolean;
  /** Raises an error if the script is to end: no call of its own may catch that for good. */
  raiseIfEnding(lua: Lua): void;
}

/** The calls of one machine. */
export class ProtectedCalls {
  /** Coroutines that have run to their end: where each is, and what it is kept by. */
  readonly #threads: Pointer[] = [];
  readonly #references: number[] = [];

  constructor(private readonly interrupts: Interrupts) {}

  /**
   * Runs the function at place 1 with the arguments behind it, and leaves on the stack true and its results; false and the error; or nil, the
   * coroutine and what it has yielded if it is not over.
   */
  attempt(lua: Lua): number {
    this.interrupts.raiseIfEnding(lua);
    if (!lua.isLuaFunction(1)) return callFunction(lua);
    if (lua.isNestedTooDeep) {
      lua.pushBoolean(false);
      lua.pushText("C stack overflow");
      return 2;
    }
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
    // One that a script has given other globals is the script's.
    const isOver = status === Status.Done && this.#threads.length < KEPT_THREADS &&
      lua.globals(thread) === lua.globals(lua.main);
    // What is not over goes on by the coroutine alone.
    if (status === Status.Yielded) lua.pushKept(reference);
    const count = report(lua, thread, status);
    if (isOver) {
      this.#threads.push(thread);
      this.#references.push(reference);
    } else lua.release(reference);
    return count;
  }

  /** Goes on with the coroutine at place 1, which {@link attempt} has begun, as if what is behind it were what its yield has returned. */
  again(lua: Lua): number {
    this.interrupts.raiseIfEnding(lua);
    const thread = lua.threadAt(1);
    const args = lua.count - 1;
    lua.reserve(thread, args);
    lua.moveTo(thread, args);
    return report(lua, thread, lua.resume(thread, args));
  }

  /** `coroutine.resume`; nil alone if the coroutine was paused. */
  resume(lua: Lua): number {
    this.interrupts.raiseIfEnding(lua);
    if (lua.type(1) !== LuaType.Thread) lua.raiseArgument(1, "coroutine expected");
    const thread = lua.threadAt(1);
    const state = lua.stateOf(thread);
    if (state !== "suspended") {
      lua.pushBoolean(false);
      lua.pushText(`cannot resume ${state} coroutine`);
      return 2;
    }
    const args = lua.count - 1;
    lua.reserve(thread, args);
    lua.moveTo(thread, args);
    const status = lua.resume(thread, args);
    if (status === Status.Yielded && this.interrupts.isPaused) {
      lua.pushNil();
      return 1;
    }
    const hasFailed = status !== Status.Done && status !== Status.Yielded;
    lua.pushBoolean(!hasFailed);
    return 1 + takeResults(lua, thread, hasFailed);
  }
}

/** Pushes what has come of a coroutine, which is on top. */
function report(lua: Lua, thread: Pointer, status: number): number {
  if (status === Status.Yielded) {
    lua.pushNil();
    lua.insert(-2);
    return 2 + takeResults(lua, thread, false);
  }
  const hasFailed = status !== Status.Done;
  lua.pushBoolean(!hasFailed);
  return 1 + takeResults(lua, thread, hasFailed);
}

/** As {@link ProtectedCalls.attempt}, of a function of C, or what is no function: its errors have the place of the script that calls it. */
function callFunction(lua: Lua): number {
  if (lua.count === 0) lua.pushBoolean(true);
  const status = lua.call(lua.count - 1, -1);
  lua.pushBoolean(status === Status.Done);
  lua.insert(1);
  return lua.count;
}

/** Moves all that is on another thread's stack here, or its top alone, which is an error; returns how many values. */
function takeResults(lua: Lua, thread: Pointer, isError: boolean): number {
  const count = isError ? 1 : lua.countOf(thread);
  lua.reserve(lua.thread, count + 1);
  lua.engine.c.lua_xmove(thread, lua.thread, count);
  return count;
}
