/**
 * The types of values.
 *
 * Whatever differs by type (the operations on whole values, the form in RDB files, as requests, in digests) is a table of type
 * {@link PerType} where it is used, so the compiler asks for whatever a new type lacks.
 *
 * @module
 */

/** What kind of value a key holds. The numbers are those of the RDB format where it has them. */
export const ValueType = { String: 0, List: 1, Set: 2, SortedSet: 3, Hash: 4, Stream: 6 } as const;

/** One of the numbers of {@link ValueType}. */
export type ValueType = typeof ValueType[keyof typeof ValueType];

/** Something for each type. */
export type PerType<T> = Readonly<Record<ValueType, T>>;
