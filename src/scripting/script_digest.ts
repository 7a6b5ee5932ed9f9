/**
 * The digests by which scripts are called: SHA-1 of their texts, in hexadecimal digits of any case.
 *
 * @module
 */
import { sha1, SHA1_BYTES } from "../lib/sha1.ts";

/** Digits of a digest. */
export const DIGEST_DIGITS: number = 2 * SHA1_BYTES;

/** The value of each byte that is a hexadecimal digit; 16 for all others. */
const VALUES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? 16 : value;
});

/** There is one, for the digest that was asked for last: no script that runs needs it. */
const digest = new Uint8Array(SHA1_BYTES);

/** The digest of a text; the next one takes its place. */
export function digestOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  sha1(bytes, start, length, digest);
  return digest;
}

/** The digest that `length` digits from `start` spell, or undefined; the next one takes its place. */
export function readDigest(
  bytes: Uint8Array,
  start: number,
  length: number,
): Uint8Array | undefined {
  if (length !== DIGEST_DIGITS) return undefined;
  for (let i = 0; i < SHA1_BYTES; i++) {
    const high = VALUES[bytes[start + 2 * i]];
    const low = VALUES[bytes[start + 2 * i + 1]];
    if ((high | low) > 15) return undefined;
    digest[i] = high << 4 | low;
  }
  return digest;
}
