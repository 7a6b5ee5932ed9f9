/**
 * The machine that Lua runs on: the WebAssembly of PUC Lua 5.1, its memory, and the few functions that it asks of whoever loads it.
 *
 * The module is compiled when the first script comes; everything is synchronous. Its errors are C's longjmp: a JavaScript exception that goes
 * through the frames of WebAssembly, and through those of a function of ours that has raised it, up to the `invoke_vii` that belongs to the
 * setjmp. Whatever else is thrown on that way (the JavaScript stack is full, a panic of Lua's) leaves the machine in a state that nobody knows:
 * then it is given up, and another one made.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import { LUA_WASM } from "./lua_wasm.ts";

/** An address in the machine's memory. */
export type Pointer = number;

/** A function that C calls under a setjmp. */
type CFunction = (a: number, b: number) => void;

/** Lua's C functions, as far as they are used here, and those of C's library. See the reference manual of Lua 5.1. */
export interface LuaFunctions {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  free(pointer: Pointer): void;
  malloc(size: number): Pointer;
  setThrew(value: number, type: number): void;
  stackSave(): Pointer;
  stackRestore(pointer: Pointer): void;
  luaL_newstate(): Pointer;
  luaopen_base(L: Pointer): number;
  luaopen_table(L: Pointer): number;
  luaopen_string(L: Pointer): number;
  luaopen_math(L: Pointer): number;
  luaL_argerror(L: Pointer, argument: number, message: Pointer): number;
  luaL_checkinteger(L: Pointer, argument: number): number;
  luaL_checklstring(L: Pointer, argument: number, length: Pointer): Pointer;
  luaL_checknumber(L: Pointer, argument: number): number;
  luaL_checkstack(L: Pointer, size: number, message: Pointer): void;
  luaL_checktype(L: Pointer, argument: number, type: number): void;
  luaL_loadbuffer(L: Pointer, bytes: Pointer, length: number, name: Pointer): number;
  luaL_ref(L: Pointer, table: number): number;
  luaL_typerror(L: Pointer, argument: number, name: Pointer): number;
  luaL_unref(L: Pointer, table: number, reference: number): void;
  luaL_where(L: Pointer, level: number): void;
  lua_checkstack(L: Pointer, size: number): number;
  lua_concat(L: Pointer, count: number): void;
  lua_createtable(L: Pointer, elements: number, fields: number): void;
  lua_error(L: Pointer): number;
  lua_gc(L: Pointer, what: number, data: number): number;
  lua_getfield(L: Pointer, i: number, name: Pointer): void;
  lua_getinfo(L: Pointer, what: Pointer, record: Pointer): number;
  lua_getmetatable(L: Pointer, i: number): number;
  lua_getstack(L: Pointer, level: number, record: Pointer): number;
  lua_insert(L: Pointer, i: number): void;
  lua_newthread(L: Pointer): Pointer;
  lua_isnumber(L: Pointer, i: number): number;
  lua_newuserdata(L: Pointer, size: number): Pointer;
  lua_next(L: Pointer, i: number): number;
  lua_objlen(L: Pointer, i: number): number;
  lua_pcall(L: Pointer, args: number, results: number, handler: number): number;
  lua_pushboolean(L: Pointer, value: number): void;
  lua_pushcclosure(L: Pointer, index: number, upvalues: number): void;
  lua_pushlightuserdata(L: Pointer, pointer: Pointer): void;
  lua_pushlstring(L: Pointer, bytes: Pointer, length: number): void;
  lua_pushnil(L: Pointer): void;
  lua_pushnumber(L: Pointer, value: number): void;
  lua_pushthread(L: Pointer): number;
  lua_pushvalue(L: Pointer, i: number): void;
  lua_rawequal(L: Pointer, a: number, b: number): number;
  lua_rawget(L: Pointer, i: number): void;
  lua_rawgeti(L: Pointer, i: number, index: number): void;
  lua_rawset(L: Pointer, i: number): void;
  lua_rawseti(L: Pointer, i: number, index: number): void;
  lua_remove(L: Pointer, i: number): void;
  lua_replace(L: Pointer, i: number): void;
  lua_resume(L: Pointer, args: number): number;
  lua_setfenv(L: Pointer, i: number): number;
  lua_setfield(L: Pointer, i: number, name: Pointer): void;
  lua_sethook(L: Pointer, hook: number, mask: number, count: number): number;
  lua_setmetatable(L: Pointer, i: number): number;
  lua_settop(L: Pointer, count: number): void;
  lua_status(L: Pointer): number;
  lua_tocfunction(L: Pointer, i: number): number;
  lua_tolstring(L: Pointer, i: number, length: Pointer): Pointer;
  lua_tonumber(L: Pointer, i: number): number;
  lua_topointer(L: Pointer, i: number): Pointer;
  lua_touserdata(L: Pointer, i: number): Pointer;
  lua_type(L: Pointer, i: number): number;
  lua_xmove(from: Pointer, to: Pointer, count: number): void;
  lua_yield(L: Pointer, results: number): number;
}

