/**
 * What all commands have in common that run a script or a function: EVAL, FCALL and their like.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
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

/** In what such a command differs from the others. */
export interface ScriptCommand {
  readonly name: string;
  readonly summary: string;
  readonly since: string;
  /** What it runs, in its complexity. */
  readonly runs: "script" | "function";
  /** Its first argument, in its syntax. */
  readonly naming: "script" | "sha1" | "function";
  /** What it runs must change nothing. */
  readonly isReadOnly: boolean;
  /** Whether COMMAND DOCS says why all its keys count as changed, or read. */
  readonly explainsKeys: boolean;
  readonly flagsOf: CommandSpec["flagsOf"];
  run(call: Call, isReadOnly: boolean): undefined;
}

/** The spec of a command of this kind. */
export function scriptCommand(own: ScriptCommand): CommandSpec {
  const { flagsOf, isReadOnly, name, since, summary } = own;
  const keys = countedKeys(isReadOnly ? "RO access" : "RW access update", 2);
  const worst = isReadOnly ? "RO and ACCESS" : "RW and UPDATE";
  const notes = `We cannot tell how the keys will be used so we assume the worst, ${worst}`;
  return command({
    name,
    group: "scripting",
    summary,
    since,
    complexity: `Depends on the ${own.runs}.`,
    arity: -3,
    flags: isReadOnly ? READ_ONLY_FLAGS : FLAGS,
    keys: [own.explainsKeys ? { ...keys, notes } : keys],
    flagsOf,
    syntax: `${own.naming} numkeys [key ...] [arg ...]`,
    run: (call) => own.run(call, isReadOnly),
  });
}
