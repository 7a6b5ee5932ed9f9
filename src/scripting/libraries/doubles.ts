/**
 * Doubles and floats as bytes. What is not a number has a sign and more, which JavaScript may lose: such a one is moved as bits.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import type { Output } from "./output.ts";

/** How many bytes a double has. */
export const DOUBLE_BYTES = 8;
/** How many bytes a float has. */
export const FLOAT_BYTES = 4;

const SIGN = 1 << 31;
/** No number, and "quiet": processors make every such float and double quiet when they convert it. */
const FLOAT_NAN = 0x7fc00000;
const DOUBLE_NAN = 0x7ff80000;
/** A float's fraction, and a double's in its upper half: 23 bits and 20. */
const FLOAT_FRACTION = 0x7fffff;
const DOUBLE_FRACTION = 0xfffff;

/** The number on its way, in big endian. */
const view = new DataView(new ArrayBuffer(DOUBLE_BYTES));

/** Writes the number in a slot of the machine's memory as a double. */
export function writeDouble(lua: Lua, output: Output, slot: Pointer, isBigEndian: boolean): void {
  const { words } = lua.engine;
  view.setInt32(0, words[(slot + 4) >> 2]);
  view.setInt32(4, words[slot >> 2]);
  write(lua, output, DOUBLE_BYTES, isBigEndian);
}

/** Writes the number in a slot of the machine's memory as the nearest float. */
export function writeFloat(lua: Lua, output: Output, slot: Pointer, isBigEndian: boolean): void {
  const { doubles, words } = lua.engine;
  const value = doubles[slot >> 3];
  if (value === value) view.setFloat32(0, value);
  else {
    const high = words[(slot + 4) >> 2];
    const fraction = (high & DOUBLE_FRACTION) << 3 | words[slot >> 2] >>> 29;
    view.setInt32(0, high & SIGN | FLOAT_NAN | fraction);
  }
  write(lua, output, FLOAT_BYTES, isBigEndian);
}

/** Pushes the double that stands in the machine's memory. */
export function pushDouble(lua: Lua, start: Pointer, isBigEndian: boolean): void {
  read(lua, start, DOUBLE_BYTES, isBigEndian);
  pushView(lua);
}

/** Pushes the float that stands in the machine's memory. */
export function pushFloat(lua: Lua, start: Pointer, isBigEndian: boolean): void {
  read(lua, start, FLOAT_BYTES, isBigEndian);
  const value = view.getFloat32(0);
  if (value === value) return lua.pushNumber(value);
  const bits = view.getInt32(0);
  const fraction = bits & FLOAT_FRACTION;
  view.setInt32(0, bits & SIGN | DOUBLE_NAN | fraction >>> 3);
  view.setInt32(4, fraction << 29);
  pushView(lua);
}

/** Pushes what is not a number, with a sign. */
export function pushNotANumber(lua: Lua, isNegative: boolean): void {
  view.setInt32(0, isNegative ? SIGN | DOUBLE_NAN : DOUBLE_NAN);
  view.setInt32(4, 0);
  pushView(lua);
}

function pushView(lua: Lua): void {
  lua.pushNumber(0);
  const { words } = lua.engine;
  const slot = lua.slot(-1);
  words[(slot + 4) >> 2] = view.getInt32(0);
  words[slot >> 2] = view.getInt32(4);
}

function write(lua: Lua, output: Output, bytes: number, isBigEndian: boolean): void {
  output.reserve(lua, bytes);
  for (let i = 0; i < bytes; i++) {
    output.bytes[output.length++] = view.getUint8(isBigEndian ? i : bytes - 1 - i);
  }
}

function read(lua: Lua, start: Pointer, count: number, isBigEndian: boolean): void {
  const { bytes } = lua.engine;
  for (let i = 0; i < count; i++) {
    view.setUint8(i, bytes[isBigEndian ? start + i : start + count - 1 - i]);
  }
}
