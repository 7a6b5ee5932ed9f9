/**
 * Runs of whole pages: spans of small blocks and large blocks come from here and go back here.
 *
 * Neighbouring free runs become one again at once. Free runs are listed by length: one list for each length up to 64 pages, then
 * one for each doubling, searched first-fit. All bookkeeping lies in typed arrays beside the arena, indexed by page:
 *
 *     first page of a run:  length, state, and when free the links of its list
 *     last page of a run:   where the run begins (so that the run behind it can find it)
 *
 * @module
 */
import { type Memory, OutOfMemoryError, VIEW_PAGES } from "./memory.ts";
import { PAGE_BYTES } from "./size_classes.ts";

const EXACT_LISTS = 64;
const DOUBLING_LISTS = 14;

/** Number of a page; page 0 is never handed out. */
export type Page = number;

/** The arena's free and taken runs of pages. */
export class PagePool {
  /** Pages in the run that begins at this page. */
  length: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** First page of the run that a page is the last of. Users may keep it filled for all pages of a taken run. */
  head: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** Links of lists of runs: this pool's while a run is free, the owner's while it is taken. */
  next: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** See {@link next}. */
  previous: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  #isFree = new Uint8Array(256);
  readonly #lists = new Uint32Array(EXACT_LISTS + DOUBLING_LISTS + 1);
  #pages: number;

  constructor(readonly memory: Memory) {
    this.#pages = memory.byteLength / PAGE_BYTES;
    this.#reserve(this.#pages);
    this.#insert(1, this.#pages - 1);
  }

  /** Pages there are, taken or free, with page 0. */
  get pages(): number {
    return this.#pages;
  }

  /** Whether a free run begins at `page`. */
  isFree(page: Page): boolean {
    return this.#isFree[page] === 1;
  }

  /** Takes a run of `pages` pages, growing the memory where no free run is long enough. */
  take(pages: number): Page {
    let page = this.#find(pages);
    while (page === 0) {
      this.#grow(pages);
      page = this.#find(pages);
    }
    this.#unlink(page);
    const rest = this.length[page] - pages;
    if (rest > 0) this.#insert(page + pages, rest);
    this.length[page] = pages;
    this.head[page + pages - 1] = page;
    return page;
  }

  /** Gives back the run that begins at `page`. */
  give(page: Page): void {
    let first = page;
    let pages = this.length[page];
    const after = page + pages;
    if (after < this.#pages && after % VIEW_PAGES !== 0 && this.#isFree[after] === 1) {
      this.#unlink(after);
      pages += this.length[after];
    }
    const before = this.head[page - 1];
    if (page % VIEW_PAGES !== 0 && before !== 0 && this.#isFree[before] === 1) {
      this.#unlink(before);
      pages += this.length[before];
      first = before;
    }
    this.#insert(first, pages);
  }

  #listOf(pages: number): number {
    return pages <= EXACT_LISTS ? pages : EXACT_LISTS + 26 - Math.clz32(pages);
  }

  #find(pages: number): Page {
    for (let list = this.#listOf(pages); list < this.#lists.length; list++) {
      for (let page = this.#lists[list]; page !== 0; page = this.next[page]) {
        if (this.length[page] >= pages) return page;
      }
    }
    return 0;
  }

  #insert(page: Page, pages: number): void {
    const list = this.#listOf(pages);
    const next = this.#lists[list];
    this.#isFree[page] = 1;
    this.length[page] = pages;
    this.head[page + pages - 1] = page;
    this.head[page] = page;
    this.previous[page] = 0;
    this.next[page] = next;
    if (next !== 0) this.previous[next] = page;
    this.#lists[list] = page;
  }

  #unlink(page: Page): void {
    const next = this.next[page];
    const previous = this.previous[page];
    if (previous !== 0) this.next[previous] = next;
    else this.#lists[this.#listOf(this.length[page])] = next;
    if (next !== 0) this.previous[next] = previous;
    this.#isFree[page] = 0;
  }

  #grow(pages: number): void {
    if (pages > VIEW_PAGES) {
      const bytes = pages * PAGE_BYTES;
      throw new OutOfMemoryError(`Cannot allocate ${bytes} bytes in one block`, bytes);
    }
    const before = this.#pages;
    // What is left of the current view may be too short for the run; the run then begins with the next view.
    const leftInView = (VIEW_PAGES - before % VIEW_PAGES) % VIEW_PAGES;
    const needed = pages <= leftInView ? pages : leftInView + pages;
    this.#pages = this.memory.grow(needed * PAGE_BYTES) / PAGE_BYTES;
    this.#reserve(this.#pages);
    for (let first = before; first < this.#pages;) {
      const viewEnd = (Math.floor(first / VIEW_PAGES) + 1) * VIEW_PAGES;
      const end = Math.min(viewEnd, this.#pages);
      this.length[first] = end - first;
      this.give(first);
      first = end;
    }
  }

  #reserve(pages: number): void {
    if (pages <= this.length.length) return;
    const size = Math.max(pages, this.length.length * 2);
    const enlarge = (old: Uint32Array) => {
      const enlarged = new Uint32Array(size);
      enlarged.set(old);
      return enlarged;
    };
    this.length = enlarge(this.length);
    this.head = enlarge(this.head);
    this.next = enlarge(this.next);
    this.previous = enlarge(this.previous);
    const isFree = new Uint8Array(size);
    isFree.set(this.#isFree);
    this.#isFree = isFree;
  }
}
