/**
 * Functions that take the place of Lua's own in the sandbox, as far as they need nothing of it.
 *
 * @module
 */
import { type Lua, LuaType } from "./lua.ts";

const READ_ONLY = "Attempt to modify a readonly table";

/** Pushes nil as the only result. */
export function pushNil(lua: Lua): number {
  lua.pushNil();
  return 1;
}

/** Where Redis's Lua finds a read-only table in a function of C it says nothing of the place in the script. */
export function raiseReadOnly(lua: Lua): never {
  lua.pushText(READ_ONLY);
  return lua.raiseValue();
}

/** `__newindex` of what is read-only. */
export function refuse(lua: Lua): number {
  return lua.raise(READ_ONLY);
}

/** `__index` of the globals: what is not there is an error. */
export function refuseUnknown(lua: Lua): number {
  return lua.raise(
    lua.type(2) === LuaType.String || lua.type(2) === LuaType.Number
      ? `Script attempted to access nonexistent global variable '${lua.text(2)!.split("\0")[0]}'`
      : "Second argument to luaProtectedTableError must be a string or number",
  );
}

/** What Redis handles errors with: it makes tables of them. Here that happens behind the script; the name is there all the same. */
export function asErrorTable(lua: Lua): number {
  lua.setTop(1);
  if (lua.isTable(1)) return 1;
  lua.createTable(0, 1);
  lua.pushText(`ERR ${lua.describe(1)}`);
  lua.setField(-2, "err");
  return 1;
}

/** The collector is the server's: what would stop or change it does nothing. */
export function collectGarbage(lua: Lua): number {
  const { c } = lua.engine;
  const option = lua.type(1) <= LuaType.Nil ? "collect" : lua.text(1);
  const places = ["stop", "restart", "collect", "count", "", "step", "setpause", "setstepmul"];
  const what = option === undefined || option === "" ? -1 : places.indexOf(option);
  if (option === undefined) lua.checkBytes(1);
  if (what < 0) lua.raiseArgument(1, `invalid option '${option}'`);
  const amount = lua.optionalInteger(2, 0);
  if (option === "count") {
    lua.pushNumber(c.lua_gc(lua.thread, 3, 0) + c.lua_gc(lua.thread, 4, 0) / 1024);
  } else if (option === "step") lua.pushBoolean(c.lua_gc(lua.thread, 5, amount) !== 0);
  else if (option === "setpause" || option === "setstepmul") lua.pushNumber(200);
  else {
    if (option === "collect") c.lua_gc(lua.thread, 2, 0);
    lua.pushNumber(0);
  }
  return 1;
}

/** A string is at most this part of what the machine may have. */
const LONGEST_SHARE = 1 / 4;

/** `string.rep`, which fails at once if there is no room for what it makes: Lua's own would take many seconds to find out. */
export function repeat(lua: Lua): number {
  const { engine } = lua;
  const { start, length } = lua.checkBytes(1);
  const total = length * Math.max(0, lua.checkInteger(2));
  if (total > engine.limitBytes * LONGEST_SHARE) {
    lua.pushText("not enough memory");
    return lua.raiseValue();
  }
  const target = engine.scratch(total);
  const { bytes } = engine;
  if (total > 0) bytes.copyWithin(target, start, start + length);
  // What is there is doubled.
  for (let done = length; done < total; done *= 2) {
    bytes.copyWithin(target + done, target, target + Math.min(done, total - done));
  }
  engine.c.lua_pushlstring(lua.thread, target, total);
  return 1;
}

/** `loadstring`. */
export function loadString(lua: Lua): number {
  const { start, length } = lua.checkBytes(1);
  const name = lua.type(2) <= LuaType.Nil ? start : lua.checkBytes(2).start;
  if (lua.loadText(start, length, name) === 0) return 1;
  lua.pushNil();
  lua.insert(-2);
  return 2;
}

/** Pushes the function that argument 1 is, or the one at this level of the calls. */
function pushFunctionAt(lua: Lua, missing: number | undefined): void {
  if (lua.type(1) === LuaType.Function) return lua.pushValue(1);
  const level = missing === undefined ? lua.checkInteger(1) : lua.optionalInteger(1, missing);
  if (level < 0) lua.raiseArgument(1, "level must be non-negative");
  if (!lua.pushCaller(level)) lua.raiseArgument(1, "invalid level");
  if (lua.type(-1) === LuaType.Nil) {
    lua.raise(`no function environment for tail call at level ${level}`);
  }
}

/** `setfenv`; functions of the sandbox's own keep their environment, as if they were written in C. */
export function setEnvironment(lua: Lua, isOurs: (lua: Lua) => boolean): number {
  const { c } = lua.engine;
  lua.checkTable(2);
  pushFunctionAt(lua, undefined);
  const isOwn = isOurs(lua);
  lua.pushValue(2);
  if (lua.type(1) === LuaType.Number && lua.number(1) === 0) {
    c.lua_pushthread(lua.thread);
    lua.insert(-2);
    c.lua_setfenv(lua.thread, -2);
    return 0;
  }
  if (isOwn || !lua.isLuaFunction(-2) || c.lua_setfenv(lua.thread, -2) === 0) {
    lua.raise("'setfenv' cannot change environment of given object");
  }
  return 1;
}

/** `newproxy` without a metatable: one could have a finalizer, and nothing can interrupt those. */
export function newProxy(lua: Lua): number {
  if (lua.boolean(1)) lua.raise("newproxy cannot make a metatable here");
  lua.engine.c.lua_newuserdata(lua.thread, 0);
  return 1;
}

/** Gives `cjson.null` the text that it has in Redis, where C's library writes null so. Scripts see no metatable at it. */
export function nameNull(lua: Lua): void {
  lua.pushLightUserdata(0);
  lua.createTable(0, 1);
  lua.pushFunction((lua) => {
    lua.pushText("userdata: (nil)");
    return 1;
  });
  lua.setField(-2, "__tostring");
  lua.setMetatable(-2);
}
