/**
 * The library `struct`: numbers and strings as the bytes of a C structure. `struct_format.ts` tells what formats are made of.
 *
 * @module
 */
import { type Lua, LuaType } from "../lua.ts";
import type { Library } from "../sandbox.ts";
import { pushDouble, pushFloat, writeDouble, writeFloat } from "./doubles.ts";
import { fromHalves, highHalf, lowHalf, optionalInt64, toInt64, toUint64 } from "./integers.ts";
import { Output } from "./output.ts";
import { Kind, StructFormat } from "./struct_format.ts";

const WORD_BITS = 32;
const LONG_BYTES = 8;
const TOO_SHORT = "data string too short";

/** The library `struct`, with buffers of its own. */
export function structLibrary(): Library {
  const output = new Output();
  const format = new StructFormat();
  return {
    pack: (lua) => pack(lua, format, output),
    unpack: (lua) => unpack(lua, format),
    size: (lua) => size(lua, format),
  };
}

function pack(lua: Lua, format: StructFormat, output: Output): number {
  output.clear();
  format.begin(lua);
  // An argument too few is nil.
  lua.pushNil();
  for (let arg = 2; format.next();) {
    writeZeros(lua, output, format.paddingAt(output.length));
    switch (format.kind) {
      case Kind.Integer:
        writeInteger(lua, output, arg++, format);
        break;
      case Kind.Padding:
        writeZeros(lua, output, 1);
        break;
      case Kind.Float:
      case Kind.Double:
        writeReal(lua, output, arg++, format);
        break;
      case Kind.Bytes:
      case Kind.Text:
        writeString(lua, output, arg++, format);
        break;
      default:
        format.obey();
    }
  }
  output.push(lua);
  return 1;
}

function writeZeros(lua: Lua, output: Output, count: number): void {
  for (; count > 0; count--) output.byte(lua, 0);
}

function writeInteger(lua: Lua, output: Output, arg: number, format: StructFormat): void {
  const number = lua.checkNumber(arg);
  const value = number < 0 ? toInt64(number) : toUint64(number);
  const halves = [lowHalf(value), highHalf(value)];
  const { size } = format;
  output.reserve(lua, size);
  for (let i = 0; i < size; i++) {
    const place = format.isBigEndian ? size - 1 - i : i;
    // Integers have 8 bytes; what a format wants beyond that is zero, for negative ones too.
    const half = place < LONG_BYTES ? halves[place >> 2] : 0;
    output.bytes[output.length++] = half >>> 8 * (place & 3);
  }
}

function writeReal(lua: Lua, output: Output, arg: number, format: StructFormat): void {
  const value = lua.checkNumber(arg);
  const isText = lua.type(arg) !== LuaType.Number;
  if (isText) lua.pushNumber(value);
  const write = format.kind === Kind.Double ? writeDouble : writeFloat;
  write(lua, output, lua.slot(isText ? -1 : arg), format.isBigEndian);
  if (isText) lua.pop();
}

function writeString(lua: Lua, output: Output, arg: number, format: StructFormat): void {
  const { start, length } = lua.checkBytes(arg);
  const size = format.size === 0 ? length : format.size;
  // Redis blames the argument behind the one that it means.
  if (length < size) lua.raiseArgument(arg + 1, "string too short");
  output.copy(lua, start, size);
  if (format.kind === Kind.Text) output.byte(lua, 0);
}

function unpack(lua: Lua, format: StructFormat): number {
  format.begin(lua);
  const { start, length } = lua.checkBytes(2);
  const first = optionalInt64(lua, 3, 1);
  if (first === 0) lua.raiseArgument(3, "offset must be 1 or greater");
  const begin = lua.count;
  let position = first - 1;
  while (format.next()) {
    position += format.paddingAt(position);
    requireBytes(lua, position, format.size, length);
    lua.checkStack(2, "too many results");
    position += unpackOption(lua, format, start, position, length, lua.count > begin);
  }
  lua.pushNumber(position + 1);
  return lua.count - begin;
}

/** A negative position is one far behind the end. */
function requireBytes(lua: Lua, position: number, size: number, length: number): void {
  if (size > length || position > length - size || position < 0) {
    lua.raiseArgument(2, TOO_SHORT);
  }
}

/** Pushes what an option reads at a position, and returns how many bytes it has taken. */
function unpackOption(
  lua: Lua,
  format: StructFormat,
  start: number,
  position: number,
  length: number,
  hasResults: boolean,
): number {
  const at = start + position;
  switch (format.kind) {
    case Kind.Integer:
      lua.pushNumber(readInteger(lua, at, format));
      break;
    case Kind.Double:
      pushDouble(lua, at, format.isBigEndian);
      break;
    case Kind.Float:
      pushFloat(lua, at, format.isBigEndian);
      break;
    case Kind.Bytes: {
      const count = format.size > 0 ? format.size : takeCount(lua, hasResults);
      requireBytes(lua, position, count, length);
      lua.pushBytes(lua.engine.bytes, at, count);
      return count;
    }
    case Kind.Text: {
      // A zero is behind the data too: there every string of Lua's has one.
      const end = lua.engine.bytes.indexOf(0, at);
      if (end >= start + length) lua.raise("unfinished string in data");
      lua.pushBytes(lua.engine.bytes, at, end - at);
      return end - at + 1;
    }
    case Kind.Control:
      format.obey();
  }
  return format.size;
}

/** Pops the number that tells how long the string behind it is. */
function takeCount(lua: Lua, hasResults: boolean): number {
  if (!hasResults || lua.engine.c.lua_isnumber(lua.thread, -1) === 0) {
    lua.raise("format 'c0' needs a previous size");
  }
  const count = lua.engine.c.lua_tonumber(lua.thread, -1);
  lua.pop();
  return count < 0 ? negativeCount(count) : toUint64(count);
}

/** A negative count is far too large, unless it is rounded to zero. */
function negativeCount(count: number): number {
  return toInt64(count) === 0 ? 0 : Infinity;
}

function readInteger(lua: Lua, start: number, format: StructFormat): number {
  const { bytes } = lua.engine;
  const { size } = format;
  let high = 0;
  let low = 0;
  // What is read first is shifted out when there are more than 8 bytes.
  for (let i = 0; i < size; i++) {
    high = high << 8 | low >>> 24;
    low = low << 8 | bytes[format.isBigEndian ? start + i : start + size - 1 - i];
  }
  return format.isSigned ? signed(high, low, size) : (high >>> 0) * 2 ** WORD_BITS + (low >>> 0);
}

/** Above 8 bytes Redis takes the sign from where x86 shifts a bit to: as many places on as there are beyond 64. */
function signed(high: number, low: number, size: number): number {
  const sign = 8 * size - 1 & 63;
  const isHigh = sign >= WORD_BITS;
  const mask = -1 << (sign & WORD_BITS - 1);
  if (((isHigh ? high : low) & mask) === 0 && (isHigh || high === 0)) return fromHalves(high, low);
  return isHigh ? fromHalves(high | mask, low) : fromHalves(-1, low | mask);
}

function size(lua: Lua, format: StructFormat): number {
  let position = 0;
  for (format.begin(lua); format.next();) {
    position += format.paddingAt(position) + format.size;
    if (format.kind === Kind.Text) lua.raiseArgument(1, "option 's' has no fixed size");
    if (format.kind === Kind.Bytes && format.size === 0) {
      lua.raiseArgument(1, "option 'c0' has no fixed size");
    }
    // Letters and digits that are no options have no size; anything else must be one.
    if (!format.isAlphanumeric) format.obey();
  }
  lua.pushNumber(position);
  return 1;
}
