/**
 * What scripts find in the globals: Lua's libraries without what leads out of the sandbox, and everything read-only.
 *
 * Lua 5.1 has no read-only tables, so what a script sees of a library is a proxy: an empty table whose metatable reads from the real one and
 * refuses to write. The real tables are reachable from nowhere. Functions of Lua's own that go past metatables either know proxies (`rawset`,
 * `rawget`, `pairs`, `setmetatable`, `getmetatable`) or can only fill the proxy itself (`table.insert`): {@link Sandbox.isDirty} sees that after the script, and then the whole
 * machine is thrown away. So nothing that one script does to a library is there for the next.
 *
 *     _G ─▶ proxy ─__index─▶ real table: string ─▶ proxy ─__index─▶ real table of the library
 *                                        KEYS ──▶ the script's own
 *                                        what is not there ─▶ "Script attempted to access nonexistent global variable"
 *
 * While a library of functions is loaded, other globals take their place: {@link Sandbox.replaceGlobals}.
 *
 * @module
 */
import type { Pointer } from "./lua_engine.ts";
import { type HostFunction, type Lua, LuaType } from "./lua.ts";
import { PRELUDE, PRELUDE_NAME } from "./prelude.ts";
import type { DirectCalls } from "./direct_calls.ts";
import type { ProtectedCalls } from "./protected_calls.ts";
import {
  asErrorTable,
  collectGarbage,
  loadString,
  nameNull,
  newProxy,
  pushNil,
  raiseReadOnly,
  refuse,
  refuseUnknown,
  repeat,
  setEnvironment,
} from "./sandbox_functions.ts";
import { wideFormat, wideToNumber } from "./wide_integers.ts";

/** Functions of Lua's own that scripts do not get. */
const REMOVED = ["dofile", "loadfile", "print"];

/** A library for scripts: functions, texts and numbers; null is light userdata of 0. */
export type Library = Readonly<Record<string, HostFunction | string | number | null>>;

/** The globals of one machine. */
export class Sandbox {
  /** Real tables by the addresses of their proxies: what {@link Lua.pushKept} finds them by. */
  readonly #real = new Map<Pointer, number>();
  /** Where each proxy is, and what it is kept by. */
  readonly #proxyAddresses: Pointer[] = [];
  readonly #proxies: number[] = [];
  /** Functions of the prelude that scripts see: where they are, and what each is kept by. */
  readonly #prelude = new Map<Pointer, number>();
  /** The real table of globals, and its proxy. */
  #globals = 0;
  #globalsProxy = 0;
  /** Where the proxy of the globals is in memory. */
  globalsAddress: Pointer = 0;
  /** The thread that scripts run on. To them it is none: they see only the coroutines that they make. */
  scriptThread: Pointer = 0;

  /** `libraries` come by their names beside those of Lua's own. */
  constructor(
    private readonly lua: Lua,
    private readonly calls: ProtectedCalls,
    private readonly direct: DirectCalls,
    libraries: Readonly<Record<string, Library>>,
  ) {
    const { c } = lua.engine;
    c.luaopen_base(lua.main);
    c.luaopen_table(lua.main);
    c.luaopen_string(lua.main);
    c.luaopen_math(lua.main);
    lua.setTop(0);
    lua.pushGlobals();
    this.#replaceFunctions();
    for (const [name, library] of Object.entries(libraries)) this.#addLibrary(name, library);
    this.#protectAll();
    nameNull(lua);
    lua.setTop(0);
  }

