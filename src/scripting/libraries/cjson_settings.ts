/**
 * What a script may set in cjson, and the functions that do. The settings of the library that every script finds last until the scripts are
 * flushed; each table that `cjson.new` makes has its own, in the memory of the machine.
 *
 * @module
 */
import { type HostFunction, type Lua, LuaType } from "../lua.ts";
import { MAX_PRECISION } from "./cjson_numbers.ts";
import { checkInt64, lowHalf } from "./integers.ts";

/** Where each setting stands. */
export const Setting = {
  SparseConvert: 0,
  SparseRatio: 1,
  SparseSafe: 2,
  EncodeMaxDepth: 3,
  DecodeMaxDepth: 4,
  /** One of {@link InvalidNumbers}. */
  EncodeInvalid: 5,
  DecodeInvalid: 6,
  NumberPrecision: 7,
  KeepBuffer: 8,
} as const;

/** What becomes of infinite numbers and those that are none, when they are encoded. */
export const InvalidNumbers = { Refuse: 0, Write: 1, WriteNull: 2 } as const;

const DEFAULTS = [0, 2, 10, 1000, 1000, InvalidNumbers.Refuse, 1, 14, 1];
/** How many bytes the settings take. */
export const SETTINGS_BYTES = DEFAULTS.length * Int32Array.BYTES_PER_ELEMENT;
const INT_MAX = 2 ** 31 - 1;
/** The pseudo-index of the first upvalue of the function that runs. */
const UPVALUE = -10003;

/** Settings as they are at first. */
export function defaultSettings(): Int32Array {
  return new Int32Array(DEFAULTS);
}

/** Those that are in the userdata that the function has as its upvalue, or else `common`. Good until the next push. */
export function settingsOf(lua: Lua, common: Int32Array): Int32Array {
  const { c, bytes } = lua.engine;
  const own = c.lua_touserdata(lua.thread, UPVALUE);
  return own === 0 ? common : new Int32Array(bytes.buffer, own, DEFAULTS.length);
}

/** Pushes a userdata with settings as they are at first. */
export function pushSettings(lua: Lua): void {
  const pointer = lua.engine.c.lua_newuserdata(lua.thread, SETTINGS_BYTES);
  new Int32Array(lua.engine.bytes.buffer, pointer, DEFAULTS.length).set(DEFAULTS);
}

/** The functions that change settings, by their names. Each returns what is set then. */
export function settingFunctions(common: Int32Array): Readonly<Record<string, HostFunction>> {
  const oneInteger = (setting: number, low: number, high: number): HostFunction => (lua) => {
    limitArguments(lua, 1);
    return setInteger(lua, settingsOf(lua, common), 1, setting, low, high);
  };
  const oneChoice = (setting: number, choices: readonly string[]): HostFunction => (lua) => {
    limitArguments(lua, 1);
    return setChoice(lua, settingsOf(lua, common), setting, choices);
  };
  return {
    encode_sparse_array(lua) {
      limitArguments(lua, 3);
      setChoice(lua, settingsOf(lua, common), Setting.SparseConvert, SWITCH);
      setInteger(lua, settingsOf(lua, common), 2, Setting.SparseRatio, 0, INT_MAX);
      setInteger(lua, settingsOf(lua, common), 3, Setting.SparseSafe, 0, INT_MAX);
      return 3;
    },
    encode_max_depth: oneInteger(Setting.EncodeMaxDepth, 1, INT_MAX),
    decode_max_depth: oneInteger(Setting.DecodeMaxDepth, 1, INT_MAX),
    encode_number_precision: oneInteger(Setting.NumberPrecision, 1, MAX_PRECISION),
    encode_keep_buffer: oneChoice(Setting.KeepBuffer, SWITCH),
    encode_invalid_numbers: oneChoice(Setting.EncodeInvalid, [...SWITCH, "null"]),
    decode_invalid_numbers: oneChoice(Setting.DecodeInvalid, SWITCH),
  };
}

/** Booleans and these say the same. */
const SWITCH = ["off", "on"];

/** Sees to it that there are `count` arguments, nil if need be, and no more. */
function limitArguments(lua: Lua, count: number): void {
  if (lua.count > count) lua.raiseArgument(count + 1, "found too many arguments");
  lua.setTop(count);
}

/** Redis blames the first argument for a value out of range, whichever it is. */
function setInteger(
  lua: Lua,
  settings: Int32Array,
  argument: number,
  setting: number,
  low: number,
  high: number,
): number {
  if (lua.type(argument) !== LuaType.Nil) {
    const value = lowHalf(checkInt64(lua, argument));
    if (value < low || value > high) {
      lua.raiseArgument(1, `expected integer between ${low} and ${high}`);
    }
    settings[setting] = value;
  }
  lua.pushNumber(settings[setting]);
  return 1;
}

function setChoice(
  lua: Lua,
  settings: Int32Array,
  setting: number,
  choices: readonly string[],
): number {
  const type = lua.type(1);
  if (type === LuaType.Boolean) settings[setting] = lua.boolean(1) ? 1 : 0;
  else if (type !== LuaType.Nil) settings[setting] = checkChoice(lua, choices);
  const value = settings[setting];
  if (value < SWITCH.length) lua.pushBoolean(value === 1);
  else lua.pushText(choices[value]);
  return 1;
}

function checkChoice(lua: Lua, choices: readonly string[]): number {
  lua.checkBytes(1);
  const name = lua.text(1)!.split("\0", 1)[0];
  const choice = choices.indexOf(name);
  return choice >= 0 ? choice : lua.raiseArgument(1, `invalid option '${name}'`);
}
