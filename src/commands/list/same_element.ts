import type { Call } from "../../command/call.ts";
import type { ListPosition } from "../../keyspace/lists.ts";
import { sameBytes } from "../../lib/bytes.ts";

/** Whether the element at a position is argument `i`. */
export function isArgument(call: Call, entry: number, position: ListPosition, i: number): boolean {
  const { bytes, starts, lengths } = call.args;
  const value = call.keyspace.lists.value(entry, position);
  return value.length === lengths[i] &&
    sameBytes(value.bytes, value.start, bytes, starts[i], lengths[i]);
}
