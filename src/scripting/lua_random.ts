/**
 * `math.random` as Redis has it: the generator of C's `lrand48`, which gives the same numbers on every machine. It begins at the same place
 * when a server starts, and belongs to the server, not to a script.
 *
 * @module
 */
import { INT64_LIMIT } from "../lib/integer.ts";
import type { Lua } from "./lua.ts";
import type { Library } from "./sandbox.ts";

const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;
/** The low bits of every seed. */
const LOW_BITS = 0x330en;
const FIRST = 0x1234abcd330en;
/** Results are below this. */
const LIMIT = 2 ** 31 - 1;

/** The random numbers of one server's scripts. */
export class LuaRandom {
  #state = FIRST;

  /** What takes the place of functions of `math`. */
  get library(): Library {
    return {
      random: (lua) => this.#random(lua),
      randomseed: (lua) => {
        this.#state = BigInt.asUintN(32, BigInt(asInteger(lua.checkNumber(1)))) << 16n | LOW_BITS;
        return 0;
      },
    };
  }

  #random(lua: Lua): number {
    const share = this.#next() % LIMIT / LIMIT;
    const { count } = lua;
    if (count > 2) lua.raise("wrong number of arguments");
    if (count === 0) lua.pushNumber(share);
    else {
      const low = count === 1 ? 1 : asInteger(lua.checkNumber(1));
      const high = asInteger(lua.checkNumber(count));
      if (low > high) lua.raiseArgument(count, "interval is empty");
      // In C the width is an integer of 32 bits.
      const width = count === 1 ? high : high - low + 1 | 0;
      lua.pushNumber(Math.floor(share * width) + low);
    }
    return 1;
  }

  /** 31 bits. */
  #next(): number {
    this.#state = this.#state * MULTIPLIER + INCREMENT & MASK;
    return Number(this.#state >> 17n);
  }
}

/** A number as C makes it an integer of 64 bits and takes the low 32. */
function asInteger(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(whole) < INT64_LIMIT ? Number(BigInt.asIntN(32, BigInt(whole))) : 0;
}
