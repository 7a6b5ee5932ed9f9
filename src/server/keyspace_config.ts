/**
 * Directives about how values are stored: thresholds of encodings, and how accesses are counted.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";

/** Lets a keyspace follow its directives. */
export function followKeyspaceConfig(config: Config, keyspace: Keyspace): void {
  const { hashes, lists, sets, sortedSets, streams } = keyspace;
  config.follow("stream-node-max-entries", (n) => streams.maxNodeEntries = n);
  config.follow("stream-node-max-bytes", (n) => streams.maxNodeBytes = n);
  config.follow("zset-max-listpack-entries", (n) => sortedSets.maxListpackEntries = n);
  config.follow("zset-max-listpack-value", (n) => sortedSets.maxListpackValue = n);
  config.follow("list-max-listpack-size", (n) => lists.maxListpackSize = n);
  config.follow("set-max-intset-entries", (n) => sets.maxIntsetEntries = n);
  config.follow("set-max-listpack-entries", (n) => sets.maxListpackEntries = n);
  config.follow("set-max-listpack-value", (n) => sets.maxListpackValue = n);
  config.follow("hash-max-listpack-entries", (n) => hashes.maxListpackEntries = n);
  config.follow("hash-max-listpack-value", (n) => hashes.maxListpackValue = n);
  config.follow("lfu-log-factor", (value) => keyspace.accessClock.logFactor = value);
  config.follow("lfu-decay-time", (value) => keyspace.accessClock.decayMinutes = value);
}
