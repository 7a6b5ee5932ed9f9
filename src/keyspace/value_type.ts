/**
 * The types of values, and what everybody who handles whole values must know of each: to name, count, copy, free and check it.
 *
 * Whatever else differs by type (the form in RDB files, as requests, in digests) is a table of type {@link PerType} where it is used, so
 * the compiler asks for whatever a new type lacks.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "./database.ts";
import type { FreeingSteps } from "./lazy_free.ts";

/** What kind of value a key holds. The numbers are those of the RDB format where it has them. */
export const ValueType = { String: 0, List: 1, Set: 2, SortedSet: 3, Hash: 4, Stream: 6 } as const;

/** One of the numbers of {@link ValueType}. */
export type ValueType = typeof ValueType[keyof typeof ValueType];

/** Something for each type. */
export type PerType<T> = Readonly<Record<ValueType, T>>;

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
