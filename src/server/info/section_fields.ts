/**
 * The fields of a section of INFO.
 *
 * @module
 */

/** Figures by name, in the order in which they are shown. */
export type Fields = Record<string, string | number>;

/** Formats an amount of memory for people: 1.50M. */
export function human(bytes: number): string {
  for (const [unit, size] of [["G", 2 ** 30], ["M", 2 ** 20], ["K", 2 ** 10]] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(2)}${unit}`;
  }
  return `${bytes}B`;
}
