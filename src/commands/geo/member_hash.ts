import type { Call } from "../../command/call.ts";

/** The score of the member in argument `i`, or undefined. */
export function hashOf(call: Call, entry: number, i: number): number | undefined {
  const { sortedSets } = call.keyspace;
  const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(i));
  return handle === 0 ? undefined : sortedSets.score(entry, handle);
}
