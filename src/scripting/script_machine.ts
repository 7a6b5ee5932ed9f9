/**
 * A Lua with its sandbox and a thread that scripts run on, one after another.
 *
 * Scripts are functions that are kept by the machine. When the machine is given up, because a script has left it in a state that nobody knows or
 * has made it too large, they go with it: whoever owns them compiles them again for the next one. Everything that a script has is freed
 * then, at once.
 *
 * @module
 */
import type { CommandTable } from "../command/command_table.ts";
import type { Arguments } from "../resp/arguments.ts";
import { Lua } from "./lua.ts";
import { REGISTRY, Status } from "./lua_threads.ts";
import { LuaPanic, type Pointer } from "./lua_engine.ts";
import { DirectCalls } from "./direct_calls.ts";
import { ProtectedCalls } from "./protected_calls.ts";
import { RedisCalls, type ScriptExecution } from "./redis_calls.ts";
import { PRELUDE_NAME } from "./prelude.ts";
import { type Library, Sandbox } from "./sandbox.ts";
import type { ScriptWatch } from "./script_watch.ts";
import { pushWords, WordTable } from "./word_tables.ts";

/** What a machine may keep, unless it is told otherwise. */
const KEPT_BYTES = 64 * 2 ** 20;
/** The collector makes a step of this size after so many scripts, so that no single one pays for all. */
const COLLECT_EVERY = 50;
/** Sources of functions that are none of a script's: what stands in for a function that has called another as its last deed is one. */
const FOREIGN: ReadonlySet<string> = new Set([PRELUDE_NAME, "=(tail call)"]);

/** Where a script's thread has the table of globals; what the script leaves comes behind it. */
const GLOBALS_PLACE = 1;
/** Where a script leaves its one result that counts. */
export const RESULT_PLACE = 2;

/** How a run has ended or where it stands: it is over, it can go on, or it has failed. */
export type RunState = "done" | "paused" | "failed" | "outOfMemory" | "broken";

/** Where a script has failed. */
export interface ErrorPlace {
  readonly source: string;
  readonly line: number;
}

/** See the module's comment. */
export class ScriptMachine {
  /** So large a machine may become; what a script wants beyond that it does not get. Tests put less here. */
  static limitBytes: number = 512 * 2 ** 20;
  readonly lua: Lua;
  readonly sandbox: Sandbox;
  readonly calls: RedisCalls;
  /** It must not run anything any more. */
  isBroken = false;
  /** One that is larger after a script is given up: its memory cannot shrink. */
  keptBytes: number = Math.min(KEPT_BYTES, ScriptMachine.limitBytes / 2);
  readonly #keys: WordTable;
  readonly #arguments: WordTable;
  #thread: Pointer = 0;
  #threadReference = 0;
  #runs = 0;

  /** `libraries` makes what scripts find beside Lua's own libraries. */
  constructor(
    execution: ScriptExecution,
    commands: CommandTable,
    private readonly watch: ScriptWatch,
    libraries: (calls: RedisCalls) => Readonly<Record<string, Library>>,
  ) {
    this.lua = new Lua(ScriptMachine.limitBytes);
    this.#keys = new WordTable(this.lua, GLOBALS_PLACE, "KEYS");
    this.#arguments = new WordTable(this.lua, GLOBALS_PLACE, "ARGV");
    this.calls = new RedisCalls(this.lua, execution, commands);
    const direct = new DirectCalls(this.lua, watch);
    this.lua.catcher = direct;
    this.sandbox = new Sandbox(
      this.lua,
      new ProtectedCalls(watch),
      direct,
      libraries(this.calls),
    );
    watch.attach(this.lua);
    this.#makeThread();
  }

  /** Memory that scripts take, in bytes. */
  get usedBytes(): number {
    const { engine, main } = this.lua;
    return engine.c.lua_gc(main, 3, 0) * 1024;
  }

  /**
   * Compiles a script; errors in it tell its place by `name`. Returns what it is kept by, or why it is none.
   */
  compile(bytes: Uint8Array, name = "@user_script"): number | string {
    const { lua } = this;
    const { engine, thread } = lua;
    lua.thread = lua.main;
    try {
      const pointer = engine.scratch(bytes.length);
      engine.bytes.set(bytes, pointer);
      const chunkName = engine.cString(name);
      const status = lua.loadText(pointer, bytes.length, chunkName);
      if (status === Status.Done) return lua.keep();
      const message = lua.text(-1)!;
      lua.pop();
      return message;
    } catch (error) {
      this.#giveUp(error);
      return "not enough memory";
    } finally {
      lua.thread = thread;
    }
  }

