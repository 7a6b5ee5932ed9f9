/** The commands of the group "bitmap". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { bitcount, bitpos } from "./bitcount_bitpos.ts";
import { bitfield, bitfieldReadOnly } from "./bitfield.ts";
import { bitop } from "./bitop.ts";
import { getbit, setbit } from "./setbit_getbit.ts";

/** All of them. */
export const bitmapCommands: readonly CommandSpec[] = [
  bitcount,
  bitfield,
  bitfieldReadOnly,
  bitop,
  bitpos,
  getbit,
  setbit,
];
