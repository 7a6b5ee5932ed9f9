/**
 * How a command is declared. One spec says everything about a command: dispatch, arity errors, ACL categories, COMMAND's replies,
 * key extraction, HELP and the documentation all derive from it, and there is no second list.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import type { AclCategory } from "./acl_categories.ts";
import type { AdminCall, Call } from "./call.ts";
import type { CommandFlag } from "./command_flags.ts";
import type { CommandGroup } from "./command_groups.ts";

/** What a command does with the keys of a {@link KeySpec}; the words are those of COMMAND INFO. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** A key among the arguments of a request. */
export interface KeyPosition {
  /** Index of the argument. */
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** Where keys stand among the arguments. */
export interface KeySpec {
  /** What happens to them. */
  readonly flags: readonly KeyFlag[];
  /** Index of the first key. */
  readonly first: number;
  /** Index of the last key counted from the first; negative counts from the end, -1 is the last argument. */
  readonly last: number;
  /** Distance between keys. */
  readonly step: number;
  /** Argument {@link first} tells how many keys follow it; {@link last} and {@link step} do not count. */
  readonly isCounted?: boolean;
  /** The first key follows this word, which is looked for from argument {@link first} on. */
  readonly keyword?: string;
  /** Of the words up to {@link last}, only the first of so many equal parts are keys (XREAD: ids follow as many keys). */
  readonly limit?: number;
  /** Clients are not told where the keys stand. */
  readonly isUnknown?: boolean;
  /** What a reader should know. */
  readonly notes?: string;
}

/** One command or subcommand; `Given` is what its body is given. */
export interface CommandSpec<Given extends Call = AdminCall> {
  /** Lower-case; of a subcommand the second word only. */
  readonly name: string;
  readonly group: CommandGroup;
  /** One sentence for COMMAND DOCS and the documentation. */
  readonly summary: string;
  /** The Redis version that has it. */
  readonly since: string;
  /** How its running time grows. */
  readonly complexity: string;
  /** Number of words it takes, its name (and its container's) among them; negative for "or more". */
  readonly arity: number;
  /** What it does, as far as admission rules and clients need to know. */
  readonly flags: readonly CommandFlag[];
  /** ACL categories beyond those that flags and group imply. */
  readonly categories?: readonly AclCategory[];
  /** Its group's ACL category is not its own (SORT is no matter of the keyspace). */
  readonly isOutsideGroup?: boolean;
  readonly keys?: readonly KeySpec[];
  /**
   * Names a request's keys where {@link keys} cannot tell: they stand among options, or what happens to them depends on options. The body
   * takes the places of such keys from what this function calls, never from words that it reads itself, so both cannot mean different ones.
   */
  readonly findKeys?: (args: Arguments) => readonly KeyPosition[];
  /** Which arguments are channels that it sends or listens to: the first, all, or all as patterns. */
  readonly channels?: "first" | "all" | "patterns";
  /** The places of words that nobody but the client shall read, in the slow log or by MONITOR: passwords. Asked of requests that fail too. */
  readonly secrets?: (args: Arguments) => readonly number[];
  /** Another request begins at this argument (ACL DRYRUN): what is secret there is secret here. */
  readonly requestAt?: number;
  /** Hints for clients and proxies, as COMMAND INFO lists them. */
  readonly tips?: readonly string[];
  /**
   * The arguments in the notation of the Redis manual: `key value [NX | XX] [EX seconds]`. An argument's type follows from its name
   * (see `syntax.ts`).
   */
  readonly syntax?: string;
  /** What a user of Redis 7.2 finds otherwise here: a short note for docs/COMMANDS.md; missing if nothing. */
  readonly differs?: string;
  /** In 7.2 this command is deprecated in favour of another. */
  readonly replacedBy?: { readonly since: string; readonly command: string };
  readonly subcommands?: readonly CommandSpec[];
  /** Its body; missing for a container. Returns `undefined`, not `void`: an `async` body does not compile, so none can yield. */
  readonly run?: (call: Given) => undefined;
}

/** Declares a command: checks the shape where it is written, and changes nothing. */
export function command(spec: CommandSpec<Call>): CommandSpec {
  return spec;
}

/** As {@link command}, for a command of administration: its body sees all of the server. */
export function adminCommand(spec: CommandSpec): CommandSpec {
  return spec;
}

/** One key, the first argument; `flags` as in `"RW update"`. */
export function oneKey(flags: string, notes?: string): readonly KeySpec[] {
  return [keyRange(flags, 1, 0, 1, notes)];
}

/** Keys whose number stands in argument `index`, right before them. */
export function countedKeys(flags: string, index: number): KeySpec {
  return { ...keyRange(flags, index, 0, 1), isCounted: true };
}

/**
 * One key behind a word that stands at argument `from` or later, or nowhere; from a negative one it is looked for towards the start. That is
 * for clients to know; here `findKeys` looks.
 */
export function keyBehind(flags: string, keyword: string, from: number): KeySpec {
  return { ...keyRange(flags, from, 0, 1), keyword };
}

/** Keys from argument `first` to `last`, in steps. */
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
