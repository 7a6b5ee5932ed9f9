/**
 * Lua's values as MessagePack, with the bytes that Redis's cmsgpack gives them:
 *
 *     nil, functions, threads, userdata   c0
 *     whole numbers of 64 bits            the shortest form, unsigned unless negative
 *     other numbers                       a float if that loses nothing, or else a double
 *     strings                             the shortest form of a raw
 *     tables with the keys 1 to n only    arrays; the empty one too
 *     other tables                        maps
 *     tables in a 17th table              nil
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
import { writeDouble, writeFloat } from "./doubles.ts";
import { highHalf, lowHalf } from "./integers.ts";
import { Output } from "./output.ts";

const MAX_NESTING = 16;
const INT_MAX = 2 ** 31 - 1;
const TWO_63 = 2 ** 63;

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const FLOAT = 0xca;
const DOUBLE = 0xcb;

/** First bytes of the forms of what has a length. The short form holds it in the first byte; the next in 1, 2 or 4 bytes behind it. */
interface Forms {
  readonly short: number;
  readonly maxShort: number;
  readonly byte?: number;
  readonly half: number;
  readonly word: number;
}

const RAW: Forms = { short: 0xa0, maxShort: 31, byte: 0xd9, half: 0xda, word: 0xdb };
const ARRAY: Forms = { short: 0x90, maxShort: 15, half: 0xdc, word: 0xdd };
const MAP: Forms = { short: 0x80, maxShort: 15, half: 0xde, word: 0xdf };
const POSITIVE: Forms = { short: 0, maxShort: 127, byte: 0xcc, half: 0xcd, word: 0xce };

/** Writes values of one machine. */
export class MessagePackWriter {
  readonly output = new Output();
  #lua!: Lua;

  /** Writes arguments 1 to `count` one behind another. Nothing that it does makes the machine's memory move. */
  writeAll(lua: Lua, count: number): void {
    this.#lua = lua;
    this.output.clear();
    for (let i = 1; i <= count; i++) this.#value(lua.slot(i), 0);
  }

  #value(slot: Pointer, level: number): void {
    const { words } = this.#lua.engine;
    switch (slotType(words, slot)) {
      case LuaType.String: {
        const length = stringLength(words, slot);
        this.#head(RAW, length);
        return this.output.copy(this.#lua, stringStart(words, slot), length);
      }
      case LuaType.Number:
        return this.#number(slot);
      case LuaType.Boolean:
        return this.#byte(words[slot >> 2] === 0 ? FALSE : TRUE);
      case LuaType.Table:
        return level === MAX_NESTING ? this.#byte(NIL) : this.#table(words[slot >> 2], level + 1);
      default:
        return this.#byte(NIL);
    }
  }

  #table(table: Pointer, level: number): void {
    const { doubles, words } = this.#lua.engine;
    const size = this.#arrayLength(table);
    if (size >= 0) {
      this.#head(ARRAY, size);
      for (let i = 1; i <= size; i++) this.#value(elementAt(words, doubles, table, i), level);
      return;
    }
    this.#head(MAP, countPlaces(words, table));
    for (
      let place = nextPlace(words, table, 0);
      place >= 0;
      place = nextPlace(words, table, place + 1)
    ) {
      if (place < elementRoom(words, table)) this.#integer(place + 1);
      else this.#value(keyAt(words, table, place), level);
      this.#value(valueAt(words, table, place), level);
    }
  }

  /** How many elements a table has whose keys are 1 to n; -1 if there are others. */
  #arrayLength(table: Pointer): number {
    const { doubles, words } = this.#lua.engine;
    let largest = 0;
    let count = 0;
    for (
      let place = nextPlace(words, table, 0);
      place >= 0;
      place = nextPlace(words, table, place + 1)
    ) {
      let key = place + 1;
      if (place >= elementRoom(words, table)) {
        const slot = keyAt(words, table, place);
        if (slotType(words, slot) !== LuaType.Number) return -1;
        key = doubles[slot >> 3];
        if (!(key >= 1 && key <= INT_MAX && key === Math.trunc(key))) return -1;
      }
      if (key > largest) largest = key;
      count++;
    }
    return largest === count ? count : -1;
  }

  #number(slot: Pointer): void {
    const value = this.#lua.engine.doubles[slot >> 3];
    if (value >= -TWO_63 && value < TWO_63 && value === Math.trunc(value)) {
      return this.#integer(value);
    }
    const isFloat = value === Math.fround(value);
    this.#byte(isFloat ? FLOAT : DOUBLE);
    const write = isFloat ? writeFloat : writeDouble;
    write(this.#lua, this.output, slot, true);
  }

  #integer(value: number): void {
    if (value >= 0 && value <= 0xffffffff) this.#head(POSITIVE, value);
    else if (value >= -32 && value < 0) this.#byte(value & 0xff);
    else if (value >= -0x80 && value < 0) {
      this.#byte(0xd0);
      this.#byte(value & 0xff);
    } else if (value >= -0x8000 && value < 0) {
      this.#byte(0xd1);
      this.#half(value);
    } else if (value >= -0x80000000 && value < 0) {
      this.#byte(0xd2);
      this.#word(value);
    } else {
      this.#byte(value > 0 ? 0xcf : 0xd3);
      this.#word(highHalf(value));
      this.#word(lowHalf(value));
    }
  }

  #head(forms: Forms, length: number): void {
    if (length <= forms.maxShort) this.#byte(forms.short | length);
    else if (length <= 0xff && forms.byte !== undefined) {
      this.#byte(forms.byte);
      this.#byte(length);
    } else if (length <= 0xffff) {
      this.#byte(forms.half);
      this.#half(length);
    } else {
      this.#byte(forms.word);
      this.#word(length);
    }
  }

  #byte(value: number): void {
    this.output.byte(this.#lua, value);
  }

  #half(value: number): void {
    this.#byte(value >> 8 & 0xff);
    this.#byte(value & 0xff);
  }

  #word(value: number): void {
    this.#half(value >>> 16);
    this.#half(value);
  }
}

function countPlaces(words: Int32Array, table: Pointer): number {
  let count = 0;
  let place = nextPlace(words, table, 0);
  for (; place >= 0; place = nextPlace(words, table, place + 1)) count++;
  return count;
}
