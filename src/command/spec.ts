/**
 * How a command is declared. A spec says everything about a command: dispatch, arity errors, ACL categories, the replies of COMMAND, key
 * extraction, HELP and the documentation all derive from it. There is no second list.
 *
 * @module
 */
import type { AdminCall, Call } from "./call.ts";
import type { KeyFlag, KeySpec, SpecFor } from "./spec_for.ts";

export type { KeyFlag, KeyPosition, KeySpec } from "./spec_for.ts";

/** The spec of one command or subcommand. */
export type CommandSpec = SpecFor<AdminCall>;

/** The body of a command on data sees data only; those of its subcommands may see more. */
type DataCommandSpec = Omit<CommandSpec, "run"> & { readonly run?: (call: Call) => undefined };

/** Declares a command on data. It returns the spec unchanged; the compiler checks it where it is written. */
export function command(spec: DataCommandSpec): CommandSpec {
  return spec;
}

/** As {@link command}, for a command of administration, whose body sees the whole server. */
export function adminCommand(spec: CommandSpec): CommandSpec {
  return spec;
}

/** One key, the first argument. `flags` are words such as `"RW update"`. */
export function oneKey(flags: string, notes?: string): readonly KeySpec[] {
  return [keyRange(flags, 1, 0, 1, notes)];
}

/** Keys whose number is argument `index`, right before them. */
export function countedKeys(flags: string, index: number): KeySpec {
  return { ...keyRange(flags, index, 0, 1), isCounted: true };
}

/**
 * One key behind a word that may stand at argument `from` or later; if `from` is negative the search goes towards the start. This is only
 * for clients to read; the server itself uses `findKeys`.
 */
export function keyBehind(flags: string, keyword: string, from: number): KeySpec {
  return { ...keyRange(flags, from, 0, 1), keyword };
}

/** Keys from argument `first` to `last`, at every `step`th argument. */
export function keyRange(
  flags: string,
  first: number,
  last: number,
  step: number,
  notes?: string,
): KeySpec {
  const base = { flags: flags.split(" ") as KeyFlag[], first, last, step };
  return notes === undefined ? base : { ...base, notes };
}
