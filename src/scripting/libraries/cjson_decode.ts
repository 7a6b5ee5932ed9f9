/**
 * JSON as values of Lua, as Redis's cjson reads it.
 *
 * The text is a string of Lua's: it lies still in the machine's memory and has a zero behind it. Structures that are open are kept in a list
 * instead of on JavaScript's stack, since a setting says how deep they may be nested.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import { Setting } from "./cjson_settings.ts";
import { JsonTokens, Token, TOKEN_NAMES } from "./cjson_tokens.ts";
import { pushNotANumber } from "./doubles.ts";

/** Stands for an object where an array has its index. */
const OBJECT = 0;
/** So many values of an open structure are on the stack. */
const OBJECT_PLACES = 3;
const ARRAY_PLACES = 2;

/** Reads texts of one machine. */
export class JsonReader {
  readonly #tokens = new JsonTokens();
  #lua!: Lua;
  #token: number = Token.End;
  #maxDepth = 0;
  /** Of each structure that is open: the index of the next value of an array, or {@link OBJECT}. */
  readonly #index: number[] = [];
  #depth = 0;

  /** Reads the text, a string on the stack, and pushes its value. */
  push(lua: Lua, start: Pointer, settings: Int32Array): void {
    const tokens = this.#tokens;
    this.#lua = lua;
    this.#maxDepth = settings[Setting.DecodeMaxDepth];
    this.#depth = 0;
    tokens.begin(lua, start, settings[Setting.DecodeInvalid] !== 0);
    this.#token = tokens.next();
    do {
      let isComplete = this.#pushValue();
      while (isComplete && this.#depth > 0) isComplete = this.#store();
    } while (this.#depth > 0);
    this.#token = tokens.next();
    this.#expect(Token.End, "the end");
  }

  /** Pushes the value that the token is or begins. Whether it is complete; if not the token is that of its first value. */
  #pushValue(): boolean {
    const lua = this.#lua;
    switch (this.#token) {
      case Token.String:
        this.#tokens.pushString();
        return true;
      case Token.Number:
        this.#pushNumber();
        return true;
      case Token.ObjectBegin:
        return this.#open(OBJECT);
      case Token.ArrayBegin:
        return this.#open(1);
      case Token.Null:
        lua.pushLightUserdata(0);
        return true;
      case Token.False:
      case Token.True:
        lua.pushBoolean(this.#token === Token.True);
        return true;
      default:
        return this.#refuse("value");
    }
  }

  #pushNumber(): void {
    const { number, isNegative } = this.#tokens;
    if (number === number) this.#lua.pushNumber(number);
    else pushNotANumber(this.#lua, isNegative);
  }

  #open(index: number): boolean {
    const lua = this.#lua;
    const depth = this.#depth + 1;
    const places = index === OBJECT ? OBJECT_PLACES : ARRAY_PLACES;
    if (depth > this.#maxDepth || !lua.hasRoom(places)) {
      const at = this.#tokens.consumed;
      lua.raise(`Found too many nested data structures (${depth}) at character ${at}`);
    }
    lua.createTable(index === OBJECT ? 0 : this.#elementRoom(), 0);
    this.#token = this.#tokens.next();
    if (this.#token === (index === OBJECT ? Token.ObjectEnd : Token.ArrayEnd)) return true;
    this.#index[this.#depth] = index;
    this.#depth = depth;
    if (index === OBJECT) this.#pushKey();
    return false;
  }

  /** Room for all elements of the array that begins here, if they are simple: as much as the table would have in the end anyway. */
  #elementRoom(): number {
    const count = this.#tokens.countFlatArray();
    return count <= 1 ? 0 : 2 ** Math.ceil(Math.log2(count));
  }

  /** Pushes the string that must come here, and reads on to its value. */
  #pushKey(): void {
    this.#expect(Token.String, "object key string");
    this.#tokens.pushString();
    this.#token = this.#tokens.next();
    this.#expect(Token.Colon, "colon");
    this.#token = this.#tokens.next();
  }

  /** Puts the value on top into the innermost structure, and reads on. Whether that is complete now. */
  #store(): boolean {
    const top = this.#depth - 1;
    const isObject = this.#index[top] === OBJECT;
    if (isObject) this.#lua.rawSet(-3);
    else this.#lua.rawSetIndex(-2, this.#index[top]++);
    this.#token = this.#tokens.next();
    if (this.#token === (isObject ? Token.ObjectEnd : Token.ArrayEnd)) {
      this.#depth = top;
      return true;
    }
    this.#expect(Token.Comma, isObject ? "comma or object end" : "comma or array end");
    this.#token = this.#tokens.next();
    if (isObject) this.#pushKey();
    return false;
  }

  #expect(token: number, name: string): void {
    if (this.#token !== token) this.#refuse(name);
  }

  #refuse(expected: string): never {
    const { position, problem } = this.#tokens;
    const found = this.#token === Token.Error ? problem : TOKEN_NAMES[this.#token];
    return this.#lua.raise(
      `Expected ${expected} but found ${found} at character ${position + 1}`,
    );
  }
}
