import { ValueType } from "../../keyspace/value_type.ts";
import { type ByteRange, copyBytes, fromLatin1 } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";

const rangeOf = (bytes: Uint8Array): ByteRange => ({ bytes, start: 0, length: bytes.length });

/**
 * A pattern of BY or GET. `#` means the element itself; `weight_*` the string under the key in which the element replaces the star;
 * `object_*->field` a field of the hash under such a key.
 */
export class SortPattern {
  /** Whether the pattern has a star, and so depends on the element. */
  readonly hasStar: boolean;
  readonly #isElement: boolean;
  readonly #before: Uint8Array;
  readonly #behind: Uint8Array;
  readonly #field: ByteRange | undefined;
  /** The key that was looked up last. */
  #key: Uint8Array;

  constructor(pattern: string) {
    const star = pattern.indexOf("*");
    const arrow = pattern.indexOf("->", star);
    const hasField = star >= 0 && arrow >= 0 && arrow + 2 < pattern.length;
    this.hasStar = star >= 0;
    this.#isElement = pattern === "#";
    this.#before = fromLatin1(pattern.slice(0, Math.max(0, star)));
    this.#behind = fromLatin1(pattern.slice(star + 1, hasField ? arrow : undefined));
    this.#field = hasField ? rangeOf(fromLatin1(pattern.slice(arrow + 2))) : undefined;
    this.#key = new Uint8Array(64);
  }

  /** The value for an element; undefined if there is none. It may lie in the arena, and is valid until the next call. */
  value(call: Call, element: ByteRange): ByteRange | undefined {
    if (this.#isElement) return element;
    if (!this.hasStar) return undefined;
    const { entries, hashes } = call.keyspace;
    const length = this.#makeKey(element);
    const entry = call.db.lookupForRead(this.#key, 0, length, !call.client.noTouch);
    if (entry === 0) return undefined;
    const type = entries.type(entry);
    if (this.#field === undefined) {
      return type === ValueType.String ? entries.value(entry) : undefined;
    }
    const handle = type === ValueType.Hash ? hashes.find(entry, this.#field) : 0;
    return handle === 0 ? undefined : hashes.value(entry, handle);
  }

  /** Makes the key for an element; returns its length. */
  #makeKey({ bytes, start, length }: ByteRange): number {
    const [before, behind] = [this.#before, this.#behind];
    const total = before.length + length + behind.length;
    if (total > this.#key.length) this.#key = new Uint8Array(2 * total);
    copyBytes(before, 0, this.#key, 0, before.length);
    copyBytes(bytes, start, this.#key, before.length, length);
    copyBytes(behind, 0, this.#key, before.length + length, behind.length);
    return total;
  }
}
