/**
 * The libraries that scripts find beside those of Lua's own and `redis`. Each is a file of its own; what its functions are made of is told in
 * `lua.ts`.
 *
 * @module
 */
import type { Library } from "./sandbox.ts";

/** All of them by their names. */
export const libraries: Readonly<Record<string, Library>> = {};
