/**
 * Finds commands by name, in any case, without making a string: a hash table with open addressing over the names' bytes.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import { Command } from "./command.ts";
import type { SpecFor } from "./spec_for.ts";

const SLOTS = 2048;
const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** The command with a name, which may be `container|subcommand`, in any case. */
export function lookUp<T extends { readonly subcommands?: ReadonlyMap<string, T> }>(
  commands: ReadonlyMap<string, T>,
  name: string,
): T | undefined {
  const [first, second, ...more] = name.toLowerCase().split("|");
  if (more.length > 0) return undefined;
  const found = commands.get(first);
  return second === undefined ? found : found?.subcommands?.get(second);
}

/** The commands that one server knows. */
export class CommandTable {
  readonly #slots: (Command | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #names: Uint8Array<ArrayBuffer>[] = new Array(SLOTS).fill(EMPTY);
  readonly #byName = new Map<string, Command>();

  constructor(specs: readonly SpecFor[]) {
    for (const spec of specs) this.#add(spec.name, new Command(spec));
  }

  /** All commands, without subcommands. */
  get all(): Iterable<Command> {
    return this.#byName.values();
  }

  /** All commands, each followed by its subcommands. */
  *withSubcommands(): Generator<Command> {
    for (const command of this.#byName.values()) {
      yield command;
      if (command.subcommands !== undefined) yield* command.subcommands.values();
    }
  }

  /** How many commands there are, without subcommands. */
  get size(): number {
    return this.#byName.size;
  }

  /** The command of this name, or `container|subcommand`, in any case. */
  byName(name: string): Command | undefined {
    return lookUp(this.#byName, name);
  }

  /** The command that argument 0 names. */
  find(args: Arguments): Command | undefined {
    const bytes = args.bytes;
    const start = args.starts[0];
    const length = args.lengths[0];
    let hash = length;
    for (let i = 0; i < length; i++) hash = Math.imul(hash, 31) + (bytes[start + i] | 0x20) | 0;
    for (let slot = hash & SLOTS - 1;; slot = slot + 1 & SLOTS - 1) {
      const command = this.#slots[slot];
      if (command === undefined) return undefined;
      const name = this.#names[slot];
      if (name.length === length && sameLetters(name, bytes, start)) return command;
    }
  }

  /** The command or subcommand that a request names; undefined if there is none. A container alone if the request has only one word. */
  resolve(args: Arguments): Command | undefined {
    const command = this.find(args);
    if (command?.subcommands === undefined || args.count < 2) return command;
    return command.subcommands.get(args.text(1).toLowerCase());
  }

  /** Gives a command another name, or removes it if the name is empty (`rename-command`); returns a message if it cannot. */
  rename(oldName: string, newName: string): string | undefined {
    const [from, to] = [oldName.toLowerCase(), newName.toLowerCase()];
    const found = this.#byName.get(from);
    if (found === undefined) return "No such command in rename-command";
    if (to !== from && this.#byName.has(to)) return "Target command name already exists";
    const kept = [...this.#byName].filter(([, command]) => command !== found);
    this.#slots.fill(undefined);
    this.#byName.clear();
    for (const [name, command] of kept) this.#add(name, command);
    if (to !== "") this.#add(to, found);
    return undefined;
  }

  #add(name: string, command: Command): void {
    this.#byName.set(name, command);
    const bytes = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
    let hash = bytes.length;
    for (const byte of bytes) hash = Math.imul(hash, 31) + (byte | 0x20) | 0;
    let slot = hash & SLOTS - 1;
    while (this.#slots[slot] !== undefined) slot = slot + 1 & SLOTS - 1;
    this.#slots[slot] = command;
    this.#names[slot] = bytes;
  }
}

/** Whether the bytes from `start` on spell `name`, which is lower-case, in any case. */
function sameLetters(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i];
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
    if (lower !== name[i]) return false;
  }
  return true;
}
