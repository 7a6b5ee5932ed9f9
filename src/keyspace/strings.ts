/**
 * Strings as a type among others: a value that is its entry's bytes, and owns nothing else.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { parseBigInt64 } from "../lib/integer.ts";
import { type Entries, StringEncoding } from "./entry.ts";
import type { TypeOperations } from "./type_operations.ts";

/** Longest string that Redis 7.2 embeds in its object (`embstr`). */
const MAX_EMBEDDED_BYTES = 44;

/** Operations on strings. */
export class Strings implements TypeOperations {
  readonly typeName = "string";

  constructor(private readonly entries: Entries) {}

  /** `int`, `embstr` or `raw`, which follow from the string's bytes and from how it came to be. */
  encodingName(entry: Address): string {
    const { entries } = this;
    if (entries.encoding(entry) === StringEncoding.Raw) return "raw";
    const { bytes, start, length } = entries.value(entry);
    const mayBeInteger = entries.encoding(entry) === StringEncoding.Plain;
    if (mayBeInteger && parseBigInt64(bytes, start, length) !== undefined) return "int";
    return length <= MAX_EMBEDDED_BYTES ? "embstr" : "raw";
  }

  count(): number {
    return 1;
  }

  dismantle(): undefined {}

  unshare(): void {}

  blocks(): Iterable<Address> {
    return [];
  }
}
