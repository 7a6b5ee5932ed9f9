/** The commands of the group "hyperloglog". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { pfadd, pfcount, pfmerge } from "./pfadd.ts";
import { pfdebug, pfselftest } from "./pfdebug.ts";

/** All of them. */
export const hyperloglogCommands: readonly CommandSpec[] = [
  pfadd,
  pfcount,
  pfdebug,
  pfmerge,
  pfselftest,
];
