/**
 * A hash that collides, for tests of what relies on hashes.
 *
 * @module
 */
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";

/** Has only so many values. */
export class CoarseHash extends HalfSipHash {
  constructor(private readonly values: number) {
    super(1, 2);
  }

  override hash(bytes: Uint8Array, start: number, length: number): number {
    return super.hash(bytes, start, length) % this.values;
  }
}
