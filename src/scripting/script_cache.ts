/**
 * The scripts that are known by their digests. Those that SCRIPT LOAD has brought stay; of those that came with EVAL the ones least recently
 * used go when there are many, as in Redis 7.4: clients that put values into the text of their scripts would fill the memory otherwise.
 *
 * @module
 */
import type { Shebang } from "./script_flags.ts";

/** So many scripts of EVAL are kept. */
const KEPT_SCRIPTS = 500;
/** What a script takes besides its text, about, in bytes. */
const SCRIPT_BYTES = 200;

/** A script of the cache. */
export interface CachedScript {
  /** Its digest, in lower-case hexadecimal digits. */
  readonly digest: string;
  readonly text: Uint8Array<ArrayBuffer>;
  readonly shebang: Shebang;
  /** It was loaded, and stays. */
  isLoaded: boolean;
  /** What the machine keeps it by, or -1 if it must be compiled first. */
  reference: number;
}

/** The scripts of one server. */
export class ScriptCache {
  readonly #scripts = new Map<string, CachedScript>();
  /** Those that came with EVAL, least recently used first. */
  readonly #evaluated = new Set<CachedScript>();
  /** Memory of all scripts' texts and what is remembered with them, about, in bytes. */
  usedBytes = 0;

  /** How many there are. */
  get size(): number {
    return this.#scripts.size;
  }

  /** The script with this digest. */
  get(digest: string): CachedScript | undefined {
    return this.#scripts.get(digest);
  }

  /** Marks a script as used now. */
  touch(script: CachedScript): void {
    if (script.isLoaded) return;
    this.#evaluated.delete(script);
    this.#evaluated.add(script);
  }

  /** Adds a script. Returns one that has to go for it: nobody may run it any more. */
  add(script: CachedScript): CachedScript | undefined {
    this.#scripts.set(script.digest, script);
    this.usedBytes += script.text.length + SCRIPT_BYTES;
    if (script.isLoaded) return undefined;
    this.#evaluated.add(script);
    if (this.#evaluated.size <= KEPT_SCRIPTS) return undefined;
    const [oldest] = this.#evaluated;
    this.#remove(oldest);
    return oldest;
  }

  /** Lets a script that came with EVAL stay. */
  keep(script: CachedScript): void {
    script.isLoaded = true;
    this.#evaluated.delete(script);
  }

  /** The machine that had compiled them is gone. */
  forgetCompiled(): void {
    for (const script of this.#scripts.values()) script.reference = -1;
  }

  clear(): void {
    this.#scripts.clear();
    this.#evaluated.clear();
    this.usedBytes = 0;
  }

  #remove(script: CachedScript): void {
    this.#scripts.delete(script.digest);
    this.#evaluated.delete(script);
    this.usedBytes -= script.text.length + SCRIPT_BYTES;
  }
}
