import type { Address } from "../../arena/memory.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { mustHaveRoom } from "../shared/room.ts";
import { storeResult } from "../shared/stored_result.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type BitOperation, combineBits } from "../../lib/bits.ts";

const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
const OPERATIONS: readonly BitOperation[] = ["AND", "OR", "XOR", "NOT"];

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
    const name = args.cText(1).toUpperCase();
    const operation = OPERATIONS.find((known) => known === name);
    if (operation === undefined) throw errors.syntax;
    if (operation === "NOT" && args.count !== 4) {
      throw err("BITOP NOT must be called with a single source key.");
    }
    const sources = lookupSources(call);
    const { entries } = call.keyspace;
    let length = 0;
    for (const entry of sources) {
      if (entry !== 0) length = Math.max(length, entries.valueLength(entry));
    }
    mustHaveRoom(call, 2 * length);
    const valueOf = (i: number) => sources[i] === 0 ? NOTHING : call.value(sources[i]);
    const combine = (result: Uint8Array) => combineBits(operation, valueOf, sources.length, result);
    // A source that is the destination too must be read before it is replaced.
    const destination = call.lookupQuietly(2);
    const isRead = destination !== 0 && sources.includes(destination);
    const early = isRead ? new Uint8Array(length) : undefined;
    if (early !== undefined) combine(early);
    return storeResult(call, 2, {
      ...{ count: length, eventClass: "string", event: "set" },
      store() {
        const { bytes, start } = call.value(call.put(2, RAW_STRING, length, NO_TTL));
        const target = bytes.subarray(start, start + length);
        if (early === undefined) combine(target);
        else target.set(early);
      },
    });
  },
});
