/**
 * Escapes of JSON that name a character by its number in UTF-16.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import type { Output } from "./output.ts";

/** A backslash, u, and four digits. */
const ESCAPE_BYTES = 6;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** Writes as UTF-8 what the escape at `at` names, which may be two for one character. Returns where to read on; 0 if it is none. */
export function readUnicodeEscape(lua: Lua, at: Pointer, output: Output): Pointer {
  const { bytes } = lua.engine;
  const unit = readUnit(bytes, at);
  if (unit < 0) return 0;
  if ((unit & 0xf800) !== 0xd800) {
    writeUtf8(lua, output, unit);
    return at + ESCAPE_BYTES;
  }
  const second = at + ESCAPE_BYTES;
  const isPair = unit < 0xdc00 && bytes[second] === BACKSLASH && bytes[second + 1] === LETTER_U;
  const low = isPair ? readUnit(bytes, second) : -1;
  if (low < 0xdc00 || low > 0xdfff) return 0;
  writeUtf8(lua, output, 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff));
  return second + ESCAPE_BYTES;
}

/** The number that four digits spell; below 0 if they are none. */
function readUnit(bytes: Uint8Array, at: Pointer): number {
  let unit = 0;
  for (let i = at + 2; i < at + ESCAPE_BYTES; i++) {
    const digit = hexDigit(bytes[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

function writeUtf8(lua: Lua, output: Output, code: number): void {
  const rest = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  // As many ones in front as there are bytes, and a zero.
  const head = rest === 0 ? 0 : 0xff << 7 - rest & 0xff;
  output.byte(lua, head | code >> 6 * rest);
  for (let i = rest - 1; i >= 0; i--) output.byte(lua, 0x80 | code >> 6 * i & 0x3f);
}
