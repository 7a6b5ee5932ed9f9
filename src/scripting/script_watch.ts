/**
 * Watches how long a script runs. Lua calls it after every hundred thousand steps, which is about a millisecond.
 *
 *     ├── threshold ──┤ timed out: paused after every slice, so that clients are told that the server is busy
 *     ├──────────── wherever it can be paused ─────────────┤
 *     ├── threshold ──┼── patience ──┤ ended with an error, where it cannot: within a metamethod, an iterator, table.sort, string.gsub
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Lua } from "./lua.ts";
import type { Pointer } from "./lua_engine.ts";
import type { Interrupts } from "./protected_calls.ts";
import { pushError } from "./reply_to_lua.ts";

/** So many steps of Lua's pass between two looks. */
const STEPS = 100_000;
const COUNT = 8;
const LINE = 4;
/** A script that has timed out runs so long before others have a turn, in milliseconds. */
const SLICE_MS = 10;
/** So long beyond the threshold a script may be where it cannot be paused. */
const PATIENCE_MS = 5000;

/** What is known of a script to whoever watches it. */
export interface WatchedScript {
  /** Its digest, or its function's name. */
  readonly name: string;
  /** It runs by EVAL and its like. */
  readonly isEval: boolean;
  /** Its client can wait. */
  readonly mayPause: boolean;
}

/** Watches the script that runs; they do not nest. */
export class ScriptWatch implements Interrupts {
  isPaused = false;
  /** It has run for longer than the threshold. */
  isTimedOut = false;
  #script: WatchedScript | undefined;
  #ending: string | undefined;
  #startMs = 0;
  #sliceEndMs = 0;
  /** When the library has to be loaded that is being loaded now, by the monotonic clock. */
  #loadEndMs = Infinity;

  /** `thresholdMs` is `busy-reply-threshold`; 0 lets scripts run for as long as they like. */
  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly thresholdMs: () => number,
  ) {}

  /** The script that runs, if one does. */
  get script(): WatchedScript | undefined {
    return this.#script;
  }

  /** How long it has run so far, in milliseconds. */
  get durationMs(): number {
    return this.clock.monotonicMs() - this.#startMs;
  }

  /** Looks at whatever runs on the machine's main thread, and on threads made by it from now on. */
  attach(lua: Lua): void {
    const hook = lua.engine.makeHook((thread) => {
      lua.thread = thread;
      this.#look(lua, hook);
    });
    lua.engine.c.lua_sethook(lua.main, hook, COUNT, STEPS);
  }

  /** A script begins; `nowMs` is the time by the monotonic clock. */
  begin(script: WatchedScript, nowMs: number): void {
    this.#script = script;
    this.#startMs = nowMs;
    this.isPaused = this.isTimedOut = false;
    this.#ending = undefined;
  }

  /** A library begins to be loaded, and has so many milliseconds for that. */
  beginLoad(limitMs: number): void {
    this.#loadEndMs = this.clock.monotonicMs() + limitMs;
  }

  /** It is loaded, or has failed. */
  endLoad(): void {
    this.#loadEndMs = Infinity;
  }

  /** A script that was paused goes on. */
  goOn(): void {
    this.isPaused = false;
    this.#sliceEndMs = this.clock.monotonicMs() + SLICE_MS;
  }

  /** It is over. */
  end(): void {
    this.#script = undefined;
    this.isPaused = this.isTimedOut = false;
    this.#ending = undefined;
  }

  /** Ends the script, when it is looked at next, with this error. */
  kill(message: string): void {
    this.#ending = message;
  }

  raiseIfEnding(lua: Lua): void {
    if (this.#ending === undefined) return;
    pushError(lua, this.#ending, false);
    lua.raiseValue();
  }

  #look(lua: Lua, hook: Pointer): void {
    if (this.#script === undefined) return this.#lookAtLoad(lua);
    if (this.#ending !== undefined) this.#raise(lua, hook);
    const thresholdMs = this.thresholdMs();
    if (thresholdMs === 0) return;
    const nowMs = this.clock.monotonicMs();
    const elapsedMs = nowMs - this.#startMs;
    if (elapsedMs < thresholdMs) return;
    if (!this.isTimedOut) this.#timeOut(elapsedMs);
    const { mayPause } = this.#script;
    if (mayPause && lua.mayYield) {
      if (nowMs < this.#sliceEndMs) return;
      this.isPaused = true;
      lua.engine.c.lua_yield(lua.thread, 0);
    } else if (mayPause && elapsedMs >= thresholdMs + PATIENCE_MS) {
      this.#ending =
        "ERR Script ended by the server: it has run for too long within a function of " +
        "Lua's own, where it cannot be paused";
      this.#raise(lua, hook);
    }
  }

  /** A library can catch no error while it is loaded. */
  #lookAtLoad(lua: Lua): void {
    if (this.clock.monotonicMs() <= this.#loadEndMs) return;
    pushError(lua, "ERR FUNCTION LOAD timeout", false);
    lua.raiseValue();
  }

  #timeOut(elapsedMs: number): void {
    const { isEval, name } = this.#script!;
    this.isTimedOut = true;
    this.log.warning(
      `Slow script detected: still in execution after ${Math.floor(elapsedMs)} milliseconds. You ` +
        `can try killing the script using the ${
          isEval ? "SCRIPT KILL" : "FUNCTION KILL"
        } command. ` +
        `Script name is: ${name}.`,
    );
  }

  /** Raises the error that ends the script. Should it be caught, the next line of the same thread raises it again. */
  #raise(lua: Lua, hook: Pointer): void {
    lua.engine.c.lua_sethook(lua.thread, hook, LINE, 0);
    this.raiseIfEnding(lua);
  }
}
