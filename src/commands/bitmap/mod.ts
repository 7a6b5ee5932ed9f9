/** The commands of the group "bitmap". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { bitcount } from "./bitcount.ts";
import { bitfield, bitfieldReadOnly } from "./bitfield.ts";
import { bitop } from "./bitop.ts";
import { bitpos } from "./bitpos.ts";
import { getbit } from "./getbit.ts";
import { setbit } from "./setbit.ts";

export const bitmapCommands: readonly CommandSpec[] = [
  bitcount,
  bitfield,
  bitfieldReadOnly,
  bitop,
  bitpos,
  getbit,
  setbit,
];
