/** EVAL and its family. @module */
import { flagsOfScript } from "../../command/script_flag.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { type ScriptCommand, scriptCommand } from "./script_command.ts";

/** A script that is sent as its text. */
const BY_TEXT = {
  runs: "script",
  naming: "script",
  explainsKeys: true,
  flagsOf: (flags, args, scripts) => flagsOfScript(flags, scripts.declaredBy(args, 1, false)),
  run: (call, isReadOnly) => call.server.scripts.evaluate(call, isReadOnly),
} satisfies Partial<ScriptCommand>;

/** A script of the cache. */
const BY_DIGEST = {
  runs: "script",
  naming: "sha1",
  explainsKeys: false,
  flagsOf: (flags, args, scripts) => flagsOfScript(flags, scripts.declaredBy(args, 1, true)),
  run: (call, isReadOnly) => call.server.scripts.evaluateCached(call, isReadOnly),
} satisfies Partial<ScriptCommand>;

/** EVAL: runs a script. */
export const evaluate: CommandSpec = scriptCommand({
  ...BY_TEXT,
  name: "eval",
  summary: "Runs a script.",
  since: "2.6.0",
  isReadOnly: false,
});

/** EVALSHA: runs a script of the cache. */
export const evalsha: CommandSpec = scriptCommand({
  ...BY_DIGEST,
  name: "evalsha",
  summary: "Runs a script of the cache, by its digest.",
  since: "2.6.0",
  isReadOnly: false,
});

/** EVAL_RO: runs a script that changes nothing. */
export const evalReadOnly: CommandSpec = scriptCommand({
  ...BY_TEXT,
  name: "eval_ro",
  summary: "Runs a script that changes nothing.",
  since: "7.0.0",
  isReadOnly: true,
});

/** EVALSHA_RO: runs a script of the cache that changes nothing. */
export const evalshaReadOnly: CommandSpec = scriptCommand({
  ...BY_DIGEST,
  name: "evalsha_ro",
  summary: "Runs a script of the cache that changes nothing, by its digest.",
  since: "7.0.0",
  isReadOnly: true,
});
