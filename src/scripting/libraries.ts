/**
 * The libraries that scripts find beside those of Lua's own and `redis`. Each is a file of its own; what its functions are made of is told in
 * `lua.ts`.
 *
 * @module
 */
import type { Library } from "./sandbox.ts";
import { bit } from "./libraries/bit.ts";
import { cjsonLibrary } from "./libraries/cjson.ts";
import { cmsgpackLibrary } from "./libraries/cmsgpack.ts";
import { structLibrary } from "./libraries/struct.ts";

/** All of them by their names. What scripts set in them lasts as long as the result. */
export function makeLibraries(): Readonly<Record<string, Library>> {
  return { bit, cjson: cjsonLibrary(), cmsgpack: cmsgpackLibrary(), struct: structLibrary() };
}
