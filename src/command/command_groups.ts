/**
 * The groups of commands.
 *
 * @module
 */

/** The title of each group in the documentation, by the name that COMMAND DOCS has for it, in the order of the documentation. */
export const groupTitles = {
  "string": "Strings",
  "hash": "Hashes",
  "list": "Lists",
  "set": "Sets",
  "sorted-set": "Sorted sets",
  "stream": "Streams",
  "bitmap": "Bitmaps",
  "hyperloglog": "HyperLogLog",
  "geo": "Geography",
  "generic": "Keys",
  "transactions": "Transactions",
  "pubsub": "Channels",
  "connection": "Connection",
  "server": "Server",
  "scripting": "Scripting",
  "cluster": "Cluster",
} as const;

/** A group, as COMMAND DOCS names it. */
export type CommandGroup = keyof typeof groupTitles;
