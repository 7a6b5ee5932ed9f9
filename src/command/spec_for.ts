/**
 * What a spec says of a command, for any type of call that its body may get.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import type { AclCategory } from "./acl_categories.ts";
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
  /** What the command does with these keys. */
  readonly flags: readonly KeyFlag[];
  /** Index of the first key. */
  readonly first: number;
  /** Index of the last key counted from the first; negative counts from the end, -1 is the last argument. */
  readonly last: number;
  /** Distance between keys. */
  readonly step: number;
  /** Argument {@link first} holds the number of keys that follow it; {@link last} and {@link step} do not apply. */
  readonly isCounted?: boolean;
  /** The first key follows this word, which is looked for from argument {@link first} on. */
  readonly keyword?: string;
  /**
   * The words up to {@link last} are divided into this many equal parts, and only the first part are keys (XREAD, where an id for each key
   * follows).
   */
  readonly limit?: number;
  /** COMMAND INFO does not say where the keys stand. */
  readonly isUnknown?: boolean;
  /** A note for readers of COMMAND INFO. */
  readonly notes?: string;
}

/** What a version of Redis has changed in a command that was there before. */
export interface VersionChange {
  /** The version. */
  readonly since: string;
  /** One sentence for COMMAND DOCS; missing if Redis does not tell of it. */
  readonly change?: string;
  /** The words that it brought, which no earlier version knows. */
  readonly options?: readonly string[];
  /** The arity of earlier versions, if it was another one. */
  readonly arityBefore?: number;
}

/** What functions declare of themselves. */
export interface FunctionDeclarations {
  /** What the function declares that argument `i` names: bits of `ScriptFlag`; undefined if there is none. */
  declaredBy(args: Arguments, i: number): number | undefined;
}

/** What scripts declare of themselves. */
export interface ScriptDeclarations {
  /** What the script declares whose text argument `i` is, or whose digest if `isCached`: bits of `ScriptFlag`; undefined if nothing. */
  declaredBy(args: Arguments, i: number, isCached: boolean): number | undefined;
  readonly functions: FunctionDeclarations;
}

/** One command or subcommand; `Given` is the type of call that its body gets. */
export interface SpecFor<Given = never> {
  /** The name in lower case; for a subcommand its own word only. */
  readonly name: string;
  readonly group: CommandGroup;
  /** One sentence for COMMAND DOCS and the documentation. */
  readonly summary: string;
  /** The first Redis version that has it. */
  readonly since: string;
  /** What later versions have changed, the oldest first. A server that is taken for an older one does without (see `as_of.ts`). */
  readonly history?: readonly VersionChange[];
  /** How its running time grows. */
  readonly complexity: string;
  /** Number of words that it takes, including its name and its container's; negative for "or more". */
  readonly arity: number;
  /** Its flags, on which admission and clients depend. */
  readonly flags: readonly CommandFlag[];
  /** ACL categories beyond those that flags and group imply. */
  readonly categories?: readonly AclCategory[];
  /** Whether it is not in the ACL category of its group (SORT is not in @keyspace). */
  readonly isOutsideGroup?: boolean;
  readonly keys?: readonly KeySpec[];
  /**
   * Finds a request's keys where {@link keys} cannot say which they are, because they stand among options, or options decide what happens
   * to them. The body takes the places of such keys from the same code and never reads the words itself, so the two cannot disagree.
   */
  readonly findKeys?: (args: Arguments) => readonly KeyPosition[];
  /** Which arguments are channels that it sends or listens to: the first one, all, or all as patterns. */
  readonly channels?: "first" | "all" | "patterns";
  /** The places of secret words (passwords), which the slow log and MONITOR must not show. It is called for requests that fail too. */
  readonly secrets?: (args: Arguments) => readonly number[];
  /** The argument at which another request begins (ACL DRYRUN). What is secret in that request is secret here. */
  readonly requestAt?: number;
  /**
   * The flags of a request, as bits, where they are not those of the command: a script may declare that it changes nothing. Gets the command's
   * own flags, the request, and the scripts.
   */
  readonly flagsOf?: (flags: number, args: Arguments, scripts: ScriptDeclarations) => number;
  /** Hints for clients and proxies, as COMMAND INFO lists them. */
  readonly tips?: readonly string[];
  /**
   * The arguments in the notation of the Redis manual: `key value [NX | XX] [EX seconds]`. An argument's type follows from its name
   * (see `syntax.ts`).
   */
  readonly syntax?: string;
  /** How it differs from Redis 7.2, in a short note for docs/COMMANDS.md; missing if it does not differ. */
  readonly differs?: string;
  /** Whether servers use it and people do not. */
  readonly isInternal?: boolean;
  /** The version that deprecated it in favour of another command. */
  readonly replacedBy?: { readonly since: string; readonly command: string };
  readonly subcommands?: readonly SpecFor<Given>[];
  /**
   * The body; a container has none. It returns `undefined`, not `void`, so that an `async` body, which could yield, does not compile. It is
   * a method, so that a table of commands need not say which calls their bodies get.
   */
  run?(call: Given): undefined;
}
