/** EVAL and its family. @module */
import type { CommandFlag } from "../../command/command_flags.ts";
import { flagsOfScript } from "../../command/script_flag.ts";
import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";

const FLAGS: readonly CommandFlag[] = [
  "noscript",
  "skip_monitor",
  "may_replicate",
  "no_mandatory_keys",
  "stale",
  "movablekeys",
];
const READ_ONLY_FLAGS: readonly CommandFlag[] = [
  "noscript",
  "skip_monitor",
  "no_mandatory_keys",
  "stale",
  "readonly",
  "movablekeys",
];

const flagsOfText: CommandSpec["flagsOf"] = (flags, args, scripts) =>
  flagsOfScript(flags, scripts.declaredBy(args, 1, false));
const flagsOfCached: CommandSpec["flagsOf"] = (flags, args, scripts) =>
  flagsOfScript(flags, scripts.declaredBy(args, 1, true));

/** EVAL: runs a script. */
export const evaluate: CommandSpec = command({
  name: "eval",
  group: "scripting",
  summary: "Runs a script.",
  since: "2.6.0",
  complexity: "Depends on the script.",
  arity: -3,
  flags: FLAGS,
  keys: [{
    ...countedKeys("RW access update", 2),
    notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE",
  }],
  flagsOf: flagsOfText,
  syntax: "script numkeys [key ...] [arg ...]",
  run(call) {
    call.server.scripts.evaluate(call, false);
  },
});

/** EVALSHA: runs a script of the cache. */
export const evalsha: CommandSpec = command({
  name: "evalsha",
  group: "scripting",
  summary: "Runs a script of the cache, by its digest.",
  since: "2.6.0",
  complexity: "Depends on the script.",
  arity: -3,
  flags: FLAGS,
  keys: [countedKeys("RW access update", 2)],
  flagsOf: flagsOfCached,
  syntax: "sha1 numkeys [key ...] [arg ...]",
  run(call) {
    call.server.scripts.evaluateCached(call, false);
  },
});

/** EVAL_RO: runs a script that changes nothing. */
export const evalReadOnly: CommandSpec = command({
  name: "eval_ro",
  group: "scripting",
  summary: "Runs a script that changes nothing.",
  since: "7.0.0",
  complexity: "Depends on the script.",
  arity: -3,
  flags: READ_ONLY_FLAGS,
  keys: [{
    ...countedKeys("RO access", 2),
    notes: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
  }],
  flagsOf: flagsOfText,
  syntax: "script numkeys [key ...] [arg ...]",
  run(call) {
    call.server.scripts.evaluate(call, true);
  },
});

/** EVALSHA_RO: runs a script of the cache that changes nothing. */
export const evalshaReadOnly: CommandSpec = command({
  name: "evalsha_ro",
  group: "scripting",
  summary: "Runs a script of the cache that changes nothing, by its digest.",
  since: "7.0.0",
  complexity: "Depends on the script.",
  arity: -3,
  flags: READ_ONLY_FLAGS,
  keys: [countedKeys("RO access", 2)],
  flagsOf: flagsOfCached,
  syntax: "sha1 numkeys [key ...] [arg ...]",
  run(call) {
    call.server.scripts.evaluateCached(call, true);
  },
});
