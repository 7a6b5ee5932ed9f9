/**
 * Sends a complete snapshot to one replica.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import type { ReadFile } from "../ports/host.ts";
import type { Replica } from "./replicas.ts";
import { AHEAD_BYTES, type MemorySnapshot } from "./snapshot_sinks.ts";

const PIECE_BYTES = 2 ** 18;

/** A snapshot whose length is known. */
export interface CompleteSnapshot {
  readonly length: number;
  /** The bytes in order; nothing else may change them. Throws the system's error. */
  pieces(): Iterable<Uint8Array<ArrayBuffer>>;
}

/** A snapshot in memory. */
export function inMemory({ length, pieces }: MemorySnapshot): CompleteSnapshot {
  return { length, pieces: () => pieces };
}

/** A snapshot in a file, which is closed when its bytes were read or nobody wants more. */
export function inFile(file: ReadFile): CompleteSnapshot {
  return { length: file.size, pieces: () => piecesOf(file) };
}

function* piecesOf(file: ReadFile): Generator<Uint8Array<ArrayBuffer>> {
  try {
    for (;;) {
      const buffer = new Uint8Array(PIECE_BYTES);
      const count = file.read(buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    file.close();
  }
}

/** Sends the header and the snapshot. Resolves with whether everything was handed to the connection; rejects with the system's error. */
export async function sendSnapshot(
  { connection }: Replica,
  snapshot: CompleteSnapshot,
  stats: { replicaOutputBytes: number },
): Promise<boolean> {
  connection.send(fromLatin1(`$${snapshot.length}\r\n`));
  for (const piece of snapshot.pieces()) {
    stats.replicaOutputBytes += piece.length;
    connection.send(piece);
    if (connection.pendingBytes >= AHEAD_BYTES && !await connection.drained()) return false;
  }
  return true;
}
