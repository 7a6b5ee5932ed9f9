/**
 * Values of Lua as JSON, in the form that Redis's cjson gives them.
 *
 * Tables are read where they lie in the machine's memory, so nothing is called and nothing can move meanwhile. Those that are open are kept in
 * a list instead of on JavaScript's stack: how deep they may be nested is a setting.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import {
  elementAt,
  elementRoom,
  keyAt,
  nextPlace,
  slotType,
  stringLength,
  stringStart,
  valueAt,
} from "../lua_tables.ts";
import { LuaType } from "../lua_values.ts";
import { MAX_NUMBER_BYTES, writeNumber } from "./cjson_numbers.ts";
import { InvalidNumbers, Setting } from "./cjson_settings.ts";
import { Output } from "./output.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const ARRAY_BEGIN = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_BEGIN = 0x7b;
const OBJECT_END = 0x7d;
const LETTER_U = 0x75;
const DIGIT_0 = 0x30;

/** What stands behind the backslash for each byte that is escaped; 0 for all others. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(LETTER_U, 0, 32);
ESCAPES[127] = LETTER_U;
for (const pair of ["\bb", "\tt", "\nn", "\ff", "\rr", '""', "//", "\\\\"]) {
  ESCAPES[pair.charCodeAt(0)] = pair.charCodeAt(1);
}
const HEXADECIMAL = "0123456789abcdef";
/** The longest form of one byte: a backslash, u, and four digits. */
const MAX_ESCAPE = 6;

/** So many values Lua lets a function have on the stack. Redis walks a table with its key and value there, and asks for three places more. */
const STACK_PLACES = 8000;
const ASKED_PLACES = 3;

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [LuaType.Boolean]: "boolean",
  [LuaType.LightUserdata]: "userdata",
  [LuaType.Number]: "number",
  [LuaType.Table]: "table",
  [LuaType.Function]: "function",
  [LuaType.Userdata]: "userdata",
  [LuaType.Thread]: "thread",
};

/** Writes values of one machine. */
export class JsonWriter {
  readonly output = new Output();
  #lua!: Lua;
  #settings!: Int32Array;
  /** Of each table that is open: its address, where to go on in it, and how many elements it has if it is an array; -1 for an object. */
  readonly #tables: Pointer[] = [];
  readonly #places: number[] = [];
  readonly #lengths: number[] = [];
  #depth = 0;
  /** How many values Redis would have on its stack. */
  #stacked = 0;

  /** Makes {@link output} the JSON of the function's first argument; raises an error if that has none. */
  write(lua: Lua, settings: Int32Array): void {
    this.#lua = lua;
    this.#settings = settings;
    this.#depth = 0;
    this.#stacked = 1;
    this.output.clear();
    for (let slot = lua.slot(1); slot !== 0; slot = this.#nextSlot()) this.#value(slot);
  }

  /** Writes a value; of a table, its beginning. */
  #value(slot: Pointer): void {
    const { doubles, words } = this.#lua.engine;
    switch (slotType(words, slot)) {
      case LuaType.String:
        return this.#string(slot);
      case LuaType.Number:
        return this.#number(doubles[slot >> 3]);
      case LuaType.Boolean:
        return this.#word(words[slot >> 2] === 0 ? "false" : "true");
      case LuaType.Table:
        return this.#open(words[slot >> 2]);
      case LuaType.Nil:
        return this.#word("null");
      case LuaType.LightUserdata:
        if (words[slot >> 2] === 0) return this.#word("null");
    }
    this.#refuse(slotType(words, slot), "type not supported");
  }

