/**
 * Where a library's function writes the string that it returns.
 *
 * @module
 */
import { copyBytes } from "../../lib/bytes.ts";
import type { Lua } from "../lua.ts";

/**
 * No string becomes longer than this part of what the machine may have: a table that is in another twice, and so on for many tables, would be
 * written for ever.
 */
const MAX_SHARE = 1 / 4;
/** What is larger is not kept for the next call. */
const KEPT_BYTES = 2 ** 20;
const FIRST_BYTES = 4096;

/** Bytes that grow at the end. What writes many of them keeps `bytes` and `length` in variables of its own, between calls of {@link reserve}. */
export class Output {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  length = 0;

  /** Sees to it that `count` bytes more fit; raises "not enough memory" if a string of that length is too long. */
  reserve(lua: Lua, count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(lua, this.length + count);
  }

  /** Writes the low 8 bits of a number. */
  byte(lua: Lua, byte: number): void {
    this.reserve(lua, 1);
    this.bytes[this.length++] = byte;
  }

  /** Writes bytes of the machine's memory. */
  copy(lua: Lua, start: number, length: number): void {
    this.reserve(lua, length);
    copyBytes(lua.engine.bytes, start, this.bytes, this.length, length);
    this.length += length;
  }

  /** Pushes what is written as a string, and is empty again. */
  push(lua: Lua): void {
    const { bytes, length } = this;
    this.clear();
    if (length <= KEPT_BYTES) return lua.pushBytes(bytes, 0, length);
    // Scratch memory would stay that large; a userdata is collected.
    const pointer = lua.engine.c.lua_newuserdata(lua.thread, length);
    lua.engine.bytes.set(bytes.subarray(0, length), pointer);
    lua.pushBytes(lua.engine.bytes, pointer, length);
    lua.remove(-2);
  }

  /** Forgets what is written: an error may have left something. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES);
  }

  #grow(lua: Lua, needed: number): void {
    if (needed > lua.engine.limitBytes * MAX_SHARE) {
      this.clear();
      raiseMemory(lua);
    }
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** Raises what Lua raises when it has no memory: the message alone, without a place. */
function raiseMemory(lua: Lua): never {
  lua.pushText("not enough memory");
  return lua.raiseValue();
}
