/**
 * Protected calls without a coroutine. The prelude's `pcall` calls a function of the script's as Lua calls any: nothing of C is in between, so
 * what it calls can be paused, and nothing is asked of us when all goes well. An error ends the whole thread, but leaves its stack as it was.
 * Then the innermost call of `pcall` is looked up there, the error is put into one of its registers, and the thread goes on with the line
 * that returns it:
 *
 *     do return true, e(...) end                           ◀─ the stack shows that it was here
 *     do local x local function f() return x end end       ◀─ goes on at this end
 *     return failed(e)
 *
 * The end of a block whose variables functions refer to cuts them off from the stack. So it does for variables of the functions that have failed.
 *
 * That works where one run of Lua's interpreter has all the thread's calls. Where C is in between (a metamethod, an iterator, table.sort) the
 * error has ended what was to go on: there `pcall` asks for a coroutine (`protected_calls.ts`), and where Redis finds its calls nested too deep.
 *
 * @module
 */
import { type Lua, LuaType } from "./lua.ts";
import type { Pointer } from "./lua_engine.ts";
import { type ErrorCatcher, MAX_C_CALLS, REGISTRY, Status } from "./lua_threads.ts";
import {
  BASE,
  C_CALLS,
  CALL,
  CALL_TOP,
  CLOSURE_IS_C,
  TOP,
  VALUE_BYTES,
  VALUE_TYPE,
} from "./lua_values.ts";
import type { Interrupts } from "./protected_calls.ts";

/*
 * More of the C structures; see `lua_values.ts`.
 *
 *     lua_State   6 status (a byte)   24 the next instruction   40 the first call   48 room for calls   57 whether hooks are called (a byte)
 *     CallInfo    0 base   4 its function's place   8 top   12 the next instruction   24 bytes in all
 *     Closure     16 the Proto, of a function in Lua
 *     Proto       12 code   20 lines of the instructions   44 how many instructions   48 how many lines
 */
const STATUS = 6;
const NEXT_INSTRUCTION = 24;
const FIRST_CALL = 40;
const CALL_ROOM = 48;
const ALLOWS_HOOKS = 57;
const CALL_BASE = 0;
const CALL_FUNCTION = 4;
const CALL_NEXT = 12;
const CALL_BYTES = 24;
const CLOSURE_PROTO = 16;
const PROTO_CODE = 12;
const PROTO_LINES = 20;
const PROTO_SIZE = 44;
const PROTO_LINE_COUNT = 48;

/** An instruction: `B` (9 bits), `C` (9), `A` (8), the operation (6). */
const INSTRUCTION_BYTES = 4;
const operation = (instruction: number) => instruction & 63;
/** One in the part A of an instruction. */
const REGISTER = 1 << 6;
const partB = (instruction: number) => instruction >>> 23;
const Operation = {
  Move: 0,
  LoadBoolean: 2,
  Call: 28,
  TailCall: 29,
  Close: 35,
  Arguments: 37,
} as const;

/** So many calls of any kind. While there is room for more, Lua still handles that there were too many. */
const MAX_CALLS = 20_000;

/** The direct calls of one machine. */
export class DirectCalls implements ErrorCatcher {
  /** The prelude's `pcall`. */
  #closure: Pointer = 0;
  /** Where it stands while it calls, and where it goes on with an error. */
  #calling: Pointer = 0;
  #failing: Pointer = 0;
  /** Its register that the error is put into. */
  #errorRegister = 0;
  /** What a function is kept by that fails with what is on top of the stack. */
  #failure = 0;

  constructor(private readonly lua: Lua, private readonly interrupts: Interrupts) {}

