/**
 * The ACL categories, and the commands that are in each because of their flags and groups. A spec may name further categories.
 *
 * @module
 */
import type { CommandFlag } from "./command_flags.ts";
import type { CommandGroup } from "./command_groups.ts";

/** The parts of a spec that its categories follow from. */
interface Categorized {
  readonly group: CommandGroup;
  readonly flags: readonly CommandFlag[];
  readonly categories?: readonly AclCategory[];
  readonly isOutsideGroup?: boolean;
  readonly run?: unknown;
}

type IsIn = (spec: Categorized) => boolean;

const flagged = (flag: CommandFlag): IsIn => ({ flags }) => flags.includes(flag);

/** A container has no body, and leaves the group's category to its subcommands. */
const inGroup = (group: CommandGroup): IsIn => (spec) =>
  spec.group === group && !spec.isOutsideGroup && spec.run !== undefined;

/** Each category with the test for its commands, in the order of COMMAND INFO. */
const categories = {
  keyspace: inGroup("generic"),
  read: ({ flags, group }) => flags.includes("readonly") && group !== "scripting",
  write: flagged("write"),
  set: inGroup("set"),
  sortedset: inGroup("sorted-set"),
  list: inGroup("list"),
  hash: inGroup("hash"),
  string: inGroup("string"),
  bitmap: inGroup("bitmap"),
  hyperloglog: inGroup("hyperloglog"),
  geo: inGroup("geo"),
  stream: inGroup("stream"),
  pubsub: (spec) => flagged("pubsub")(spec) || inGroup("pubsub")(spec),
  admin: flagged("admin"),
  fast: flagged("fast"),
  slow: ({ flags }) => !flags.includes("fast"),
  blocking: flagged("blocking"),
  dangerous: flagged("admin"),
  connection: inGroup("connection"),
  transaction: inGroup("transactions"),
  scripting: inGroup("scripting"),
} as const satisfies Readonly<Record<string, IsIn>>;

/** The name of a category, without its `@`. */
export type AclCategory = keyof typeof categories;

/** All categories, in the order of COMMAND INFO. */
export const CATEGORIES: readonly string[] = Object.keys(categories);

/** The categories of a command, in the order of COMMAND INFO. */
export function categoriesOf(spec: Categorized): string[] {
  const further: readonly string[] = spec.categories ?? [];
  return Object.entries(categories)
    .filter(([name, isIn]) => isIn(spec) || further.includes(name))
    .map(([name]) => name);
}
