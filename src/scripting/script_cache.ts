/**
 * The scripts that are known by their digests. Those that SCRIPT LOAD has brought stay; of those that came with EVAL the ones least recently
 * used go when there are many, as in Redis 7.4: clients that put values into the text of their scripts would fill the memory otherwise.
 *
 * @module
 */
import { sameBytes } from "../lib/bytes.ts";
import { SHA1_BYTES } from "../lib/sha1.ts";
import type { Shebang } from "./script_flags.ts";

/** So many scripts of EVAL are kept. */
const KEPT_SCRIPTS = 500;
/** What a script takes besides its text, about, in bytes. */
const SCRIPT_BYTES = 200;

/** A script of the cache. */
export interface CachedScript {
  readonly digest: Uint8Array<ArrayBuffer>;
  /** The same in lower-case hexadecimal digits. */
  readonly name: string;
  readonly text: Uint8Array<ArrayBuffer>;
  readonly shebang: Shebang;
  /** It was loaded, and stays. */
  isLoaded: boolean;
  /** What the machine keeps it by, or -1 if it must be compiled first. */
  reference: number;
}

/** The scripts of one server. */
export class ScriptCache {
  /** Scripts by the first bits of their digests: there is hardly ever more than one. */
  readonly #scripts = new Map<number, CachedScript[]>();
  /** Those that came with EVAL, least recently used first. */
  readonly #evaluated = new Set<CachedScript>();
  /** How many there are. */
  size = 0;
  /** Memory of all scripts' texts and what is remembered with them, about, in bytes. */
  usedBytes = 0;

  /** The script with this digest. */
  get(digest: Uint8Array): CachedScript | undefined {
    const scripts = this.#scripts.get(firstBits(digest));
    if (scripts === undefined) return undefined;
    for (let i = 0; i < scripts.length; i++) {
      if (sameBytes(scripts[i].digest, 0, digest, 0, SHA1_BYTES)) return scripts[i];
    }
    return undefined;
  }

  /** Marks a script as used now. */
  touch(script: CachedScript): void {
    if (script.isLoaded) return;
    this.#evaluated.delete(script);
    this.#evaluated.add(script);
  }

  /** Adds a script. Returns one that has to go for it: nobody may run it any more. */
  add(script: CachedScript): CachedScript | undefined {
    const bits = firstBits(script.digest);
    const others = this.#scripts.get(bits);
    if (others === undefined) this.#scripts.set(bits, [script]);
    else others.push(script);
    this.size++;
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
    for (const scripts of this.#scripts.values()) {
      for (const script of scripts) script.reference = -1;
    }
  }

  clear(): void {
    this.#scripts.clear();
    this.#evaluated.clear();
    this.size = 0;
    this.usedBytes = 0;
  }

  #remove(script: CachedScript): void {
    const bits = firstBits(script.digest);
    const others = this.#scripts.get(bits)!.filter((other) => other !== script);
    if (others.length === 0) this.#scripts.delete(bits);
    else this.#scripts.set(bits, others);
    this.size--;
    this.#evaluated.delete(script);
    this.usedBytes -= script.text.length + SCRIPT_BYTES;
  }
}

/** So many that they are a small integer. */
function firstBits(digest: Uint8Array): number {
  return digest[0] << 16 | digest[1] << 8 | digest[2];
}