  /** Runs a function that is kept to its end, as no script but what makes functions. Returns the message of its error, if it fails. */
  runAside(reference: number): string | undefined {
    const { lua } = this;
    const { thread } = lua;
    lua.thread = lua.main;
    try {
      lua.pushKept(reference);
      if (lua.call(0, 0) === Status.Done) return undefined;
      if (lua.isTable(-1)) lua.rawGetField(-1, "err");
      else lua.pushText(`ERR ${lua.describe(-1)}`);
      const message = lua.text(-1) ?? "ERR unknown error";
      lua.setTop(0);
      return message;
    } catch (error) {
      this.#giveUp(error);
      return "ERR not enough memory";
    } finally {
      lua.thread = thread;
    }
  }

  /** Begins a script with these words as its keys and arguments: as globals, or as the two arguments of a function. */
  begin(
    reference: number,
    args: Arguments,
    firstKey: number,
    keyCount: number,
    asGlobals: boolean,
  ): RunState {
    const { lua } = this;
    lua.thread = this.#thread;
    try {
      const firstArgument = firstKey + keyCount;
      if (asGlobals) {
        this.#keys.fill(args, firstKey, firstArgument);
        this.#arguments.fill(args, firstArgument, args.count);
      }
      lua.pushKept(reference);
      if (!asGlobals) {
        pushWords(lua, args, firstKey, firstArgument);
        pushWords(lua, args, firstArgument, args.count);
      }
      // A library may give its functions other globals, a script may not give them to the next caller.
      if (asGlobals && lua.environment(-1) !== this.sandbox.globalsAddress) {
        this.sandbox.pushGlobals();
        lua.engine.c.lua_setfenv(lua.thread, -2);
      }
      return this.resume(asGlobals ? 0 : 2);
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  /** Runs the function on the thread's stack, or goes on where it has yielded. What it has returned, or its error, is on top of the stack. */
  resume(args: number): RunState {
    const { lua } = this;
    try {
      lua.thread = lua.main;
      const status = lua.resume(this.#thread, args);
      lua.thread = this.#thread;
      if (status === Status.Yielded) return this.#yielded();
      if (status === Status.Done) return "done";
      return status === Status.MemoryError ? "outOfMemory" : "failed";
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  /** Where the script was when it failed: in the function that has raised the error, or the one that has called it if that is none of the script's. */
  errorPlace(): ErrorPlace | undefined {
    for (let level = 0;; level++) {
      const place = this.lua.place(this.#thread, level);
      if (place === undefined || place.isLua && !FOREIGN.has(place.source)) return place;
    }
  }

  /** Whatever becomes of a script, this comes last. Whether the machine can run others. */
  end(state: RunState): boolean {
    const { lua, sandbox } = this;
    // One that has become too large may have no memory left for what follows.
    if (lua.engine.memoryBytes > this.keptBytes) {
      this.isBroken = true;
    }
    if (this.isBroken) return false;
    lua.thread = this.#thread;
    if (state !== "done" || lua.globals(this.#thread) !== sandbox.globalsAddress) {
      lua.thread = lua.main;
      lua.release(this.#threadReference);
      this.#makeThread();
    } else lua.setTop(GLOBALS_PLACE);
    lua.thread = lua.main;
    if (++this.#runs % COLLECT_EVERY === 0) lua.engine.c.lua_gc(lua.main, 5, COLLECT_EVERY);
    if (sandbox.isDirty) this.isBroken = true;
    return !this.isBroken;
  }

  /** A script may yield within its own coroutines, but there is nobody whom it could yield to. */
  #yielded(): RunState {
    if (this.watch.isPaused) return "paused";
    this.lua.pushText("attempt to yield across metamethod/C-call boundary");
    return "failed";
  }

  #makeThread(): void {
    const { lua } = this;
    this.#thread = lua.engine.c.lua_newthread(lua.main);
    lua.thread = this.#thread;
    this.sandbox.pushRealGlobals();
    lua.thread = lua.main;
    this.sandbox.scriptThread = this.#thread;
    this.#threadReference = lua.engine.c.luaL_ref(lua.main, REGISTRY);
  }

  /** Something has gone through Lua's own frames that is no error of Lua's. */
  #giveUp(error: unknown): RunState {
    this.isBroken = true;
    if (error instanceof LuaPanic) return "outOfMemory";
    if (error instanceof RangeError) return "broken";
    throw error;
  }
}
