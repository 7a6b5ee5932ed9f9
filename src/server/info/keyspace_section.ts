/**
 * The section `keyspace`: one line for each database that has keys.
 *
 * @module
 */
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface KeyspaceFigures {
  readonly keyspace: Keyspace;
}

/** The section `keyspace`. */
export function keyspaceSection(source: KeyspaceFigures): Fields {
  const fields: Fields = {};
  for (const database of source.keyspace.databases) {
    if (database.size === 0) continue;
    fields[`db${database.index}`] = `keys=${database.size},expires=${database.volatileSize},` +
      `avg_ttl=${Math.floor(database.averageTtlMs)}`;
  }
  return fields;
}
