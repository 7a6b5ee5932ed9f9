/**
 * MessagePack as values of Lua.
 *
 * Structures may be nested as deep as Lua's stack allows, which is some thousands, so what is open is kept in a list instead of on JavaScript's
 * stack. A length that a head tells is only believed as its contents come: each of them takes a byte at least.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import { FREE_PLACES } from "../lua_values.ts";
import { DOUBLE_BYTES, FLOAT_BYTES, pushDouble, pushFloat } from "./doubles.ts";
import { fromHalves } from "./integers.ts";

const TOO_MANY = "too many return values at once; use unpack_one or unpack_limit instead.";
const TOO_DEEP = "in function mp_decode_to_lua_array";
const MISSING = "Missing bytes in input.";
const BAD_FORMAT = "Bad data format in input.";

/** Reads values of one machine. */
export class MessagePackReader {
  /** Where the next value begins. */
  at: Pointer = 0;
  /** Where there are no bytes any more. */
  end: Pointer = 0;
  #lua!: Lua;
  /** How many values are still to come in each structure that is open: in a map, keys and values. */
  readonly #remaining: number[] = [];
  /** In each array that is open, the index of the next value; 0 stands for a map. */
  readonly #index: number[] = [];
  #depth = 0;
  #arrays = 0;
  /** So many places of the stack may be used without asking. */
  #room = 0;

  /** Begins to read the bytes of a string, which stays on the stack meanwhile. */
  begin(lua: Lua, start: Pointer, length: number, offset: number): void {
    this.#lua = lua;
    this.at = start + offset;
    this.end = start + length;
    this.#room = lua.count + FREE_PLACES;
  }

  /** Reads one value and pushes it; raises an error if there is none. */
  pushValue(): void {
    this.#depth = this.#arrays = 0;
    do {
      if (this.#pushOne()) this.#store();
    } while (this.#depth > 0);
  }

  /** Puts the complete value on top into the innermost open structure. If that is complete now it is a value itself, and so on. */
  #store(): void {
    while (this.#depth > 0) {
      const top = this.#depth - 1;
      const remaining = --this.#remaining[top];
      if (this.#index[top] > 0) this.#lua.rawSetIndex(-2, this.#index[top]++);
      else if (remaining % 2 === 0) this.#lua.rawSet(-3);
      if (remaining > 0) return;
      if (this.#index[top] > 0) this.#arrays--;
      this.#depth--;
    }
  }

  /** Pushes a value, or a table for what is opened. Whether that is complete. */
  #pushOne(): boolean {
    this.#need(1);
    this.#reserve(TOO_MANY);
    const lua = this.#lua;
    const byte = lua.engine.bytes[this.at++];
    if (byte <= 0x7f) lua.pushNumber(byte);
    else if (byte >= 0xe0) lua.pushNumber(byte - 0x100);
    else if (byte <= 0x8f) return this.#open(2 * (byte & 0x0f), 0);
    else if (byte <= 0x9f) return this.#open(byte & 0x0f, 1);
    else if (byte <= 0xbf) this.#pushRaw(byte & 0x1f);
    else return this.#pushLonger(byte);
    return true;
  }

  /** Pushes what begins with a byte that says no more than its form. */
  #pushLonger(form: number): boolean {
    const lua = this.#lua;
    switch (form) {
      case 0xc0:
        lua.pushNil();
        return true;
      case 0xc2:
      case 0xc3:
        lua.pushBoolean(form === 0xc3);
        return true;
      case 0xca:
        pushFloat(lua, this.#take(FLOAT_BYTES), true);
        return true;
      case 0xcb:
        pushDouble(lua, this.#take(DOUBLE_BYTES), true);
        return true;
      case 0xd9:
      case 0xda:
      case 0xdb:
        this.#pushRaw(this.#unsigned(1 << form - 0xd9));
        return true;
      case 0xdc:
      case 0xdd:
        return this.#open(this.#unsigned(2 << form - 0xdc), 1);
      case 0xde:
      case 0xdf:
        return this.#open(2 * this.#unsigned(2 << form - 0xde), 0);
      default:
        lua.pushNumber(this.#integer(form));
        return true;
    }
  }

  /** Redis reads unsigned integers of 64 bits as signed ones. */
  #integer(form: number): number {
    switch (form) {
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << form - 0xcc);
      case 0xd0:
        return this.#unsigned(1) << 24 >> 24;
      case 0xd1:
        return this.#unsigned(2) << 16 >> 16;
      case 0xd2:
        return this.#unsigned(4) | 0;
      case 0xcf:
      case 0xd3: {
        this.#need(8);
        const high = this.#unsigned(4);
        return fromHalves(high, this.#unsigned(4));
      }
      default:
        return this.#lua.raise(BAD_FORMAT);
    }
  }

  #pushRaw(length: number): void {
    const start = this.#take(length);
    this.#lua.pushBytes(this.#lua.engine.bytes, start, length);
  }

  /** Pushes the table for a structure of so many values. Whether it has none. */
  #open(count: number, index: number): boolean {
    this.#lua.createTable(0, 0);
    if (index > 0) this.#reserve(TOO_DEEP);
    if (count === 0) return true;
    this.#remaining[this.#depth] = count;
    this.#index[this.#depth++] = index;
    if (index > 0) this.#arrays++;
    return false;
  }

  #unsigned(bytes: number): number {
    let at = this.#take(bytes);
    const memory = this.#lua.engine.bytes;
    let value = 0;
    for (; bytes > 0; bytes--) value = value * 256 + memory[at++];
    return value;
  }

  /** Goes past so many bytes, and returns where they begin. */
  #take(count: number): Pointer {
    this.#need(count);
    const start = this.at;
    this.at += count;
    return start;
  }

  #need(count: number): void {
    if (count > this.end - this.at) this.#lua.raise(MISSING);
  }

  /** Sees to it that a value can be pushed. In Redis every open array has its index on the stack too, and so the limit is the same. */
  #reserve(message: string): void {
    const needed = this.#lua.count + this.#arrays + 1;
    if (needed <= this.#room) return;
    this.#lua.checkStack(this.#arrays + 1, message);
    this.#room = needed;
  }
}
