import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { mustHaveRoom } from "../shared/room.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";

/** Makes the string of the key in argument 1, or grows it, to at least `bytes` bytes; returns its entry. */
export function growString(call: Call, entry: Address, bytes: number): Address {
  mustHaveRoom(call, 2 * bytes);
  if (entry === 0) {
    const made = call.put(1, RAW_STRING, bytes, NO_TTL);
    const value = call.value(made);
    value.bytes.fill(0, value.start, value.start + bytes);
    return made;
  }
  const length = call.value(entry).length;
  return call.db.resizeString(entry, Math.max(length, bytes));
}

/** Whether {@link growString} would make or grow the string. */
export function isShorter(call: Call, entry: Address, bytes: number): boolean {
  return entry === 0 || call.value(entry).length < bytes;
}
