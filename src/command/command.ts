/**
 * A command of a running server: its spec, what derives from the spec, and its counters.
 *
 * @module
 */
import type { LatencyHistogram } from "../telemetry/latency_histogram.ts";
import type { AclCommand } from "../acl/selector.ts";
import { categoriesOf } from "./acl_categories.ts";
import { bitsOf } from "./command_flags.ts";
import type { KeySpec, SpecFor } from "./spec_for.ts";

let lastId = 0;

/** A spec with what derives from it. `Given` is the type of call that its body gets; only the executor says which. */
export class Command<Given = never> implements AclCommand {
  readonly id: number = ++lastId;
  /** The name with the container's: `client|list`. */
  readonly fullName: string;
  /** The name's bytes, lower-case. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  readonly arity: number;
  /** Bits of `Flag`. */
  readonly flags: number;
  /** Whether it takes constant or logarithmic time. */
  readonly isQuick: boolean;
  /** Whether its first argument is its only key. */
  readonly hasSingleKey: boolean;
  /** Whether its first argument alone decides which node of a cluster serves it. */
  readonly isRoutedByFirst: boolean;
  /** Whether its arguments may hold keys or shard channels. */
  readonly mayHaveKeys: boolean;
  /** The subcommands of a container, by lower-case name. */
  readonly subcommands: ReadonlyMap<string, Command<Given>> | undefined;
  /** How often it ran. */
  calls = 0;
  /** Time spent in it, in microseconds. */
  microseconds = 0;
  /** The durations of its runs; undefined if it never ran. */
  latencies: LatencyHistogram | undefined = undefined;
  /** How often it was refused before it ran. */
  rejectedCalls = 0;
  /** How often it replied with an error. */
  failedCalls = 0;
  readonly #fewestWords: number;
  readonly #mostWords: number;

  constructor(readonly spec: SpecFor<Given>, readonly parent?: Command<Given>) {
    this.fullName = parent === undefined ? spec.name : `${parent.spec.name}|${spec.name}`;
    this.nameBytes = Uint8Array.from(spec.name, (letter) => letter.charCodeAt(0));
    this.arity = spec.arity;
    this.#fewestWords = spec.run === undefined ? Infinity : Math.abs(spec.arity);
    this.#mostWords = spec.arity > 0 ? spec.arity : Infinity;
    this.flags = bitsOf(spec.flags);
    this.hasSingleKey = spec.keys?.length === 1 && isFirstArgument(spec.keys[0]);
    this.isRoutedByFirst = this.hasSingleKey && spec.findKeys === undefined;
    this.mayHaveKeys = spec.keys !== undefined || spec.findKeys !== undefined;
    const isShort = spec.flags.includes("fast") || spec.complexity === "O(1)";
    this.isQuick = isShort && !spec.flags.includes("blocking");
    this.subcommands = spec.subcommands === undefined
      ? undefined
      : new Map(spec.subcommands.map((sub) => [sub.name, new Command<Given>(sub, this)]));
  }

  /** The ACL categories, each with its `@`, in the order of COMMAND INFO. */
  get categories(): string[] {
    return categoriesOf(this.spec).map((name) => `@${name}`);
  }

  /** Whether it takes this many words, including its name. A container takes none: only its subcommands run. */
  takes(words: number): boolean {
    return words >= this.#fewestWords && words <= this.#mostWords;
  }

  /** Clears the counters (CONFIG RESETSTAT). */
  resetStats(): void {
    this.calls =
      this.microseconds =
      this.rejectedCalls =
      this.failedCalls =
        0;
    this.latencies = undefined;
    for (const sub of this.subcommands?.values() ?? []) sub.resetStats();
  }
}

function isFirstArgument({ first, last, isCounted, keyword, isUnknown }: KeySpec): boolean {
  return first === 1 && last === 0 && !isCounted && !isUnknown && keyword === undefined;
}
