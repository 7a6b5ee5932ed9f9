/**
 * Runs of whole pages: spans of small blocks and large blocks come from here and go back here.
 *
 * Neighbouring free runs become one again at once. Free runs are listed by length: one list for each length up to 64 pages, then
 * one for each doubling, searched first-fit. All bookkeeping lies in typed arrays beside the arena, indexed by page:
 *
 *     first page of a run:  length, state, and when free the links of its list
 *     last page of a run:   where the run begins (so that the run behind it can find it)
 *
 * **The reserve.** Some free runs are in no list: 3 MiB, or a 64th of a large memory. When memory cannot grow any more, they are added to
 * the lists. So a command in the middle of a change goes on to its end. After it, commands that need memory are refused
 * ({@link PagePool.isExhausted}), until there is enough for a reserve again.
 *
 * @module
 */
import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";
import { type Memory, OutOfMemoryError, VIEW_PAGES } from "./memory.ts";
import { PAGE_BYTES } from "./size_classes.ts";

const EXACT_LISTS = 64;
const DOUBLING_LISTS = 14;
/** Pages in each run of the reserve, enough for a span of any class. */
const RESERVED_RUN_PAGES = 32;
/** A command of a few words may need the first span of many size classes. */
const LEAST_RESERVED_PAGES = 768;
/** The part of all pages that is reserved. */
const RESERVED_SHARE = 64;
/** States of a run, in {@link PagePool.#state}. */
const TAKEN = 0;
const FREE = 1;
const RESERVED = 2;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Number of a page; page 0 is never handed out. */
export type Page = number;

/** The arena's free and taken runs of pages. */
export class PagePool {
  /** Pages in the run that begins at this page. */
  length: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** First page of the run that a page is the last of. The owner of a taken run may fill it in for all pages of the run. */
  head: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** Links of lists of runs: this pool's while a run is free, the owner's while it is taken. */
  next: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** See {@link next}. */
  previous: Uint32Array<ArrayBuffer> = new Uint32Array(256);
  /** Whether the reserve has been given out because memory could not grow; see {@link recover}. */
  isExhausted = false;
  /** The state of each run, by its first page: {@link FREE} and so on. */
  #state = new Uint8Array(256);
  /** The first pages of the runs in the reserve. */
  readonly #reserve: Page[] = [];
  readonly #lists = new Uint32Array(EXACT_LISTS + DOUBLING_LISTS + 1);
  #pages: number;

  constructor(readonly memory: Memory) {
    this.#pages = memory.byteLength / PAGE_BYTES;
    this.#enlarge(this.#pages);
    this.#insert(1, this.#pages - 1);
    this.#fillReserve();
  }

  /** Number of pages, taken or free, page 0 among them. */
  get pages(): number {
    return this.#pages;
  }

  /** Whether a free run begins at `page`, in the reserve or not. */
  isFree(page: Page): boolean {
    return this.#state[page] !== TAKEN;
  }

  /**
   * Takes a run of `pages` pages. If no free run is long enough it grows the memory, or else gives out the reserve. Throws an
   * {@link OutOfMemoryError}.
   */
  take(pages: number): Page {
    let page = this.#find(pages);
    while (page === 0) {
      this.#growOrGiveOut(pages);
      page = this.#find(pages);
    }
    this.#cut(page, pages);
    return page;
  }

  /** Whether `pages` pages can be taken in runs of `run` pages without touching the reserve. Grows the memory if necessary. */
  hasRoom(pages: number, run: number): boolean {
    try {
      for (let free = this.#freePages(run); free < pages; free = this.#freePages(run)) {
        this.#grow(Math.max(run, Math.min(VIEW_PAGES, pages - free)));
      }
      return true;
    } catch (error) {
      if (error instanceof OutOfMemoryError) return false;
      throw error;
    }
  }

  /** Ends {@link isExhausted} if there is memory for the reserve again; returns whether there is. */
  recover(): boolean {
    const pages = this.#reservedPages();
    if (this.isExhausted && this.hasRoom(pages, RESERVED_RUN_PAGES)) {
      this.isExhausted = false;
      this.#fillReserve();
    }
    return !this.isExhausted;
  }