/** Lua has called its panic function: an error where nobody catches any, which is lack of memory. */
export class LuaPanic extends Error {
  override name = "LuaPanic";
}

/** What longjmp throws. There is one: which of C's setjmps it belongs to is written in the machine's memory. */
const LONGJMP = Symbol("longjmp");

const PAGE_BYTES = 65536;
/** `EBADF` of WASI: there are no files. */
const NO_FILE = 8;

/** A module that exports what it imports: so a function of JavaScript becomes one that C can call. It has the type `(i32) -> i32` or `(i32, i32) -> ()`. */
function adapter(...type: number[]): WebAssembly.Module {
  const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, type.length + 1, 1, ...type];
  const imports = [2, 7, 1, 1, 0x65, 1, 0x66, 0, 0];
  const exports = [7, 5, 1, 1, 0x66, 0, 0];
  return new WebAssembly.Module(new Uint8Array([...head, ...imports, ...exports]));
}

const I32 = 0x7f;
const FUNCTION = 0x60;
let modules: { lua: WebAssembly.Module; body: WebAssembly.Module; hook: WebAssembly.Module };

/** A place of the module that is changed, and what stands there. */
interface Patch {
  readonly at: number;
  readonly old: readonly number[];
  readonly new: readonly number[];
}

/**
 * Lua hashes a string by every `(length >> 5) + 1`th of its bytes. So whoever chooses long strings can make all of them collide, and a table of
 * them takes quadratic time. Redis has changed it to hash every byte. Here the 5, the shift's width, becomes 31: that does the
 * same. So tables are walked in Redis's order, too.
 */
const HASH: Patch = {
  at: 108396,
  old: [0x20, 2, 0x21, 4, 0x20, 2, 0x20, 2, 0x41, 5, 0x76, 0x22, 5, 0x4b],
  new: [0x20, 2, 0x21, 4, 0x20, 2, 0x20, 2, 0x41, 31, 0x76, 0x22, 5, 0x4b],
};

/**
 * Integers of Redis's Lua have 64 bits, here they have 32: `lua_tointeger` makes the lowest integer of a double beyond them, so that
 * `string.sub(s, 1, 1e10)` would end before it begins. It is to take the nearest integer instead, up to 2^63, and a very low one beyond.
 *
 *     f64.const 2^31   f64.lt   if   local.get 3   i32.trunc_f64_s       br 1   end   i32.const -2^31
 *     f64.const 2^63   f64.lt   if   local.get 3   i32.trunc_sat_f64_s   br 1   end   i32.const -2^27
 */
const TO_INTEGER: Patch = {
  at: 9351,
  old: [
    ...[0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x41, 0x63, 0x04, 0x40, 0x20, 3],
    ...[0xaa, 0x0c, 1, 0x0b, 0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x0b],
  ],
  new: [
    ...[0x44, 0, 0, 0, 0, 0, 0, 0xe0, 0x43, 0x63, 0x04, 0x40, 0x20, 3],
    ...[0xfc, 0x02, 0x0c, 1, 0x0b, 0x41, 0x80, 0x80, 0x80, 0x40, 0x0b],
  ],
};

function patched(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (const { at, old, new: bytes } of [HASH, TO_INTEGER]) {
    if (!old.every((byte, i) => module[at + i] === byte)) {
      throw new Error(`Lua's module is not what this file says it is at ${at}`);
    }
    module.set(bytes, at);
  }
  return module;
}

/** Compiles what is needed, once for all servers of the process: that takes about 10 ms. */
function compile(): typeof modules {
  modules ??= {
    lua: new WebAssembly.Module(patched(fromLatin1(atob(LUA_WASM)))),
    body: adapter(FUNCTION, 1, I32, 1, I32),
    hook: adapter(FUNCTION, 2, I32, I32, 0),
  };
  return modules;
}

/** One machine. Views of its memory change whenever it grows: nobody may keep them. */
export class LuaEngine {
  readonly c: LuaFunctions;
  /** Its memory as bytes, 32-bit words and doubles. */
  bytes!: Uint8Array<ArrayBuffer>;
  words!: Int32Array<ArrayBuffer>;
  doubles!: Float64Array<ArrayBuffer>;
  readonly #names = new Map<string, Pointer>();
  readonly #functions: CFunction[] = [];
  #scratch: Pointer = 0;
  #scratchBytes = 0;

