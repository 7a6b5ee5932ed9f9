/**
 * `redis.register_function`: how a library that is being loaded says what its functions are.
 *
 *     redis.register_function("name", function(keys, args) ... end)
 *     redis.register_function{function_name = "name", callback = f, flags = {"no-writes"}, description = "..."}
 *
 * @module
 */
import { LibraryFunction } from "./function_libraries.ts";
import { badName, isName } from "./library_head.ts";
import { type HostFunction, type Lua, LuaType } from "./lua.ts";
import { raiseError } from "./redis_api.ts";
import { SCRIPT_FLAGS } from "./script_flags.ts";

/** What the named arguments say. */
interface NamedArguments {
  name: string | undefined;
  description: string | undefined;
  flags: number;
}

/** The function for scripts. `registered` gives the functions of the library that is being loaded, if one is. */
export function registerFunction(
  registered: () => Map<string, LibraryFunction> | undefined,
): HostFunction {
  return (lua) => {
    const functions = registered();
    if (functions === undefined) {
      raiseError(lua, "redis.register_function can only be called on FUNCTION LOAD command");
    }
    const { count } = lua;
    if (count < 1 || count > 2) {
      raiseError(lua, "wrong number of arguments to redis.register_function");
    }
    const { description, flags, name } = count === 1 ? readNamed(lua) : readPositional(lua);
    if (!isName(name!)) raiseError(lua, badName.message.slice("ERR ".length));
    if (hasFunction(functions, name!)) {
      raiseError(lua, "Function already exists in the library");
    }
    functions.set(name!, new LibraryFunction(name!, description, flags, lua.keep()));
    return 0;
  };
}

/** Redis would take names that differ in case only, and end when the library goes. */
function hasFunction(functions: ReadonlyMap<string, LibraryFunction>, name: string): boolean {
  const lowerCase = name.toLowerCase();
  return functions.keys().some((other) => other.toLowerCase() === lowerCase);
}

/** Reads the two arguments; the function is on top of the stack. */
function readPositional(lua: Lua): NamedArguments {
  const name = lua.text(1);
  if (name === undefined) {
    raiseError(lua, "first argument to redis.register_function must be a string");
  }
  if (lua.type(2) !== LuaType.Function) {
    raiseError(lua, "second argument to redis.register_function must be a function");
  }
  return { name, description: undefined, flags: 0 };
}

/** Reads a table of arguments, and pushes the function. */
function readNamed(lua: Lua): NamedArguments {
  if (!lua.isTable(1)) {
    raiseError(
      lua,
      "calling redis.register_function with a single argument is only applicable to Lua table " +
        "(representing named arguments).",
    );
  }
  const named: NamedArguments = { name: undefined, description: undefined, flags: 0 };
  // Where the function will be.
  lua.pushNil();
  lua.pushNil();
  while (lua.next(1)) {
    readArgument(lua, named);
    lua.setTop(3);
  }
  if (named.name === undefined) {
    raiseError(lua, "redis.register_function must get a function name argument");
  }
  if (lua.type(2) !== LuaType.Function) {
    raiseError(lua, "redis.register_function must get a callback argument");
  }
  return named;
}

/** Reads the argument whose name is at place 3 of the stack, its value above it. */
function readArgument(lua: Lua, named: NamedArguments): void {
  switch (keyText(lua)?.toLowerCase()) {
    case undefined:
      return raiseError(
        lua,
        "named argument key given to redis.register_function is not a string",
      );
    case "function_name":
      named.name = lua.text(4);
      if (named.name !== undefined) return;
      return raiseError(
        lua,
        "function_name argument given to redis.register_function must be a string",
      );
    case "description":
      named.description = lua.text(4);
      if (named.description !== undefined) return;
      return raiseError(
        lua,
        "description argument given to redis.register_function must be a string",
      );
    case "callback":
      if (lua.type(4) === LuaType.Function) return lua.replace(2);
      return raiseError(
        lua,
        "callback argument given to redis.register_function must be a function",
      );
    case "flags":
      if (!lua.isTable(4)) {
        raiseError(
          lua,
          "flags argument to redis.register_function must be a table representing function flags",
        );
      }
      named.flags = readFlags(lua);
      return;
  }
  raiseError(lua, "unknown argument given to redis.register_function");
}

/** The name of an argument: a number has a text too, which must not take its place, because the table is walked by it. */
function keyText(lua: Lua): string | undefined {
  return lua.type(3) === LuaType.Number ? String(lua.number(3)) : lua.text(3);
}

/** The flags that the table on top of the stack names. */
function readFlags(lua: Lua): number {
  let flags = 0;
  for (let i = 1;; i++) {
    lua.rawGetIndex(4, i);
    if (lua.type(-1) === LuaType.Nil) return flags;
    const flag = SCRIPT_FLAGS[lua.text(-1)?.toLowerCase() ?? ""];
    if (flag === undefined) raiseError(lua, "unknown flag given");
    flags |= flag;
    lua.pop();
  }
}
