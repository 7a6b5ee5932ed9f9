/**
 * The library `bit`: operations on 32 bits (Lua BitOp 1.0.2).
 *
 * @module
 */
import type { HostFunction, Lua } from "../lua.ts";
import type { Library } from "../sandbox.ts";

/** Added to a double, it leaves the whole number that it is nearest to in the double's lower bits, modulo 2^32: how BitOp reads numbers. */
const TO_LOWER_BITS = 2 ** 52 + 2 ** 51;
const UPPER = 0xff00ff00;
const MAX_DIGITS = 8;

const double = new Float64Array(1);
const lower = new Int32Array(double.buffer);

/** Argument `i` as 32 bits. */
function bits(lua: Lua, i: number): number {
  const number = lua.checkNumber(i);
  if ((number | 0) === number) return number;
  double[0] = number + TO_LOWER_BITS;
  return lower[0];
}

function result(lua: Lua, value: number): number {
  lua.pushNumber(value | 0);
  return 1;
}

const unary = (operation: (a: number) => number): HostFunction => (lua) =>
  result(lua, operation(bits(lua, 1)));

/** The first argument is read first, and then from the last one down: an error tells of the first that is found. */
const folding = (operation: (a: number, b: number) => number): HostFunction => (lua) => {
  let value = bits(lua, 1);
  for (let i = lua.count; i > 1; i--) value = operation(value, bits(lua, i));
  return result(lua, value);
};

const shifting = (operation: (value: number, by: number) => number): HostFunction => (lua) => {
  const value = bits(lua, 1);
  return result(lua, operation(value, bits(lua, 2) & 31));
};

/** Negative counts of digits ask for capital letters. */
const toHex: HostFunction = (lua) => {
  const value = bits(lua, 1);
  const wanted = lua.count < 2 ? MAX_DIGITS : bits(lua, 2);
  const digits = Math.min(Math.abs(wanted), MAX_DIGITS);
  const text = (value >>> 0).toString(16).padStart(MAX_DIGITS, "0").slice(MAX_DIGITS - digits);
  lua.pushText(wanted < 0 ? text.toUpperCase() : text);
  return 1;
};

const rotate = (a: number, by: number) => a << by | a >>> (32 - by & 31);
const swap = (a: number) => rotate(a & UPPER, 8) >>> 0 | rotate(a & ~UPPER, 24);

/** The library `bit`: it has no state, so there is one for all. */
export const bit: Library = {
  tobit: unary((a) => a),
  bnot: unary((a) => ~a),
  bswap: unary(swap),
  band: folding((a, b) => a & b),
  bor: folding((a, b) => a | b),
  bxor: folding((a, b) => a ^ b),
  lshift: shifting((a, by) => a << by),
  rshift: shifting((a, by) => a >>> by),
  arshift: shifting((a, by) => a >> by),
  rol: shifting(rotate),
  ror: shifting((a, by) => rotate(a, 32 - by & 31)),
  tohex: toHex,
};
