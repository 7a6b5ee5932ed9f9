import type { Address } from "../../arena/memory.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { replaceByNothing } from "../shared/replaced_key.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

/** What becomes of a byte of the result when a byte of another source comes to it. */
const combine: Readonly<Record<string, (a: number, b: number) => number>> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
  NOT: (a) => ~a & 0xff,
};

/** The entries of all source keys, 0 for one that is missing. */
function lookUpSources(call: Call): Address[] {
  const sources: Address[] = [];
  for (let i = 3; i < call.args.count; i++) {
    const entry = call.lookupForRead(i);
    if (entry !== 0 && call.server.keyspace.entries.type(entry) !== ValueType.String) {
      throw errors.wrongType;
    }
    sources.push(entry);
  }
  return sources;
}

/** The result, beside the arena: the destination may be one of the sources. These are read where they lie, however many there are. */
function combineSources(
  call: Call,
  [first, ...others]: readonly Address[],
  length: number,
  operation: (a: number, b: number) => number,
): Uint8Array {
  const result = new Uint8Array(length);
  if (first !== 0) {
    const { bytes, start, length } = call.value(first);
    result.set(bytes.subarray(start, start + length));
  }
  if (operation === combine.NOT) return result.map((byte) => operation(byte, 0));
  for (const other of others) {
    const { bytes, start, length: present } = other === 0 ? NOTHING : call.value(other);
    for (let i = 0; i < present; i++) result[i] = operation(result[i], bytes[start + i]);
    for (let i = present; i < length; i++) result[i] = operation(result[i], 0);
  }
  return result;
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
    const sources = lookUpSources(call);
    const length = sources.reduce(
      (longest, entry) => Math.max(longest, entry === 0 ? 0 : call.value(entry).length),
      0,
    );
    if (length === 0) return replaceByNothing(call, 2);
    const result = combineSources(call, sources, length, operation);
    const entry = call.put(2, RAW_STRING, length, NO_TTL);
    const value = call.value(entry);
    value.bytes.set(result, value.start);
    call.keyChanged(2, "string", "set");
    reply.integer(length);
  },
});
