/**
 * What scripts find in the table `redis`.
 *
 * @module
 */
import { SinkKind } from "../changes/stream.ts";
import { hexText } from "../lib/bytes.ts";
import { sha1, SHA1_BYTES } from "../lib/sha1.ts";
import type { Profile } from "../command/profile.ts";
import type { Log } from "../telemetry/log.ts";
import { type HostFunction, type Lua, LuaType } from "./lua.ts";
import type { RedisCalls } from "./redis_calls.ts";
import { pushError } from "./reply_to_lua.ts";
import type { Library } from "./sandbox.ts";

/** Bits of `redis.set_repl`. */
export const Replicate = {
  Aof: SinkKind.File,
  Replica: SinkKind.Replicas,
  All: SinkKind.Any,
} as const;

/** Levels of `redis.log`, by their numbers. */
const LEVELS = ["debug", "verbose", "notice", "warning"] as const;

/** What a script may change of the way it runs. */
export interface ScriptSettings {
  /** The protocol that its calls are answered in. */
  resp: 2 | 3;
  /** Bits of {@link Replicate}: where its changes go. */
  replicates: number;
}

/** The functions of `redis`; `settings` are those of the script that runs. */
export function redisApi(
  calls: RedisCalls,
  settings: ScriptSettings,
  log: Log,
  { redisVersion }: Profile,
): Library {
  return {
    call: (lua) => calls.call(lua, true),
    pcall: (lua) => calls.call(lua, false),
    acl_check_cmd: (lua) => calls.checkRights(lua),
    error_reply: errorReply,
    status_reply: statusReply,
    sha1hex,
    log: (lua) => writeLog(lua, log),
    LOG_DEBUG: 0,
    LOG_VERBOSE: 1,
    LOG_NOTICE: 2,
    LOG_WARNING: 3,
    setresp: (lua) => setResp(lua, settings),
    set_repl: (lua) => setRepl(lua, settings),
    REPL_NONE: 0,
    REPL_AOF: Replicate.Aof,
    REPL_SLAVE: Replicate.Replica,
    REPL_REPLICA: Replicate.Replica,
    REPL_ALL: Replicate.All,
    REDIS_VERSION: redisVersion,
    REDIS_VERSION_NUM: redisVersion.split(".").reduce((sum, part) => sum * 256 + Number(part), 0),
  };
}

/** What only EVAL's scripts find there besides. */
export const evalOnly: Library = {
  breakpoint: (lua) => {
    lua.pushBoolean(false);
    return 1;
  },
  debug: () => 0,
  replicate_commands: (lua) => {
    lua.pushBoolean(true);
    return 1;
  },
};

/** Raises an error table, as the functions of `redis` do. */
export function raiseError(lua: Lua, message: string): never {
  pushError(lua, `ERR ${message}`, false);
  return lua.raiseValue();
}

const errorReply: HostFunction = (lua) => {
  if (lua.count !== 1 || !lua.isString(1)) return pushWrongArguments(lua);
  const text = lua.text(1)!.split("\0")[0];
  pushError(lua, text.startsWith("-") ? text.slice(1) : text, false);
  return 1;
};

const statusReply: HostFunction = (lua) => {
  if (lua.count !== 1 || !lua.isString(1)) return pushWrongArguments(lua);
  lua.createTable(0, 1);
  lua.pushValue(1);
  lua.setField(-2, "ok");
  return 1;
};

function pushWrongArguments(lua: Lua): number {
  pushError(lua, "ERR wrong number or type of arguments", false);
  return 1;
}

const digest = new Uint8Array(SHA1_BYTES);

const sha1hex: HostFunction = (lua) => {
  if (lua.count !== 1) raiseError(lua, "wrong number of arguments");
  const range = lua.bytes(1) ?? { bytes: lua.engine.bytes, start: 0, length: 0 };
  sha1(range.bytes, range.start, range.length, digest);
  lua.pushText(hexText(digest));
  return 1;
};

function writeLog(lua: Lua, log: Log): number {
  const { count } = lua;
  if (count < 2) raiseError(lua, "redis.log() requires two arguments or more.");
  if (!isNumber(lua, 1)) raiseError(lua, "First argument must be a number (log level).");
  const level = LEVELS[Math.trunc(lua.checkNumber(1))];
  if (level === undefined) raiseError(lua, "Invalid debug level.");
  if (!log.shows(level)) return 0;
  const words: string[] = [];
  for (let i = 2; i <= count; i++) {
    const word = lua.text(i);
    if (word !== undefined) words.push(word);
  }
  log[level](words.join(" "));
  return 0;
}

/** Whether a value is a number, or a string that spells one. */
function isNumber(lua: Lua, i: number): boolean {
  return lua.type(i) === LuaType.Number || lua.engine.c.lua_isnumber(lua.thread, i) !== 0;
}

/** A value as a C program that takes it for a number has it: 0 if it is none. */
function asInteger(lua: Lua, i: number): number {
  return Math.trunc(lua.engine.c.lua_tonumber(lua.thread, i));
}

function setResp(lua: Lua, settings: ScriptSettings): number {
  if (lua.count !== 1) raiseError(lua, "redis.setresp() requires one argument.");
  const resp = asInteger(lua, 1);
  if (resp !== 2 && resp !== 3) raiseError(lua, "RESP version must be 2 or 3.");
  settings.resp = resp;
  return 0;
}

function setRepl(lua: Lua, settings: ScriptSettings): number {
  if (lua.count !== 1) raiseError(lua, "redis.set_repl() requires one argument.");
  const bits = asInteger(lua, 1) | 0;
  if ((bits & ~Replicate.All) !== 0) {
    raiseError(
      lua,
      "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
    );
  }
  settings.replicates = bits;
  return 0;
}
