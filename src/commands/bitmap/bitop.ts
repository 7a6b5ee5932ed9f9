import type { Address } from "../../arena/memory.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { mustHaveRoom } from "../shared/room.ts";
import { storeResult } from "../shared/stored_result.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type BitOperation, bitOperations } from "../../lib/bits.ts";

const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
/** Sources are read in pieces of this size. */
const PIECE_BYTES = 65536;
const OPERATIONS: ReadonlyMap<string, BitOperation> = new Map(Object.entries(bitOperations));

/** The strings of all source keys; 0 is an empty one. */
function lookupSources(call: Call): Address[] {
  const sources: Address[] = [];
  for (let i = 3; i < call.args.count; i++) {
    const entry = call.lookupForRead(i);
    if (entry !== 0 && call.keyspace.entries.type(entry) !== ValueType.String) {
      throw errors.wrongType;
    }
    sources.push(entry);
  }
  return sources;
}

/** Combines strings to `length` bytes. The result lies outside the arena, because the destination may be one of the sources. */
function combine(
  call: Call,
  operation: BitOperation,
  [first, ...others]: readonly Address[],
  length: number,
): Uint8Array {
  const valueOf = (entry: Address) => entry === 0 ? NOTHING : call.value(entry);
  const result = new Int32Array(Math.ceil(length / 4));
  const resultBytes = new Uint8Array(result.buffer, 0, length);
  const { bytes, start, length: present } = valueOf(first);
  resultBytes.set(bytes.subarray(start, start + present));
  if (operation === bitOperations.NOT) operation(result, result);
  const piece = new Int32Array(PIECE_BYTES / 4);
  for (const other of others) {
    for (let at = 0; at < length; at += PIECE_BYTES) {
      copyPiece(valueOf(other), at, piece);
      operation(result.subarray(at / 4, (at + PIECE_BYTES) / 4), piece);
    }
  }
  return resultBytes;
}

/** Copies the part of a string from `at` on into a piece, so that it is aligned to words; the rest of the piece is zero. */
function copyPiece({ bytes, start, length }: ByteRange, at: number, piece: Int32Array): void {
  const present = Math.min(PIECE_BYTES, Math.max(0, length - at));
  const target = new Uint8Array(piece.buffer);
  target.set(bytes.subarray(start + at, start + at + present));
  target.fill(0, present);
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
    const { args } = call;
    const operation = OPERATIONS.get(args.cText(1).toUpperCase());
    if (operation === undefined) throw errors.syntax;
    if (operation === bitOperations.NOT && args.count !== 4) {
      throw err("BITOP NOT must be called with a single source key.");
    }
    const sources = lookupSources(call);
    const { entries } = call.keyspace;
    let length = 0;
    for (const entry of sources) {
      if (entry !== 0) length = Math.max(length, entries.valueLength(entry));
    }
    mustHaveRoom(call, 2 * length);
    const result = combine(call, operation, sources, length);
    return storeResult(call, 2, {
      ...{ count: length, eventClass: "string", event: "set" },
      store() {
        const value = call.value(call.put(2, RAW_STRING, length, NO_TTL));
        value.bytes.set(result, value.start);
      },
    });
  },
});
