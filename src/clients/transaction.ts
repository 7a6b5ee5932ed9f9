/**
 * A transaction that is being collected: the requests that a client has sent since MULTI.
 *
 * Its requests lie behind each other in a few pages, because a transaction may have hundreds of thousands of them: with objects for each,
 * everybody would wait while the garbage collector collects them. The first page is small, as most transactions are.
 *
 * @module
 */
import { Arguments } from "../resp/arguments.ts";

const FIRST_PAGE_BYTES = 256;
const LARGEST_PAGE_BYTES = 1 << 20;

/** Bytes of a number in {@link Page.lengths}. */
const NUMBER_BYTES = 4;

/** The words of some requests; no request crosses into another page. */
interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>;
  usedBytes: number;
  /** For each request the number of its words, then the length of each word. */
  readonly lengths: number[];
}

/** The transaction of one client. */
export class Transaction {
  /** How many requests are waiting for EXEC. */
  count = 0;
  /** The flags of all commands in it together, as bits. */
  flags = 0;
  /** The flags that every command in it has; all bits while there is none. */
  commonFlags = -1;
  /** Estimated memory of the requests, in bytes. */
  memoryBytes = 0;
  /** Whether a request was refused, so that EXEC will refuse all. */
  isBroken = false;
  readonly #pages: Page[] = [];

  /** Adds a copy of a request. `flags` are those of its command. */
  add(args: Arguments, flags: number): void {
    const page = this.#pageFor(args.totalBytes);
    page.lengths.push(args.count);
    for (let i = 0; i < args.count; i++) {
      const [start, length] = [args.starts[i], args.lengths[i]];
      page.bytes.set(args.bytes.subarray(start, start + length), page.usedBytes);
      page.usedBytes += length;
      page.lengths.push(length);
    }
    this.memoryBytes += (1 + args.count) * NUMBER_BYTES;
    this.flags |= flags;
    this.commonFlags &= flags;
    this.count++;
  }

  /** Each request, in order: the same object every time. */
  *requests(): Generator<Arguments> {
    const args = new Arguments();
    for (const { bytes, lengths } of this.#pages) {
      args.bytes = bytes;
      let start = 0;
      for (let at = 0; at < lengths.length;) {
        args.reset();
        const end = at + 1 + lengths[at];
        for (at++; at < end; at++) {
          args.push(start, lengths[at]);
          start += lengths[at];
        }
        yield args;
      }
    }
  }

  #pageFor(neededBytes: number): Page {
    const last = this.#pages.at(-1);
    if (last !== undefined && last.bytes.length - last.usedBytes >= neededBytes) return last;
    const grown = last === undefined ? FIRST_PAGE_BYTES : 4 * last.bytes.length;
    const size = Math.max(neededBytes, Math.min(grown, LARGEST_PAGE_BYTES));
    const page = { bytes: new Uint8Array(size), usedBytes: 0, lengths: [] };
    this.#pages.push(page);
    this.memoryBytes += size;
    return page;
  }
}
