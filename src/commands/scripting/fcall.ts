/** FCALL and FCALL_RO. @module */
import { flagsOfScript } from "../../command/script_flag.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { type ScriptCommand, scriptCommand } from "./script_command.ts";

const CALLS_FUNCTION = {
  runs: "function",
  naming: "function",
  since: "7.0.0",
  explainsKeys: true,
  flagsOf: (flags, args, { functions }) => flagsOfScript(flags, functions.declaredBy(args, 1)),
  run: (call, isReadOnly) => call.server.functions.call(call, isReadOnly),
} satisfies Partial<ScriptCommand>;

/** FCALL: calls a function. */
export const fcall: CommandSpec = scriptCommand({
  ...CALLS_FUNCTION,
  name: "fcall",
  summary: "Calls a function.",
  isReadOnly: false,
});

/** FCALL_RO: calls a function that changes nothing. */
export const fcallReadOnly: CommandSpec = scriptCommand({
  ...CALLS_FUNCTION,
  name: "fcall_ro",
  summary: "Calls a function that changes nothing.",
  isReadOnly: true,
});
