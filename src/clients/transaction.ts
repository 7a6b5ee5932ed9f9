/**
 * A transaction that is being collected: the requests that a client has sent since MULTI.
 *
 * Its requests lie behind each other in a few pages, because a transaction may have hundreds of thousands of them, and objects for each
 * would cost everybody the time that it takes to collect them. The first page is small, as most transactions are.
 *
 * @module
 */
import { Arguments } from "../resp/arguments.ts";

const FIRST_PAGE_BYTES = 256;
const LARGEST_PAGE_BYTES = 1 << 20;

/** What a number takes in {@link Page.lengths}, in bytes. */
const NUMBER_BYTES = 4;

/** Words of requests, none of which crosses into another page. */
interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>;
  usedBytes: number;
  /** For each request how many words it has, then the length of each. */
  readonly lengths: number[];
}

/** What MULTI begins. */
export class Transaction {
  /** How many requests wait for EXEC. */
  count = 0;
  /** Flags that the command of one of them has, as bits. */
  flags = 0;
  /** Memory of the requests, about, in bytes. */
  memoryBytes = 0;
  /** Whether a request was refused, so that EXEC will refuse all. */
  isBroken = false;
  readonly #pages: Page[] = [];

  /** Adds a copy of a request, whose command has these flags. */
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