  /** `limitBytes`: so large its memory may become; what needs more fails in Lua with "not enough memory". */
  constructor(readonly limitBytes: number) {
    const instance = new WebAssembly.Instance(compile().lua, this.#imports());
    this.c = instance.exports as unknown as LuaFunctions;
    this.#look();
    this.c.__wasm_call_ctors();
  }

  /** How large its memory is now. */
  get memoryBytes(): number {
    return this.bytes.length;
  }

  /** Makes a function for Lua of one of JavaScript, which is called with the thread that calls it and returns how many results it has pushed. */
  makeFunction(body: (L: Pointer) => number): number {
    return this.#adapt(modules.body, body);
  }

  /** Makes a hook for `lua_sethook`, called with the thread and a record of what has happened. */
  makeHook(hook: (L: Pointer, record: Pointer) => void): number {
    return this.#adapt(modules.hook, hook);
  }

  /** A text as a C string that stays. For names that are written in the program: they are never freed. */
  cString(text: string): Pointer {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const pointer = this.c.malloc(text.length + 1);
    this.#writeText(text, pointer);
    this.#names.set(text, pointer);
    return pointer;
  }

  /** A text as a C string in {@link scratch}. */
  temporaryCString(text: string): Pointer {
    const pointer = this.scratch(text.length + 1);
    this.#writeText(text, pointer);
    return pointer;
  }

  /** Memory of so many bytes, for what is on its way; the next call takes it back. */
  scratch(length: number): Pointer {
    if (length <= this.#scratchBytes) return this.#scratch;
    const { c } = this;
    const size = Math.max(PAGE_BYTES, length);
    c.free(this.#scratch);
    this.#scratch = this.#scratchBytes = 0;
    const pointer = c.malloc(size);
    if (pointer === 0) throw new LuaPanic("There is no memory for what is handed to Lua");
    this.#scratch = pointer;
    this.#scratchBytes = size;
    return pointer;
  }

  #writeText(text: string, pointer: Pointer): void {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) bytes[pointer + i] = text.charCodeAt(i);
    bytes[pointer + text.length] = 0;
  }

  #adapt(module: WebAssembly.Module, f: (...args: never[]) => unknown): number {
    const instance = new WebAssembly.Instance(module, { e: { f: f as () => void } });
    const table = this.c.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, instance.exports.f as () => void);
    return index;
  }

  #look(): void {
    const buffer = this.c.memory.buffer as ArrayBuffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  #grow(wantedBytes: number): number {
    const { memory } = this.c;
    const size = memory.buffer.byteLength;
    if (wantedBytes > this.limitBytes) return 0;
    const target = Math.min(this.limitBytes, Math.max(wantedBytes, size * 1.25));
    try {
      memory.grow(Math.ceil((target - size) / PAGE_BYTES));
    } catch {
      return 0;
    }
    this.#look();
    return 1;
  }

  /** Calls a C function under a setjmp. */
  #invoke(index: number, a: number, b: number): void {
    const { c } = this;
    const stack = c.stackSave();
    try {
      const known = this.#functions[index];
      if (known !== undefined) known(a, b);
      else (this.#functions[index] = c.__indirect_function_table.get(index) as CFunction)(a, b);
    } catch (error) {
      if (error !== LONGJMP) throw error;
      c.stackRestore(stack);
      c.setThrew(1, 0);
    }
  }

  /** What the module imports. It has no files, no environment, no time and no other programs. */
  #imports(): WebAssembly.Imports {
    const fails = () => -1;
    const nothing = () => 0;
    const noFile = () => NO_FILE;
    const env = {
      invoke_vii: (index: number, a: number, b: number) => this.#invoke(index, a, b),
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
      exit: () => {
        throw new LuaPanic("Lua has called its panic function");
      },
      emscripten_memcpy_js: (to: Pointer, from: Pointer, length: number) =>
        void this.bytes.copyWithin(to, from, from + length),
      emscripten_resize_heap: (size: number) => this.#grow(size >>> 0),
      strftime: nothing,
      emscripten_date_now: nothing,
      _emscripten_get_now_is_monotonic: nothing,
      _emscripten_system: fails,
      _tzset_js: nothing,
      _mktime_js: nothing,
      _localtime_js: nothing,
      _gmtime_js: nothing,
      __syscall_openat: fails,
      __syscall_fcntl64: fails,
      __syscall_ioctl: fails,
      __syscall_dup3: fails,
      __syscall_unlinkat: fails,
      __syscall_rmdir: fails,
      __syscall_renameat: fails,
      __syscall_readlinkat: fails,
    };
    const wasi = {
      environ_sizes_get: nothing,
      environ_get: nothing,
      fd_write: noFile,
      fd_read: noFile,
      fd_close: noFile,
      fd_seek: noFile,
    };
    return { env, wasi_snapshot_preview1: wasi };
  }
}
