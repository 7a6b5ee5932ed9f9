/**
 * How far an import has come, in a file, so that it can go on after a failure or an interruption.
 *
 * @module
 */
import { latin1, utf8 } from "../../lib/bytes.ts";
import type { Host } from "../../ports/host.ts";

/** What is done with a database: its keys are copied, then compared. */
export type Phase = "copy" | "compare" | "done";

/** How far a database is. */
export interface DatabaseProgress {
  phase: Phase;
  /** Where SCAN goes on. */
  cursor: string;
  /** How many keys were handled in this phase. */
  keys: number;
}

/** How far an import is. */
export class ImportState {
  /** Progress by number of database. */
  readonly databases: Map<number, DatabaseProgress>;

  private constructor(
    private readonly host: Host,
    private readonly file: string,
    private readonly route: string,
    databases: Iterable<[number, DatabaseProgress]>,
  ) {
    this.databases = new Map(databases);
  }

  /** Reads the file, if there is one. `route` says from where to where. Throws an `Error` if it belongs to another import. */
  static open(host: Host, file: string, route: string): ImportState {
    if (!host.hasFile(file)) return new ImportState(host, file, route, []);
    const bytes = host.readFile(file);
    const { databases, route: other } = parse(file, latin1(bytes, 0, bytes.length));
    if (other !== route) {
      throw new Error(`${file} belongs to another import: ${other}. Remove it, or name another`);
    }
    return new ImportState(host, file, route, databases);
  }

  /** Whether an import has begun before. */
  get hasBegun(): boolean {
    return this.databases.size > 0;
  }

  /** Progress of a database. */
  of(database: number): DatabaseProgress {
    const known = this.databases.get(database);
    if (known !== undefined) return known;
    const begun: DatabaseProgress = { phase: "copy", cursor: "0", keys: 0 };
    this.databases.set(database, begun);
    return begun;
  }

  /** Writes the file. */
  save(): void {
    const text = JSON.stringify({ route: this.route, databases: [...this.databases] });
    this.host.replaceFile(this.file, utf8(`${text}\n`));
  }

  /** Removes the file: everything is done. */
  remove(): void {
    this.host.removeFile(this.file);
  }
}

function parse(
  file: string,
  text: string,
): { route: string; databases: [number, DatabaseProgress][] } {
  try {
    const { databases, route } = JSON.parse(text);
    const isValid = typeof route === "string" && Array.isArray(databases) &&
      databases.every(([number, { cursor, keys, phase }]) =>
        Number.isInteger(number) && /^\d+$/.test(cursor) && Number.isInteger(keys) &&
        ["copy", "compare", "done"].includes(phase)
      );
    if (isValid) return { route, databases };
  } catch { /* It is told below. */ }
  throw new Error(`${file} is not the state of an import. Remove it, or name another`);
}
