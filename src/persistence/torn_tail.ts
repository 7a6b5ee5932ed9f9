/**
 * The end of an append-only file that was not completely written, because the process or the machine died.
 *
 * It is cut off, so that what is added later follows a complete request. But the loader first checks that no complete request lies behind
 * the cut, and keeps a copy of the tail beside the file: if a damaged length has swallowed complete requests, whoever wants to repair the
 * file by hand still has them.
 *
 * @module
 */
import { AofFormatError, AofReader } from "../aof/reader.ts";
import type { Host, ReadFile } from "../ports/host.ts";
import { Arguments } from "../resp/arguments.ts";

const PIECE_BYTES = 2 ** 20;

/** Whether a complete request, or a complete transaction, begins at an offset of a file. */
export function holdsUnitAt(host: Host, path: string, offset: number): boolean {
  const file = openAt(host, path, offset);
  const reader = new AofReader((buffer) => file.read(buffer), undefined, offset);
  const args = new Arguments();
  try {
    if (!reader.next(args)) return false;
    if (!args.is(0, "MULTI")) return true;
    while (reader.next(args)) if (args.is(0, "EXEC")) return true;
    return false;
  } catch (error) {
    if (error instanceof AofFormatError) return false;
    throw error;
  } finally {
    file.close();
  }
}

/**
 * Copies everything behind an offset of a file to a new file beside it. When this returns its path, the copy is safe on disk. Throws the
 * system's error.
 */
export function copyTail(host: Host, path: string, offset: number): string {
  const copy = freeName(host, `${path}.cut-at-${offset}`);
  const file = openAt(host, path, offset);
  const buffer = new Uint8Array(PIECE_BYTES);
  try {
    host.replaceFileBy(copy, `${copy}.tmp`, (write) => {
      for (let count; (count = file.read(buffer)) > 0;) write(buffer.subarray(0, count));
    });
  } finally {
    file.close();
  }
  return copy;
}

/** Opens a file and moves to `offset`. */
function openAt(host: Host, path: string, offset: number): ReadFile {
  const file = host.openToRead(path);
  for (let left = offset; left > 0;) {
    const count = file.read(new Uint8Array(Math.min(left, PIECE_BYTES)));
    if (count === 0) break;
    left -= count;
  }
  return file;
}

/** A name for the copy that no file has: a file may be cut at the same place more than once. */
function freeName(host: Host, path: string): string {
  let name = path;
  for (let i = 2; host.exists(name); i++) name = `${path}.${i}`;
  return name;
}
