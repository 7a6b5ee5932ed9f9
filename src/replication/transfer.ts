/**
 * How all data comes from a primary: an RDB file, of which either the length is known or the end is marked.
 *
 *     $<length>\r\n<file>                      the primary sends a file that it has
 *     $EOF:<mark>\r\n<file><mark>              it writes the file into the link; the mark is forty bytes
 *
 * The stream of changes follows directly. The file goes to a place of its own first, and is looked at there: nothing here touches the data
 * that the replica has.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import { LinkError, type LinkInput } from "./link_input.ts";

const EMPTY = new Uint8Array(0);
const MARK_BYTES = 40;

/** Where a file goes that comes from a primary. */
export interface TransferTarget {
  /** Adds bytes, which are valid only during the call. Throws the system's reason. */
  write(bytes: Uint8Array): void;
}

/** How far a transfer is. */
export interface TransferProgress {
  /** Length of the file; 0 if it is not known. */
  totalBytes: number;
  /** Bytes of it that have come. */
  readBytes: number;
}

/** What a primary says of a file before it sends it. */
export type TransferHeader =
  | { readonly kind: "sized"; readonly length: number }
  | { readonly kind: "marked"; readonly mark: Uint8Array };

/** Waits until the primary sends a file. Throws {@link LinkError}. */
export async function readTransferHeader(input: LinkInput): Promise<TransferHeader> {
  let line = "";
  while (line === "") line = await input.line();
  if (line.startsWith("-")) {
    throw new LinkError(`MASTER aborted replication with an error: ${line.slice(1)}`);
  }
  const mark = /^\$EOF:(.{40})$/.exec(line)?.[1];
  if (mark !== undefined) return { kind: "marked", mark: fromLatin1(mark) };
  const length = Number(/^\$(\d+)$/.exec(line)?.[1] ?? NaN);
  if (Number.isSafeInteger(length)) return { kind: "sized", length };
  throw new LinkError(
    "Bad protocol from MASTER, the first byte is not '$' (we received " +
      `'${line}'), are you sure the host and port are right?`,
  );
}

/** Takes in the file. What comes behind it stays in the input. Throws {@link LinkError}, or what the target throws. */
export async function receiveFile(
  input: LinkInput,
  header: TransferHeader,
  target: TransferTarget,
  progress: TransferProgress,
): Promise<void> {
  if (header.kind === "marked") return await receiveMarked(input, header.mark, target, progress);
  progress.totalBytes = header.length;
  for (let left = header.length; left > 0;) {
    const block = await input.block();
    const part = block.subarray(0, left);
    input.putBack(block.subarray(part.length));
    target.write(part);
    left -= part.length;
    progress.readBytes += part.length;
  }
}

async function receiveMarked(
  input: LinkInput,
  mark: Uint8Array,
  target: TransferTarget,
  progress: TransferProgress,
): Promise<void> {
  // Bytes that may be the beginning of the mark, at most one less than it has.
  let held = EMPTY;
  for (;;) {
    const block = await input.block();
    const bytes = new Uint8Array(held.length + block.length);
    bytes.set(held);
    bytes.set(block, held.length);
    const at = indexOf(bytes, mark);
    const end = at >= 0 ? at : Math.max(0, bytes.length - (MARK_BYTES - 1));
    target.write(bytes.subarray(0, end));
    progress.readBytes += end;
    if (at >= 0) return input.putBack(bytes.subarray(at + MARK_BYTES));
    held = bytes.subarray(end);
  }
}

/** Where `wanted` begins in `bytes`; -1 if it is not there whole. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  let at = bytes.indexOf(wanted[0]);
  while (at >= 0 && at + wanted.length <= bytes.length) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
    at = bytes.indexOf(wanted[0], at + 1);
  }
  return -1;
}
