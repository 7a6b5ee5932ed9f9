/**
 * What everybody who handles whole values must know of each type: to name, count, copy, free and check a value.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "./database.ts";
import type { FreeingSteps } from "./freeing_steps.ts";

/** What can be done with a value without knowing more of it than its type. */
export interface TypeOperations {
  /** The type as TYPE tells it. */
  readonly typeName: string;
  /** The value's encoding as OBJECT ENCODING tells it. */
  encodingName(entry: Address): string;
  /** How many elements the value has; 1 for a string. */
  count(entry: Address): number;
  /**
   * Frees what the value owns besides its entry. If that may take long, it is left to the steps that are returned; the entry may be freed
   * before they are taken.
   */
  dismantle(entry: Address): FreeingSteps | undefined;
  /** Gives an entry that was copied byte by byte, and is in a database now, a value of its own. */
  unshare(database: Database, copy: Address): void;
  /** Every block that the value owns besides its entry, for the checker. */
  blocks(entry: Address): Iterable<Address>;
}
