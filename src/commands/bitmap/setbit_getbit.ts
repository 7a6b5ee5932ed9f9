import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { bitOffset } from "./bit_offset.ts";

/** The string of the key in argument 1, made or grown to at least `bytes` bytes. */
export function growString(call: Call, entry: Address, bytes: number): Address {
  if (entry === 0) {
    const made = call.put(1, RAW_STRING, bytes, NO_TTL);
    const value = call.value(made);
    value.bytes.fill(0, value.start, value.start + bytes);
    return made;
  }
  const length = call.value(entry).length;
  return call.db.resizeString(entry, Math.max(length, bytes));
}

/** Whether {@link growString} would make the string, or make it longer. */
export function isShorter(call: Call, entry: Address, bytes: number): boolean {
  return entry === 0 || call.value(entry).length < bytes;
}

/** SETBIT: sets or clears one bit of a string. */
export const setbit: CommandSpec = command({
  name: "setbit",
  group: "bitmap",
  summary:
    "Sets or clears one bit of a string, and replies with what it was; the string grows as needed.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW access update"),
  syntax: "key offset value",
  run(call) {
    const offset = bitOffset(call, 2);
    const bit = call.integer(3, errors.bitValue);
    if (bit !== 0 && bit !== 1) throw errors.bitValue;
    const entry = call.lookupStringForWrite(1);
    const index = Math.floor(offset / 8);
    const grows = isShorter(call, entry, index + 1);
    const value = call.value(growString(call, entry, index + 1));
    const at = value.start + index;
    const mask = 0x80 >> offset % 8;
    const before = (value.bytes[at] & mask) === 0 ? 0 : 1;
    if (grows || bit !== before) {
      if (bit === 1) value.bytes[at] |= mask;
      else value.bytes[at] &= ~mask;
      call.keyChanged(1, "string", "setbit");
    }
    call.reply.integer(before);
  },
});

/** GETBIT: replies with one bit of a string. */
export const getbit: CommandSpec = command({
  name: "getbit",
  group: "bitmap",
  summary: "Replies with one bit of a string; bits beyond its end are 0.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key offset",
  run(call) {
    const offset = bitOffset(call, 2);
    const entry = call.lookupStringForRead(1);
    const index = Math.floor(offset / 8);
    let bit = 0;
    if (entry !== 0) {
      const value = call.value(entry);
      if (index < value.length) bit = value.bytes[value.start + index] >> 7 - offset % 8 & 1;
    }
    call.reply.integer(bit);
  },
});
