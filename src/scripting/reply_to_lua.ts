/**
 * Replies of commands as values of Lua.
 *
 *     +OK        {ok = "OK"}               %1         {map = {key = value}}
 *     -ERR x     {err = "ERR x"}           ~1         {set = {element = true}}
 *     :1         1                         #t         true
 *     $1 a       "a"                       ,1.5       {double = 1.5}
 *     $-1, *-1   false                     _          nil
 *     *2         {first, second}           (123       {big_number = "123"}
 *                                          =5 txt:a   {verbatim_string = {format = "txt", string = "a"}}
 *
 * The reply lies in the machine's memory, where it came in one piece: a string is made from where it stands.
 *
 * @module
 */
import type { Pointer } from "./lua_engine.ts";
import type { Lua } from "./lua.ts";

/** The first byte of a reply. */
const Kind = {
  Set: 0x7e,
  Boolean: 0x23,
  Bulk: 0x24,
  Map: 0x25,
  BigNumber: 0x28,
  Array: 0x2a,
  Simple: 0x2b,
  Double: 0x2c,
  Error: 0x2d,
  Integer: 0x3a,
  Verbatim: 0x3d,
  Null: 0x5f,
} as const;
const CR = 0x0d;
const ZERO = 0x30;
const MINUS = 0x2d;
/** A number with more digits may not fit a double: it is read as a text. */
const SAFE_DIGITS = 15;
/** Places on the stack that a reply takes at most, besides those within it. */
const ROOM = 6;

/** Reads replies; one for a machine. */
export class ReplyToLua {
  #at: Pointer = 0;

  constructor(private readonly lua: Lua) {}

  /** Pushes the value of the reply that begins at `start`. */
  push(start: Pointer): void {
    this.#at = start;
    this.#pushNext();
  }

  #pushNext(): void {
    const { lua } = this;
    if (!lua.hasRoom(ROOM)) lua.raise("stack overflow");
    switch (lua.engine.bytes[this.#at++]) {
      case Kind.Bulk:
        return this.#pushBulk();
      case Kind.Integer:
        return lua.pushNumber(this.#number());
      case Kind.Simple:
        return this.#pushLine("ok");
      case Kind.Array:
        return this.#pushArray();
      case Kind.Error:
        return this.#pushError();
      case Kind.Map:
        return this.#pushPairs("map");
      case Kind.Set:
        return this.#pushPairs("set");
      case Kind.Boolean:
        return lua.pushBoolean(this.#line() === "t");
      case Kind.Double:
        return this.#pushDouble();
      case Kind.Null:
        this.#line();
        return lua.pushNil();
      case Kind.BigNumber:
        return this.#pushLine("big_number");
      case Kind.Verbatim:
        return this.#pushVerbatim();
      default:
        return this.#skipAttribute();
    }
  }

  /** A table with the line as its only field. */
  #pushLine(field: string): void {
    const { lua } = this;
    lua.createTable(0, 1);
    const start = this.#at;
    this.#skipLine();
    lua.pushBytes(lua.engine.bytes, start, this.#at - 2 - start);
    lua.setField(-2, field);
  }

  #pushError(): void {
    pushError(this.lua, this.#line(), true);
  }

  #pushBulk(): void {
    const { lua } = this;
    const length = this.#number();
    if (length < 0) return lua.pushBoolean(false);
    const start = this.#at;
    this.#at += length + 2;
    lua.pushBytes(lua.engine.bytes, start, length);
  }

  #pushArray(): void {
    const { lua } = this;
    const count = this.#number();
    if (count < 0) return lua.pushBoolean(false);
    lua.createTable(count, 0);
    for (let i = 1; i <= count; i++) {
      this.#pushNext();
      lua.rawSetIndex(-2, i);
    }
  }

  #pushPairs(field: "map" | "set"): void {
    const { lua } = this;
    const count = this.#number();
    lua.createTable(0, 1);
    lua.createTable(0, count);
    for (let i = 0; i < count; i++) {
      this.#pushNext();
      if (field === "map") this.#pushNext();
      else lua.pushBoolean(true);
      lua.rawSet(-3);
    }
    lua.setField(-2, field);
  }

  #pushDouble(): void {
    const { lua } = this;
    const text = this.#line();
    lua.createTable(0, 1);
    lua.pushNumber(text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));
    lua.setField(-2, "double");
  }

  #pushVerbatim(): void {
    const { lua } = this;
    const length = this.#number();
    const start = this.#at;
    this.#at += length + 2;
    lua.createTable(0, 1);
    lua.createTable(0, 2);
    lua.pushBytes(lua.engine.bytes, start, 3);
    lua.setField(-2, "format");
    lua.pushBytes(lua.engine.bytes, start + 4, length - 4);
    lua.setField(-2, "string");
    lua.setField(-2, "verbatim_string");
  }

  /** Scripts do not see attributes: the reply behind it is the value. */
  #skipAttribute(): void {
    const { lua } = this;
    const count = this.#number();
    for (let i = 0; i < 2 * count; i++) {
      this.#pushNext();
      lua.pop();
    }
    this.#pushNext();
  }

  /** The number up to the end of the line. */
  #number(): number {
    const { bytes } = this.lua.engine;
    const start = this.#at;
    const isNegative = bytes[start] === MINUS;
    let at = isNegative ? start + 1 : start;
    let value = 0;
    for (; bytes[at] !== CR; at++) value = value * 10 + bytes[at] - ZERO;
    if (at - start > SAFE_DIGITS) return Number(this.#line());
    this.#at = at + 2;
    return isNegative ? -value : value;
  }

  #line(): string {
    const { bytes } = this.lua.engine;
    let text = "";
    for (; bytes[this.#at] !== CR; this.#at++) text += String.fromCharCode(bytes[this.#at]);
    this.#at += 2;
    return text;
  }

  #skipLine(): void {
    const { bytes } = this.lua.engine;
    while (bytes[this.#at] !== CR) this.#at++;
    this.#at += 2;
  }
}

/** Pushes an error table, with a code in front of a text that has only one word. `isCounted`: the statistics of errors know of it already. */
export function pushError(lua: Lua, text: string, isCounted: boolean): void {
  lua.createTable(0, isCounted ? 2 : 1);
  lua.pushText(text.includes(" ") ? text : `ERR ${text}`);
  lua.setField(-2, "err");
  if (!isCounted) return;
  lua.pushBoolean(true);
  lua.setField(-2, "ignore_error_stats_update");
}