  /** Gives back the run that begins at `page`. */
  give(page: Page): void {
    if (CHECKS && this.#state[page] === FREE) breaks("the page pool", `page ${page} is free`);
    let first = page;
    let pages = this.length[page];
    const after = page + pages;
    if (after < this.#pages && after % VIEW_PAGES !== 0 && this.#state[after] === FREE) {
      this.#unlink(after);
      pages += this.length[after];
    }
    const before = this.head[page - 1];
    if (page % VIEW_PAGES !== 0 && before !== 0 && this.#state[before] === FREE) {
      this.#unlink(before);
      pages += this.length[before];
      first = before;
    }
    this.#insert(first, pages);
  }

  #reservedPages(): number {
    return Math.max(LEAST_RESERVED_PAGES, Math.floor(this.#pages / RESERVED_SHARE));
  }

  /** Moves free runs into the reserve, as far as there are any. */
  #fillReserve(): void {
    const missing = this.#reservedPages() - this.#reserve.length * RESERVED_RUN_PAGES;
    for (let left = missing; left > 0; left -= RESERVED_RUN_PAGES) {
      const page = this.#find(RESERVED_RUN_PAGES);
      if (page === 0) return;
      this.#cut(page, RESERVED_RUN_PAGES);
      this.#state[page] = RESERVED;
      this.#reserve.push(page);
    }
  }

  #growOrGiveOut(pages: number): void {
    try {
      this.#grow(pages);
    } catch (error) {
      // A block that would not fit into the reserve anyway leaves it to others.
      const isOfUse = pages <= this.#reserve.length * RESERVED_RUN_PAGES;
      if (!isOfUse || !(error instanceof OutOfMemoryError)) throw error;
      this.isExhausted = true;
      for (const page of this.#reserve.splice(0)) this.give(page);
    }
  }

  /** Pages in free runs, counting only the runs of `run` pages that can be cut from each. */
  #freePages(run: number): number {
    let sum = 0;
    for (let list = this.#listOf(run); list < this.#lists.length; list++) {
      for (let page = this.#lists[list]; page !== 0; page = this.next[page]) {
        sum += Math.floor(this.length[page] / run) * run;
      }
    }
    return sum;
  }

  /** Turns the first `pages` pages of a free run into a taken run. */
  #cut(page: Page, pages: number): void {
    this.#unlink(page);
    const rest = this.length[page] - pages;
    if (rest > 0) this.#insert(page + pages, rest);
    this.length[page] = pages;
    this.head[page + pages - 1] = page;
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
    this.#state[page] = FREE;
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
    this.#state[page] = TAKEN;
  }

  #grow(pages: number): void {
    if (pages > VIEW_PAGES) {
      const bytes = pages * PAGE_BYTES;
      throw new OutOfMemoryError(`Cannot allocate ${bytes} bytes in one block`, bytes);
    }
    const before = this.#pages;
    // If the rest of the current view is too short for the run, the run begins with the next view.
    const leftInView = (VIEW_PAGES - before % VIEW_PAGES) % VIEW_PAGES;
    const needed = pages <= leftInView ? pages : leftInView + pages;
    this.#pages = this.memory.grow(needed * PAGE_BYTES) / PAGE_BYTES;
    this.#enlarge(this.#pages);
    for (let first = before; first < this.#pages;) {
      const viewEnd = (Math.floor(first / VIEW_PAGES) + 1) * VIEW_PAGES;
      const end = Math.min(viewEnd, this.#pages);
      this.length[first] = end - first;
      this.give(first);
      first = end;
    }
    if (!this.isExhausted) this.#fillReserve();
  }

  /** Makes the tables long enough for `pages` pages. */
  #enlarge(pages: number): void {
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
    const state = new Uint8Array(size);
    state.set(this.#state);
    this.#state = state;
  }
}
