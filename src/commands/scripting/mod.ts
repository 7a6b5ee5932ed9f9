/** The commands of the group "scripting". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { evalReadOnly, evalsha, evalshaReadOnly, evaluate } from "./eval.ts";
import { script } from "./script.ts";

/** All of them. */
export const scriptingCommands: readonly CommandSpec[] = [
  evaluate,
  evalReadOnly,
  evalsha,
  evalshaReadOnly,
  script,
];