  /** Gets to know the prelude's `pcall`, which is at place `i`. */
  learn(i: number): void {
    this.lua.pushFunction((lua) => lua.engine.c.lua_error(lua.thread));
    this.#failure = this.lua.keep();
    const { words } = this.lua.engine;
    this.#closure = this.lua.address(i);
    const proto = words[(this.#closure + CLOSURE_PROTO) >> 2];
    const code = words[(proto + PROTO_CODE) >> 2];
    const count = words[(proto + PROTO_SIZE) >> 2];
    const instructions = [...words.subarray(code >> 2, (code >> 2) + count)];
    const succeeds = instructions.findIndex((one) => operation(one) === Operation.LoadBoolean);
    const closes = instructions.findIndex((one) => operation(one) === Operation.Close);
    const [arguments_, calls] = instructions.slice(succeeds + 2);
    const moves = instructions[closes + 2];
    const isKnown = succeeds >= 0 && closes > succeeds && operation(moves) === Operation.Move &&
      operation(arguments_) === Operation.Arguments && operation(calls) === Operation.Call;
    if (!isKnown) throw new Error("The prelude's pcall is not what this file says it is");
    // The source cannot say that the first argument is the function to call: so the arguments begin one register earlier, in the function's place.
    words[(code >> 2) + succeeds + 2] -= REGISTER;
    this.#calling = code + (succeeds + 4) * INSTRUCTION_BYTES;
    this.#failing = code + closes * INSTRUCTION_BYTES;
    this.#errorRegister = partB(moves);
    // In Redis it is a function of C: messages do not tell its lines.
    words[(proto + PROTO_LINES) >> 2] = 0;
    words[(proto + PROTO_LINE_COUNT) >> 2] = 0;
  }

  /** For the prelude: returns true if the function at place 1 cannot be called directly, and nothing if it can. */
  needsCoroutine(lua: Lua): number {
    this.interrupts.raiseIfEnding(lua);
    const { words } = lua.engine;
    const calls = words[(lua.thread + C_CALLS) >> 2];
    const nested = calls & 0xffff;
    if (nested === calls >>> 16 && lua.isLuaFunction(1)) {
      const depth = words[(lua.thread + CALL) >> 2] - words[(lua.thread + FIRST_CALL) >> 2];
      if (nested + depth / CALL_BYTES < MAX_C_CALLS || !lua.isNestedTooDeep) return 0;
    }
    lua.pushBoolean(true);
    return 1;
  }

  countCalls(thread: Pointer): number {
    const { words } = this.lua.engine;
    const last = words[(thread + CALL) >> 2];
    let count = 0;
    for (let call = words[(thread + FIRST_CALL) >> 2]; call < last; call += CALL_BYTES) {
      if (this.#isDirect(call)) count++;
    }
    return count;
  }

  catches(thread: Pointer): boolean {
    const call = this.#innermost(thread);
    if (call === 0) return false;
    this.#takeError(thread, call);
    const { bytes, words } = this.lua.engine;
    words[(thread + CALL) >> 2] = call;
    words[(thread + BASE) >> 2] = words[(call + CALL_BASE) >> 2];
    if (words[(thread + CALL_ROOM) >> 2] > MAX_CALLS) this.#shrink(thread);
    words[(thread + TOP) >> 2] = words[(words[(thread + CALL) >> 2] + CALL_TOP) >> 2];
    words[(thread + NEXT_INSTRUCTION) >> 2] = this.#failing;
    bytes[thread + ALLOWS_HOOKS] = 1;
    bytes[thread + STATUS] = Status.Yielded;
    return true;
  }

  /** The innermost of a thread's direct calls that can go on; 0 if there is none. */
  #innermost(thread: Pointer): Pointer {
    const { words } = this.lua.engine;
    const last = words[(thread + CALL) >> 2];
    let found = 0;
    let call = words[(thread + FIRST_CALL) >> 2] + CALL_BYTES;
    for (; call < last && this.#callsByItself(call); call += CALL_BYTES) {
      if (this.#isDirect(call)) found = call;
    }
    return found;
  }

  /** Whether a call is one of `pcall`, which has called its function. */
  #isDirect(call: Pointer): boolean {
    const { words } = this.lua.engine;
    const value = words[(call + CALL_FUNCTION) >> 2];
    return words[value >> 2] === this.#closure &&
      words[(value + VALUE_TYPE) >> 2] === LuaType.Function &&
      words[(call + CALL_NEXT) >> 2] === this.#calling;
  }

  /** Whether a function that has called another is written in Lua, and has done so by an instruction that calls: then both are one run of the interpreter. */
  #callsByItself(call: Pointer): boolean {
    const { bytes, words } = this.lua.engine;
    const closure = words[words[(call + CALL_FUNCTION) >> 2] >> 2];
    if (bytes[closure + CLOSURE_IS_C] !== 0) return false;
    const instruction = words[words[(call + CALL_NEXT) >> 2] - INSTRUCTION_BYTES >> 2];
    const made = operation(instruction);
    return made === Operation.Call || made === Operation.TailCall;
  }

  /** Copies the error from the top of the stack to the register. */
  #takeError(thread: Pointer, call: Pointer): void {
    const { doubles, words } = this.lua.engine;
    const error = words[(thread + TOP) >> 2] - VALUE_BYTES;
    const register = words[(call + CALL_BASE) >> 2] + this.#errorRegister * VALUE_BYTES;
    doubles[register >> 3] = doubles[error >> 3];
    words[(register + VALUE_TYPE) >> 2] = words[(error + VALUE_TYPE) >> 2];
  }

  /**
   * Lua makes more room for calls when there are too many of them, and takes the next time for an error in the handling of the first, until a call
   * that C protects has failed. So one fails, in the place of the one that `pcall` has made.
   */
  #shrink(thread: Pointer): void {
    const { engine } = this.lua;
    const { words } = engine;
    const failed = words[(thread + CALL) >> 2] + CALL_BYTES;
    words[(thread + TOP) >> 2] = words[(failed + CALL_FUNCTION) >> 2];
    words[(thread + C_CALLS) >> 2] &= ~0xffff;
    engine.c.lua_rawgeti(thread, REGISTRY, this.#failure);
    engine.c.lua_pcall(thread, 0, 0, 0);
  }
}
