/**
 * Stand-in for the functions of `@std/io` that this project uses, with the same names, signatures and meaning.
 * See `src/std/assert/mod.ts` for why it exists.
 *
 * @module
 */

/** Something bytes can be written to; a write may take only the first part of `data` and says how much. */
export interface Writer {
  write(data: Uint8Array): Promise<number>;
}

/** Writes all of `data`, with as many writes as it takes. */
export async function writeAll(writer: Writer, data: Uint8Array): Promise<void> {
  let written = 0;
  while (written < data.length) {
    written += await writer.write(data.subarray(written));
  }
}