  /** Goes on in the innermost table: writes what comes before its next value, or its end if there is none. Returns the value's slot; 0 at the end of all. */
  #nextSlot(): Pointer {
    while (this.#depth > 0) {
      const top = this.#depth - 1;
      const slot = this.#lengths[top] >= 0 ? this.#nextElement(top) : this.#nextField(top);
      if (slot !== 0) return slot;
      this.#stacked -= this.#lengths[top] >= 0 ? 1 : 2;
      this.#depth--;
    }
    return 0;
  }

  #nextElement(top: number): Pointer {
    const { output } = this;
    const lua = this.#lua;
    const { doubles, words } = lua.engine;
    const length = this.#lengths[top];
    for (let index = this.#places[top]; index < length;) {
      if (index++ > 0) output.byte(lua, COMMA);
      const slot = elementAt(words, doubles, this.#tables[top], index);
      this.#places[top] = index;
      if (slot !== 0) return slot;
      this.#word("null");
    }
    output.byte(lua, ARRAY_END);
    return 0;
  }

  #nextField(top: number): Pointer {
    const { output } = this;
    const lua = this.#lua;
    const { words } = lua.engine;
    const table = this.#tables[top];
    const place = nextPlace(words, table, this.#places[top]);
    if (place < 0) {
      output.byte(lua, OBJECT_END);
      return 0;
    }
    // No value ends with this byte, so it is the beginning of this object.
    if (output.bytes[output.length - 1] !== OBJECT_BEGIN) output.byte(lua, COMMA);
    this.#places[top] = place + 1;
    this.#key(table, place);
    output.byte(lua, COLON);
    return valueAt(words, table, place);
  }

  #key(table: Pointer, place: number): void {
    const { doubles, words } = this.#lua.engine;
    const { output } = this;
    const isElement = place < elementRoom(words, table);
    const slot = isElement ? 0 : keyAt(words, table, place);
    const type = isElement ? LuaType.Number : slotType(words, slot);
    if (type === LuaType.String) return this.#string(slot);
    if (type !== LuaType.Number) this.#refuse(type, "table key must be a number or string");
    output.byte(this.#lua, QUOTE);
    this.#number(isElement ? place + 1 : doubles[slot >> 3]);
    output.byte(this.#lua, QUOTE);
  }

  #open(table: Pointer): void {
    const depth = this.#depth + 1;
    const hasRoom = this.#stacked + ASKED_PLACES <= STACK_PLACES;
    if (depth > this.#settings[Setting.EncodeMaxDepth] || !hasRoom) {
      this.#lua.raise(`Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.#arrayLength(table);
    this.#tables[this.#depth] = table;
    this.#places[this.#depth] = 0;
    this.#lengths[this.#depth] = length;
    this.#depth = depth;
    this.#stacked += length >= 0 ? 1 : 2;
    this.output.byte(this.#lua, length >= 0 ? ARRAY_BEGIN : OBJECT_BEGIN);
  }

  /** The largest key of a table that has none but positive integers; -1 if it is to be an object, as the empty one is. */
  #arrayLength(table: Pointer): number {
    const { doubles, words } = this.#lua.engine;
    const room = elementRoom(words, table);
    let largest = 0;
    let count = 0;
    let place = nextPlace(words, table, 0);
    for (; place >= 0 && place < room; place = nextPlace(words, table, place + 1)) {
      largest = place + 1;
      count++;
    }
    for (; place >= 0; place = nextPlace(words, table, place + 1)) {
      const slot = keyAt(words, table, place);
      const key = slotType(words, slot) === LuaType.Number ? doubles[slot >> 3] : 0;
      if (!(key >= 1 && key === Math.floor(key))) return -1;
      // Redis keeps the largest in 32 bits, in which larger ones become the least number.
      if (key > largest) largest = key > INT_MAX ? INT_MIN : key;
      count++;
    }
    return this.#isTooSparse(largest, count) ? -1 : largest > 0 ? largest : -1;
  }

  /** Whether an array has so many holes that it becomes an object; if such ones are refused it raises an error. */
  #isTooSparse(largest: number, count: number): boolean {
    const settings = this.#settings;
    const ratio = settings[Setting.SparseRatio];
    if (ratio === 0 || largest <= settings[Setting.SparseSafe]) return false;
    if (largest <= Math.imul(count, ratio)) return false;
    if (settings[Setting.SparseConvert] === 0) {
      this.#refuse(LuaType.Table, "excessively sparse array");
    }
    return true;
  }

  #number(value: number): void {
    const { output } = this;
    const invalid = this.#settings[Setting.EncodeInvalid];
    if (!Number.isFinite(value) && invalid !== InvalidNumbers.Write) {
      if (invalid === InvalidNumbers.WriteNull) return this.#word("null");
      this.#refuse(LuaType.Number, "must not be NaN or Inf");
    }
    output.reserve(this.#lua, MAX_NUMBER_BYTES);
    const precision = this.#settings[Setting.NumberPrecision];
    output.length = writeNumber(output.bytes, output.length, value, precision);
  }

  #string(slot: Pointer): void {
    const { bytes: from, words } = this.#lua.engine;
    const { output } = this;
    const start = stringStart(words, slot);
    const end = start + stringLength(words, slot);
    output.reserve(this.#lua, end - start + 2);
    let { bytes, length } = output;
    bytes[length++] = QUOTE;
    for (let at = start; at < end; at++) {
      const byte = from[at];
      if (ESCAPES[byte] === 0) bytes[length++] = byte;
      else {
        output.length = length;
        this.#escape(byte, end - at);
        ({ bytes, length } = output);
      }
    }
    bytes[length++] = QUOTE;
    output.length = length;
  }

  /** Writes the escaped form of a byte, and makes room for `rest` bytes behind it. */
  #escape(byte: number, rest: number): void {
    const { output } = this;
    output.reserve(this.#lua, MAX_ESCAPE + rest);
    const { bytes } = output;
    const letter = ESCAPES[byte];
    bytes[output.length++] = BACKSLASH;
    bytes[output.length++] = letter;
    if (letter !== LETTER_U) return;
    bytes[output.length++] = DIGIT_0;
    bytes[output.length++] = DIGIT_0;
    bytes[output.length++] = HEXADECIMAL.charCodeAt(byte >> 4);
    bytes[output.length++] = HEXADECIMAL.charCodeAt(byte & 15);
  }

  #word(word: string): void {
    const { output } = this;
    output.reserve(this.#lua, word.length);
    for (let i = 0; i < word.length; i++) output.bytes[output.length++] = word.charCodeAt(i);
  }

  #refuse(type: number, reason: string): never {
    return this.#lua.raise(`Cannot serialise ${TYPE_NAMES[type]}: ${reason}`);
  }
}
