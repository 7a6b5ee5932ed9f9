/** FCALL and FCALL_RO. @module */
import { flagsOfScript } from "../../command/script_flag.ts";
import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";

const flagsOfFunction: CommandSpec["flagsOf"] = (flags, args, { functions }) =>
  flagsOfScript(flags, functions.declaredBy(args, 1));

/** FCALL: calls a function. */
export const fcall: CommandSpec = command({
  name: "fcall",
  group: "scripting",
  summary: "Calls a function.",
  since: "7.0.0",
  complexity: "Depends on the function.",
  arity: -3,
  flags: ["noscript", "skip_monitor", "may_replicate", "no_mandatory_keys", "stale", "movablekeys"],
  keys: [{
    ...countedKeys("RW access update", 2),
    notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE",
  }],
  flagsOf: flagsOfFunction,
  syntax: "function numkeys [key ...] [arg ...]",
  run(call) {
    call.server.functions.call(call, false);
  },
});

/** FCALL_RO: calls a function that changes nothing. */
export const fcallReadOnly: CommandSpec = command({
  name: "fcall_ro",
  group: "scripting",
  summary: "Calls a function that changes nothing.",
  since: "7.0.0",
  complexity: "Depends on the function.",
  arity: -3,
  flags: ["noscript", "skip_monitor", "no_mandatory_keys", "stale", "readonly", "movablekeys"],
  keys: [{
    ...countedKeys("RO access", 2),
    notes: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
  }],
  flagsOf: flagsOfFunction,
  syntax: "function numkeys [key ...] [arg ...]",
  run(call) {
    call.server.functions.call(call, true);
  },
});
