/**
 * Libraries of functions, as far as files hold them: their texts, one after another.
 *
 *     the payload of FUNCTION DUMP:   (u8 opcode | string text) for each | u16 version | u64 CRC-64 of all before
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { sealPayload, unsealed } from "./dump_payload.ts";
import { Opcode, RdbError, WRITTEN_VERSION } from "./format.ts";
import { RdbReader } from "./reader.ts";
import { RdbWriter } from "./writer.ts";

/** The libraries of a server. */
export interface FunctionStore {
  /** The texts of all libraries, at this moment. */
  texts(): readonly Uint8Array<ArrayBuffer>[];
  /** Adds a library. Throws {@link RdbError} if its text is none, or its name is taken. */
  addText(text: Uint8Array<ArrayBuffer>): void;
  /** Removes all libraries. */
  clear(): void;
}

/** A store of nothing, for files of which it is known that they hold none. */
export const noFunctions: FunctionStore = {
  texts: () => [],
  addText: () => {
    throw new RdbError("Cannot load functions here");
  },
  clear: () => {},
};

/** Writes libraries as a file holds them. */
export function writeFunctions(writer: RdbWriter, texts: readonly Uint8Array[]): void {
  for (const text of texts) {
    writer.byte(Opcode.Functions);
    writer.stringOf(text);
  }
}

/** The payload for libraries. */
export function dumpFunctions(texts: readonly Uint8Array[], compresses: boolean): Uint8Array {
  const writer = new RdbWriter();
  writer.compresses = compresses;
  writeFunctions(writer, texts);
  return sealPayload(writer, WRITTEN_VERSION);
}

/** The texts in a payload whose footer is right, one by one. Throws {@link RdbError} with a message for whoever has sent it. */
export function* readFunctions(payload: ByteRange): Generator<Uint8Array<ArrayBuffer>> {
  const { bytes, length, start } = unsealed(payload);
  const reader = new RdbReader(bytes, start, start + length);
  while (!reader.isAtEnd) {
    const type = reader.byte();
    if (type === Opcode.EarlyFunctions) {
      throw new RdbError("Pre-GA function format not supported");
    }
    if (type !== Opcode.Functions) throw new RdbError("given type is not a function");
    yield readText(reader);
  }
}

function readText(reader: RdbReader): Uint8Array<ArrayBuffer> {
  try {
    const { bytes, length, start } = reader.string();
    return bytes.slice(start, start + length);
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    throw new RdbError("Failed loading library payload");
  }
}
