/** The commands of the group "scripting". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { evalReadOnly, evalsha, evalshaReadOnly, evaluate } from "./eval.ts";
import { fcall, fcallReadOnly } from "./fcall.ts";
import { functions } from "./function.ts";
import { script } from "./script.ts";

/** All of them. */
export const scriptingCommands: readonly CommandSpec[] = [
  evaluate,
  evalReadOnly,
  evalsha,
  evalshaReadOnly,
  fcall,
  fcallReadOnly,
  functions,
  script,
];
