/**
 * Libraries of functions, and the functions by their names. A set of them is what FUNCTION LOAD adds to, and what FUNCTION RESTORE builds beside the
 * present one before it joins the two.
 *
 * @module
 */
import type { FunctionInfo } from "../command/context.ts";
import { err } from "../command/errors.ts";
import { SCRIPT_FLAGS } from "./script_flags.ts";

/** What a library takes besides its text, and a function, about, in bytes. */
const LIBRARY_BYTES = 200;
const FUNCTION_BYTES = 120;

/** A function that clients call. */
export class LibraryFunction implements FunctionInfo {
  /** `description` has a character for each byte. `flags` are bits of `ScriptFlag`. What the machine keeps it by is another `reference` on another machine. */
  constructor(
    readonly name: string,
    readonly description: string | undefined,
    readonly flags: number,
    public reference: number,
  ) {}

  get flagNames(): readonly string[] {
    return Object.keys(SCRIPT_FLAGS).filter((name) => (this.flags & SCRIPT_FLAGS[name]) !== 0);
  }
}

/** A library with its functions, in the order in which it has registered them. */
export interface FunctionLibrary {
  readonly name: string;
  /** All of it, with its first line. */
  readonly text: Uint8Array<ArrayBuffer>;
  readonly functions: ReadonlyMap<string, LibraryFunction>;
}

/** A set of libraries. No two functions have the same name, whatever its case. */
export class FunctionLibraries {
  readonly #libraries = new Map<string, FunctionLibrary>();
  /** Functions by the hashes of their names: there is hardly ever more than one. */
  readonly #functions = new Map<number, LibraryFunction[]>();
  functionCount = 0;
  /** Memory of the texts and what is remembered with them, about, in bytes. */
  usedBytes = 0;

  get size(): number {
    return this.#libraries.size;
  }

  get all(): Iterable<FunctionLibrary> {
    return this.#libraries.values();
  }

  /** The library of this name. */
  get(name: string): FunctionLibrary | undefined {
    return this.#libraries.get(name);
  }

  /** The function whose name is `length` bytes from `start`, in any case. Makes no string. */
  find(bytes: Uint8Array, start: number, length: number): LibraryFunction | undefined {
    const sameHash = this.#functions.get(hashOf(bytes, start, length));
    if (sameHash === undefined) return undefined;
    for (const found of sameHash) {
      if (found.name.length === length && isNamed(found.name, bytes, start)) return found;
    }
    return undefined;
  }

  /** Adds a library whose name is free. Throws an error to reply, and changes nothing, if one of its functions is there already. */
  add(library: FunctionLibrary): void {
    for (const name of library.functions.keys()) {
      if (this.#findByName(name) !== undefined) throw err(`Function ${name} already exists`);
    }
    this.#libraries.set(library.name, library);
    this.usedBytes += bytesOf(library);
    for (const added of library.functions.values()) this.#addFunction(added);
  }

  /** Removes a library that is there, with its functions. */
  remove(library: FunctionLibrary): void {
    this.#libraries.delete(library.name);
    this.usedBytes -= bytesOf(library);
    for (const removed of library.functions.values()) this.#removeFunction(removed);
  }

  /**
   * Adds all libraries of another set, in the place of those of the same names if `replaces`; returns those that have gone. Throws an error to
   * reply, and changes nothing, if a name is taken.
   */
  join(others: FunctionLibraries, replaces: boolean): FunctionLibrary[] {
    const replaced: FunctionLibrary[] = [];
    for (const { name } of others.all) {
      const old = this.#libraries.get(name);
      if (old === undefined) continue;
      if (!replaces) throw err(`Library ${name} already exists`);
      replaced.push(old);
    }
    for (const library of replaced) this.remove(library);
    const added: FunctionLibrary[] = [];
    try {
      for (const library of others.all) {
        this.add(library);
        added.push(library);
      }
    } catch (error) {
      for (const library of added) this.remove(library);
      for (const library of replaced) this.add(library);
      throw error;
    }
    return replaced;
  }

  clear(): void {
    this.#libraries.clear();
    this.#functions.clear();
    this.functionCount = this.usedBytes = 0;
  }

  #findByName(name: string): LibraryFunction | undefined {
    const bytes = bytesOfName(name);
    return this.find(bytes, 0, bytes.length);
  }

  #addFunction(added: LibraryFunction): void {
    const hash = hashOfName(added.name);
    const others = this.#functions.get(hash);
    if (others === undefined) this.#functions.set(hash, [added]);
    else others.push(added);
    this.functionCount++;
  }

  #removeFunction(removed: LibraryFunction): void {
    const hash = hashOfName(removed.name);
    const others = this.#functions.get(hash)!.filter((other) => other !== removed);
    if (others.length === 0) this.#functions.delete(hash);
    else this.#functions.set(hash, others);
    this.functionCount--;
  }
}

function bytesOf({ functions, text }: FunctionLibrary): number {
  let bytes = text.length + LIBRARY_BYTES;
  for (const { description = "", name } of functions.values()) {
    bytes += FUNCTION_BYTES + name.length + description.length;
  }
  return bytes;
}

function bytesOfName(name: string): Uint8Array {
  return Uint8Array.from(name, (letter) => letter.charCodeAt(0));
}

function hashOfName(name: string): number {
  return hashOf(bytesOfName(name), 0, name.length);
}

/** The same for letters of either case; small enough to be no object. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash, 31) + (bytes[i] | 0x20);
  return hash & 0x3fffffff;
}

function isNamed(name: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    if (lower(name.charCodeAt(i)) !== lower(bytes[start + i])) return false;
  }
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
