import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { replaceByNothing } from "../shared/replaced_key.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

const combine: Readonly<Record<string, (a: number, b: number) => number>> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
  NOT: (a) => ~a & 0xff,
};

/** Copies of the strings of all source keys: the destination may be one of them. */
function readSources(call: Call): Uint8Array[] {
  const sources: Uint8Array[] = [];
  for (let i = 3; i < call.args.count; i++) {
    const entry = call.lookupForRead(i);
    if (entry === 0) {
      sources.push(new Uint8Array(0));
      continue;
    }
    if (call.server.keyspace.entries.type(entry) !== ValueType.String) throw errors.wrongType;
    const { bytes, start, length } = call.value(entry);
    sources.push(bytes.slice(start, start + length));
  }
  return sources;
}

/** BITOP: combines strings bit by bit. */
export const bitop: CommandSpec = command({
  name: "bitop",
  group: "bitmap",
  summary:
    "Combines strings bit by bit and stores the result; shorter ones are filled up with zeros.",
  since: "2.6.0",
  complexity: "O(N)",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: [keyRange("OW update", 2, 0, 1), keyRange("RO access", 3, -1, 1)],
  syntax: "<AND | OR | XOR | NOT> destkey key [key ...]",
  run(call) {
    const { args, reply } = call;
    const operation = combine[args.cText(1).toUpperCase()];
    if (operation === undefined) throw errors.syntax;
    if (operation === combine.NOT && args.count !== 4) {
      throw err("BITOP NOT must be called with a single source key.");
    }
    const sources = readSources(call);
    const length = Math.max(...sources.map((source) => source.length));
    if (length === 0) return replaceByNothing(call, 2);
    const entry = call.put(2, RAW_STRING, length, NO_TTL);
    const value = call.value(entry);
    const [first, ...others] = sources;
    for (let i = 0; i < length; i++) {
      let byte = first[i] ?? 0;
      if (operation === combine.NOT) byte = operation(byte, 0);
      for (const other of others) byte = operation(byte, other[i] ?? 0);
      value.bytes[value.start + i] = byte;
    }
    call.keyChanged(2, "string", "set");
    reply.integer(length);
  },
});
