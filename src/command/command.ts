/**
 * A command of a running server: its spec, what derives from the spec, and its counters.
 *
 * @module
 */
import type { LatencyHistogram } from "../telemetry/latency_histogram.ts";
import type { AclCommand } from "../acl/selector.ts";
import type { CommandFlag, CommandSpec, KeySpec } from "./spec.ts";

/** The flags that admission looks at, as bits. */
export const Flag = {
  Write: 1 << 0,
  DenyOom: 1 << 1,
  NoAuth: 1 << 2,
  MayReplicate: 1 << 3,
  /** May run while a client that speaks RESP2 is subscribed to something. */
  WhileSubscribed: 1 << 4,
  NoMulti: 1 << 5,
  /** See `CommandSpec.isNeverQueued`. */
  NeverQueued: 1 << 6,
  Admin: 1 << 7,
  SkipMonitor: 1 << 8,
  SkipSlowlog: 1 << 9,
  ReadOnly: 1 << 10,
  Fast: 1 << 11,
  Loading: 1 << 12,
} as const;

const WHILE_SUBSCRIBED = /^([ps]?(un)?subscribe|ping|quit|reset)$/;

const FLAG_BITS: Partial<Record<CommandFlag, number>> = {
  write: Flag.Write,
  denyoom: Flag.DenyOom,
  no_auth: Flag.NoAuth,
  may_replicate: Flag.MayReplicate,
  no_multi: Flag.NoMulti,
  admin: Flag.Admin,
  skip_monitor: Flag.SkipMonitor,
  skip_slowlog: Flag.SkipSlowlog,
  readonly: Flag.ReadOnly,
  fast: Flag.Fast,
  loading: Flag.Loading,
};

let lastId = 0;

/** A spec made ready to run. */
export class Command implements AclCommand {
  readonly id: number = ++lastId;
  /** Name with the container's: `client|list`. */
  readonly fullName: string;
  /** The name's bytes, lower-case. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  readonly arity: number;
  /** {@link Flag} bits. */
  readonly flags: number;
  /** Takes constant or logarithmic time. */
  readonly isQuick: boolean;
  /** Its first argument is its only key. */
  readonly hasSingleKey: boolean;
  /** Subcommands by lower-case name, of a container only. */
  readonly subcommands: ReadonlyMap<string, Command> | undefined;
  /** Times it ran. */
  calls = 0;
  /** Time spent in it, in microseconds. */
  microseconds = 0;
  /** How long its runs took; undefined if it never ran. */
  latencies: LatencyHistogram | undefined = undefined;
  /** Times it was refused before it ran. */
  rejectedCalls = 0;
  /** Times it replied with an error. */
  failedCalls = 0;

  constructor(readonly spec: CommandSpec, readonly parent?: Command) {
    this.fullName = parent === undefined ? spec.name : `${parent.spec.name}|${spec.name}`;
    this.nameBytes = Uint8Array.from(spec.name, (letter) => letter.charCodeAt(0));
    this.arity = spec.arity;
    this.flags = spec.flags.reduce((bits, flag) => bits | (FLAG_BITS[flag] ?? 0), 0) |
      (spec.isNeverQueued ? Flag.NeverQueued : 0) |
      (parent === undefined && WHILE_SUBSCRIBED.test(spec.name) ? Flag.WhileSubscribed : 0);
    this.hasSingleKey = spec.keys?.length === 1 && isFirstArgument(spec.keys[0]);
    const isShort = spec.flags.includes("fast") || spec.complexity === "O(1)";
    this.isQuick = isShort && !spec.flags.includes("blocking");
    this.subcommands = spec.subcommands === undefined
      ? undefined
      : new Map(spec.subcommands.map((sub) => [sub.name, new Command(sub, this)]));
  }

  /** The ACL categories, each with its `@`, in the order of COMMAND INFO. */
  get categories(): string[] {
    return categoriesOf(this.spec);
  }

  /** Whether it takes so many words, its name among them. */
  takes(words: number): boolean {
    return this.arity > 0 ? words === this.arity : words >= -this.arity;
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

/** The ACL categories, in the order of COMMAND INFO. */
export const CATEGORIES: readonly string[] = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
];

const GROUP_CATEGORY: Partial<Record<CommandSpec["group"], string>> = {
  bitmap: "bitmap",
  connection: "connection",
  generic: "keyspace",
  geo: "geo",
  hash: "hash",
  hyperloglog: "hyperloglog",
  list: "list",
  pubsub: "pubsub",
  set: "set",
  "sorted-set": "sortedset",
  stream: "stream",
  string: "string",
  transactions: "transaction",
  scripting: "scripting",
};

function categoriesOf(spec: CommandSpec): string[] {
  const found = new Set(spec.categories);
  // A container that does nothing itself leaves the group's category to its subcommands.
  const isOutside = spec.run === undefined || spec.isOutsideGroup;
  const group = isOutside ? undefined : GROUP_CATEGORY[spec.group];
  if (group !== undefined) found.add(group);
  const flags = new Set(spec.flags);
  if (flags.has("write")) found.add("write");
  if (flags.has("readonly") && spec.group !== "scripting") found.add("read");
  if (flags.has("admin")) found.add("admin").add("dangerous");
  if (flags.has("pubsub")) found.add("pubsub");
  if (flags.has("blocking")) found.add("blocking");
  found.add(flags.has("fast") ? "fast" : "slow");
  return CATEGORIES.filter((name) => found.has(name)).map((name) => `@${name}`);
}
