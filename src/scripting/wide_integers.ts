/**
 * `string.format` and `tonumber` with the integers of Redis, which have 64 bits: those of C in WebAssembly have 32. Whatever fits them is left to
 * Lua's own functions.
 *
 * @module
 */
import { type HostFunction, type Lua, LuaType } from "./lua.ts";

const INT32_LIMIT = 2 ** 31;
const INT64_LIMIT = 2 ** 63;
const UINT64_MAX = 2n ** 64n - 1n;
/** A conversion as C has it: flags, width, precision, letter. */
const CONVERSION = /%(?:%|([-+ #0]{0,5})(\d{0,2})(?:\.(\d{0,2}))?(.))/gs;
const INTEGERS = "diouxX";
/** What C's `isspace` knows. */
const SPACES = "[ \\t\\n\\v\\f\\r]*";
const DIGITS = new RegExp(`^${SPACES}([-+]?)([0-9a-zA-Z]+)${SPACES}$`);

/** How an integer is to be written. */
interface Layout {
  readonly flags: string;
  readonly width: number;
  /** Digits at least; undefined if nothing is said of them. */
  readonly precision: number | undefined;
  readonly letter: string;
}

/** `string.format`; `own` is Lua's, called in its place. */
export function wideFormat(own: HostFunction): HostFunction {
  return (lua) => {
    for (let i = 2; i <= lua.count; i++) {
      if (!isNarrow(lua, i)) {
        widen(lua);
        break;
      }
    }
    return own(lua);
  };
}

/** Whether an argument is the same for every conversion, however wide the integers of C are. */
function isNarrow(lua: Lua, i: number): boolean {
  const type = lua.type(i);
  if (type === LuaType.String) return lua.engine.c.lua_isnumber(lua.thread, i) === 0;
  if (type !== LuaType.Number) return true;
  const value = lua.number(i);
  return value >= 0 && value < INT32_LIMIT;
}

/** Puts texts in the place of integers that are not narrow, and `%s` in the place of their conversions. */
function widen(lua: Lua): void {
  const format = lua.text(1);
  if (format === undefined) return;
  let argument = 1;
  const { count } = lua;
  const widened = format.replace(CONVERSION, (conversion, flags, width, precision, letter) => {
    if (letter === undefined) return conversion;
    argument++;
    if (argument > count || !INTEGERS.includes(letter) || isNarrow(lua, argument)) {
      return conversion;
    }
    if (lua.type(argument) > LuaType.String) return conversion;
    const value = lua.engine.c.lua_tonumber(lua.thread, argument);
    const digits = precision === undefined ? undefined : Number(precision);
    lua.pushText(formatInteger(value, { flags, width: Number(width), precision: digits, letter }));
    lua.replace(argument);
    return "%s";
  });
  lua.pushText(widened);
  lua.replace(1);
}

/** As `printf` of C writes an integer of 64 bits that was made of a double. */
export function formatInteger(value: number, { flags, width, precision, letter }: Layout): string {
  const isSigned = letter === "d" || letter === "i";
  const whole = isSigned ? toInt64(value) : toUint64(value);
  let digits = (whole < 0n ? -whole : whole).toString(baseOf(letter));
  if (letter === "X") digits = digits.toUpperCase();
  if (precision === 0 && whole === 0n) digits = "";
  else if (precision !== undefined) digits = digits.padStart(precision, "0");
  let prefix = "";
  if (isSigned) {
    prefix = whole < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  } else if (flags.includes("#") && letter === "o" && !digits.startsWith("0")) prefix = "0";
  else if (flags.includes("#") && letter.toLowerCase() === "x" && whole !== 0n) {
    prefix = `0${letter}`;
  }
  const text = prefix + digits;
  if (flags.includes("-")) return text.padEnd(width);
  if (flags.includes("0") && precision === undefined) {
    return prefix + digits.padStart(width - prefix.length, "0");
  }
  return text.padStart(width);
}

function baseOf(letter: string): number {
  if (letter === "o") return 8;
  return letter === "x" || letter === "X" ? 16 : 10;
}

/** What processors make of a number that does not fit is the lowest integer. */
function toInt64(value: number): bigint {
  const whole = Math.trunc(value);
  return Math.abs(whole) < INT64_LIMIT ? BigInt(whole) : -(2n ** 63n);
}

function toUint64(value: number): bigint {
  if (value >= 2 * INT64_LIMIT) return 0n;
  if (value >= INT64_LIMIT) return BigInt(Math.trunc(value));
  return BigInt.asUintN(64, toInt64(value));
}

/** `tonumber`; `own` is Lua's, called for all but other bases than ten. */
export function wideToNumber(own: HostFunction): HostFunction {
  return (lua) => {
    if (lua.type(2) <= LuaType.Nil) return own(lua);
    const base = lua.checkInteger(2);
    if (base === 10 || base < 2 || base > 36) return own(lua);
    lua.checkBytes(1);
    const value = readInteger(lua.text(1)!.split("\0")[0], base);
    if (value === undefined) lua.pushNil();
    else lua.pushNumber(value);
    return 1;
  };
}

/** As `strtoul` of C reads an integer of 64 bits; undefined if anything else is there. */
export function readInteger(text: string, base: number): number | undefined {
  const [, sign, word] = DIGITS.exec(text) ?? [];
  if (word === undefined) return undefined;
  const digits = base === 16 ? word.replace(/^0x(?=.)/i, "") : word;
  let value = 0n;
  for (const digit of digits) {
    const worth = parseInt(digit, 36);
    if (worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
  }
  if (value > UINT64_MAX) return Number(UINT64_MAX);
  return Number(sign === "-" ? BigInt.asUintN(64, -value) : value);
}