  /** Pushes the real table of globals, for whoever sets one: no script must ever hold it. */
  pushRealGlobals(): void {
    this.lua.pushKept(this.#globals);
  }

  /** Pushes the globals as scripts see them. */
  pushGlobals(): void {
    this.lua.pushKept(this.#globalsProxy);
  }

  /** Makes other globals: these libraries and nothing else. Returns what {@link replaceGlobals} takes. */
  makeGlobals(libraries: Readonly<Record<string, Library>>): number {
    const { lua } = this;
    lua.createTable(0, 1);
    for (const [name, library] of Object.entries(libraries)) {
      lua.createTable(0, 0);
      this.#fill(lua.count, library);
      this.#refuseWhatIsMissing();
      this.#pushProxy();
      lua.setField(-2, name);
    }
    this.#refuseWhatIsMissing();
    return lua.keep();
  }

  /** Lets all functions see other globals, until it is called without any. */
  replaceGlobals(globals: number = this.#globals): void {
    const { lua } = this;
    this.pushGlobals();
    lua.engine.c.lua_getmetatable(lua.thread, -1);
    lua.pushKept(globals);
    lua.rawSetField(-2, "__index");
    lua.pop(2);
  }

  /** Gives the table on top a metatable: what is not there is an error. */
  #refuseWhatIsMissing(): void {
    const { lua } = this;
    lua.createTable(0, 1);
    lua.pushFunction(refuseUnknown);
    lua.setField(-2, "__index");
    lua.setMetatable(-2);
  }

  /** Whether a script has put something into a library's table, past all that should keep it from doing so. */
  get isDirty(): boolean {
    const addresses = this.#proxyAddresses;
    for (let i = 0; i < addresses.length; i++) {
      if (!this.lua.isUntouched(addresses[i]) && this.#holdsAnything(this.#proxies[i])) return true;
    }
    return false;
  }

  /** A refused attempt to write leaves a place behind, but nothing in it. */
  #holdsAnything(proxy: number): boolean {
    const { lua } = this;
    lua.pushKept(proxy);
    lua.pushNil();
    const holds = lua.next(-2);
    lua.pop(holds ? 3 : 1);
    return holds;
  }

  /** Everything below expects the real table of globals at place 1 of the stack. */
  #replaceFunctions(): void {
    const { lua } = this;
    for (const name of REMOVED) {
      lua.pushNil();
      lua.setField(1, name);
    }
    this.#fill(1, {
      collectgarbage: collectGarbage,
      getmetatable: (lua) => this.#getMetatable(lua),
      setmetatable: (lua) => this.#setMetatable(lua),
      loadstring: loadString,
      newproxy: newProxy,
      pairs: (lua) => this.#pairs(lua),
      rawget: (lua) => this.#rawGet(lua),
      rawset: (lua) => this.#rawSet(lua),
      setfenv: (lua) => setEnvironment(lua, (lua) => this.#prelude.has(lua.address(-1))),
      __redis__err__handler: asErrorTable,
    });
    this.#wrap(1, "tonumber", wideToNumber);
    lua.rawGetField(1, "string");
    this.#wrap(lua.count, "format", wideFormat);
    this.#fill(lua.count, { rep: repeat });
    lua.pop();
    this.#runPrelude();
  }

  /** Puts functions and constants into the table at place `i`. */
  #fill(i: number, library: Library): void {
    const { lua } = this;
    for (const [name, value] of Object.entries(library)) {
      if (typeof value === "number") lua.pushNumber(value);
      else if (typeof value === "string") lua.pushText(value);
      else if (value === null) lua.pushLightUserdata(0);
      else lua.pushFunction(value);
      lua.setField(i, name);
    }
  }

  /** Puts a function in the place of one of C's in the table at place `i`, which it may call. */
  #wrap(i: number, name: string, wrap: (own: HostFunction) => HostFunction): void {
    this.lua.rawGetField(i, name);
    this.#fill(i, { [name]: wrap(this.lua.ownFunction(-1)) });
    this.lua.pop();
  }

  #addLibrary(name: string, library: Library): void {
    const { lua } = this;
    lua.rawGetField(1, name);
    if (!lua.isTable(-1)) {
      lua.pop();
      lua.createTable(0, 0);
      lua.pushValue(-1);
      lua.setField(1, name);
    }
    this.#fill(lua.count, library);
    lua.pop();
  }

  #runPrelude(): void {
    const { calls, direct, lua } = this;
    lua.load(PRELUDE, PRELUDE_NAME);
    lua.pushFunction((lua) => calls.attempt(lua));
    lua.pushFunction((lua) => calls.again(lua));
    lua.pushFunction((lua) => calls.resume(lua));
    for (const name of ["coroutine", "loadstring", "error", "type"]) lua.rawGetField(1, name);
    lua.rawGetField(1, "table");
    lua.rawGetField(-1, "concat");
    lua.remove(-2);
    lua.rawGetField(1, "select");
    lua.pushFunction((lua) => direct.needsCoroutine(lua));
    if (lua.call(10, 5) !== 0) throw new Error(`The prelude fails: ${lua.text(-1)}`);
    direct.learn(2);
    for (let i = 2; i <= lua.count; i++) {
      lua.pushValue(i);
      this.#prelude.set(lua.address(-1), lua.keep());
    }
    lua.setField(1, "load");
    lua.rawGetField(1, "coroutine");
    lua.insert(-3);
    lua.setField(-3, "wrap");
    lua.setField(-2, "resume");
    this.#fill(lua.count, { running: (lua) => this.#running(lua) });
    lua.pop();
    lua.setField(1, "xpcall");
    lua.setField(1, "pcall");
  }

  /** Puts a proxy in the place of every table that can be reached from the globals. */
  #protectAll(): void {
    const { lua } = this;
    const names: string[] = [];
    lua.pushNil();
    while (lua.next(1)) {
      if (lua.isTable(-1)) names.push(lua.text(-2)!);
      lua.pop();
    }
    for (const name of names) {
      if (name === "_G") continue;
      lua.rawGetField(1, name);
      this.#pushProxy(name === "string" ? () => this.#protectStrings() : undefined);
      lua.setField(1, name);
    }
    this.#protectGlobals();
  }

  /** Pops a table and pushes its proxy. `also` is called while the real table is below the proxy on the stack. */
  #pushProxy(also?: () => void): void {
    const { lua } = this;
    lua.createTable(0, 0);
    lua.createTable(0, 3);
    lua.pushValue(-3);
    lua.setField(-2, "__index");
    lua.pushFunction(refuse);
    lua.setField(-2, "__newindex");
    lua.pushBoolean(false);
    lua.setField(-2, "__metatable");
    lua.setMetatable(-2);
    const address = lua.address(-1);
    lua.pushValue(-1);
    this.#proxyAddresses.push(address);
    this.#proxies.push(lua.keep());
    also?.();
    lua.insert(-2);
    this.#real.set(address, lua.keep());
  }

  /** Methods of strings are those of the library; what scripts see of the strings' metatable is a proxy too. */
  #protectStrings(): void {
    const { lua } = this;
    lua.pushText("");
    lua.engine.c.lua_getmetatable(lua.thread, -1);
    lua.createTable(0, 1);
    lua.pushValue(-4);
    lua.setField(-2, "__index");
    this.#pushProxy();
    lua.setField(-2, "__metatable");
    lua.pop(2);
  }

  #protectGlobals(): void {
    const { lua } = this;
    lua.createTable(0, 1);
    lua.pushFunction(refuseUnknown);
    lua.setField(-2, "__index");
    lua.pushValue(-1);
    this.#pushProxy();
    const metatableProxy = lua.keep();
    lua.setMetatable(1);
    lua.pushValue(1);
    this.#pushProxy();
    lua.engine.c.lua_getmetatable(lua.thread, -1);
    lua.pushKept(metatableProxy);
    lua.setField(-2, "__metatable");
    lua.pop();
    this.globalsAddress = lua.address(-1);
    lua.pushValue(-1);
    lua.rawSetField(1, "_G");
    lua.pushValue(-1);
    lua.setGlobals();
    this.#globalsProxy = lua.keep();
    this.#globals = lua.keep();
    for (const reference of this.#prelude.values()) {
      lua.pushKept(reference);
      this.pushGlobals();
      lua.engine.c.lua_setfenv(lua.thread, -2);
      lua.pop();
    }
  }

  /** Whether the value at place 1 is the proxy of a library; then the real table is pushed. */
  #pushReal(lua: Lua): boolean {
    if (!lua.isTable(1)) return false;
    const real = this.#real.get(lua.address(1));
    if (real === undefined) return false;
    lua.pushKept(real);
    return true;
  }

  #getMetatable(lua: Lua): number {
    lua.checkAny(1);
    const hasNone = lua.type(1) === LuaType.LightUserdata ||
      lua.engine.c.lua_getmetatable(lua.thread, 1) === 0;
    if (hasNone) return pushNil(lua);
    lua.rawGetField(-1, "__metatable");
    const type = lua.type(-1);
    if (type === LuaType.Boolean && lua.isTable(1) && this.#real.has(lua.address(1))) {
      return pushNil(lua);
    }
    if (type === LuaType.Nil) lua.pop();
    return 1;
  }

  #setMetatable(lua: Lua): number {
    const type = lua.type(2);
    lua.checkTable(1);
    if (type !== LuaType.Nil && type !== LuaType.Table) {
      lua.raiseArgument(2, "nil or table expected");
    }
    if (this.#real.has(lua.address(1))) raiseReadOnly(lua);
    if (lua.engine.c.lua_getmetatable(lua.thread, 1) !== 0) {
      lua.rawGetField(-1, "__metatable");
      if (lua.type(-1) !== LuaType.Nil) lua.raise("cannot change a protected metatable");
    }
    lua.setTop(2);
    lua.setMetatable(1);
    return 1;
  }

  /** A script that walks a library walks a copy: it must never hold the real table. */
  #pairs(lua: Lua): number {
    lua.checkTable(1);
    lua.setTop(1);
    if (this.#pushReal(lua)) {
      lua.createTable(0, 0);
      lua.pushNil();
      while (lua.next(2)) {
        lua.pushValue(-2);
        lua.insert(-2);
        lua.rawSet(3);
      }
      lua.replace(1);
      lua.setTop(1);
    }
    lua.pushKept(this.#globals);
    lua.rawGetField(-1, "next");
    lua.replace(-2);
    lua.insert(1);
    lua.pushNil();
    return 3;
  }

  #running(lua: Lua): number {
    if (lua.thread === this.scriptThread) lua.pushNil();
    else lua.engine.c.lua_pushthread(lua.thread);
    return 1;
  }

  #rawGet(lua: Lua): number {
    lua.checkTable(1);
    lua.checkAny(2);
    lua.setTop(2);
    if (this.#pushReal(lua)) lua.replace(1);
    lua.rawGet(1);
    return 1;
  }

  #rawSet(lua: Lua): number {
    lua.checkTable(1);
    lua.checkAny(2);
    lua.checkAny(3);
    if (this.#real.has(lua.address(1))) raiseReadOnly(lua);
    lua.setTop(3);
    lua.rawSet(1);
    return 1;
  }
}
