/**
 * Takes the data of a server over, as a client without any rights but those to read: SCAN, DUMP, RESTORE. First every key is copied, then
 * every key is compared, and what has changed meanwhile is copied again, until nothing differs.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Host } from "../../ports/host.ts";
import { RespError } from "../../resp/reply_reader.ts";
import type { DatabaseProgress, ImportState } from "./import_state.ts";
import { KeyCopier } from "./key_copier.ts";
import type { RemoteServer } from "./remote_server.ts";
import { ValueComparer } from "./value_comparer.ts";

/** How often all keys are compared as long as some differ. */
const MOST_COMPARISONS = 3;
const REPORT_EVERY_MS = 1000;

/** What an import works with. */
export interface ImportParts {
  readonly source: RemoteServer;
  readonly target: RemoteServer;
  readonly state: ImportState;
  readonly host: Host;
  readonly clock: Clock;
  /** The only database; undefined means all that hold keys. */
  readonly database: number | undefined;
  /** Where its keys go; undefined means to the database of the same number. */
  readonly targetDatabase: number | undefined;
  /** How many keys SCAN looks at in one go. */
  readonly scanCount: number;
  /** Whether the target may hold keys already. */
  readonly mayReplace: boolean;
  /** Tells the user something. */
  tell(line: string): void;
}

/** Takes the data over; resolves with whether both are equal at the end. Rejects with an `Error` for people. */
export async function importData(parts: ImportParts): Promise<boolean> {
  const comparer = new ValueComparer(parts.host, parts.clock);
  try {
    const databases = parts.database === undefined
      ? await databasesWithKeys(parts.source)
      : [parts.database];
    const copier = new KeyCopier(parts.source, parts.target, comparer);
    await copier.prepare();
    if (!parts.state.hasBegun && !parts.mayReplace) await mustBeEmpty(parts, databases);
    if (parts.database === undefined) await copyFunctions(parts);
    let areEqual = true;
    for (const database of databases) {
      areEqual = await new DatabaseImport(parts, copier, database).run() && areEqual;
    }
    if (areEqual) parts.state.remove();
    return areEqual;
  } finally {
    comparer.close();
  }
}

async function databasesWithKeys(server: RemoteServer): Promise<number[]> {
  const info = await server.text("INFO", "keyspace");
  return [...info.matchAll(/^db(\d+):/gm)].map(([, number]) => Number(number));
}

async function mustBeEmpty(parts: ImportParts, databases: readonly number[]): Promise<void> {
  for (const database of databases) {
    const number = parts.targetDatabase ?? database;
    await parts.target.call("SELECT", String(number));
    const keys = await parts.target.call("DBSIZE");
    if (keys === 0) continue;
    throw new Error(
      `The target holds ${keys} keys in database ${number}. With --replace those of the same name are ` +
        "overwritten",
    );
  }
}

/** Copies libraries of functions. A source before 7.0 has none. */
async function copyFunctions({ source, target, tell }: ImportParts): Promise<void> {
  const [payload] = await source.batch([["FUNCTION", "DUMP"]]);
  if (payload instanceof RespError) return tell(`No functions: ${payload.message}`);
  if (payload instanceof Uint8Array) await target.call("FUNCTION", "RESTORE", payload, "REPLACE");
}

/** The import of one database. */
class DatabaseImport {
  readonly #progress: DatabaseProgress;
  readonly #targetDatabase: number;
  #reportedMs = -Infinity;

  constructor(
    private readonly parts: ImportParts,
    private readonly copier: KeyCopier,
    private readonly database: number,
  ) {
    this.#progress = parts.state.of(database);
    this.#targetDatabase = parts.targetDatabase ?? database;
  }

  /** Copies and compares; resolves with whether nothing differs at the end. */
  async run(): Promise<boolean> {
    const { source, target } = this.parts;
    await source.call("SELECT", String(this.database));
    await target.call("SELECT", String(this.#targetDatabase));
    if (this.#progress.phase === "copy") {
      await this.#eachBatch((keys) => this.copier.copy(keys));
      this.#begin("compare");
    }
    for (let round = 0; this.#progress.phase !== "done"; round++) {
      let differing = 0;
      await this.#eachBatch(async (keys) => {
        differing += await this.copier.compare(keys);
      });
      this.#tell(
        `compared all keys: ${differing} differed${differing > 0 ? " and were copied" : ""}`,
      );
      this.#begin(differing === 0 ? "done" : "compare");
      if (differing > 0 && round === MOST_COMPARISONS - 1) return this.#tellOfWriters();
    }
    return await this.#hasSameSize();
  }

  #begin(phase: DatabaseProgress["phase"]): void {
    Object.assign(this.#progress, { phase, cursor: "0", keys: 0 });
    this.parts.state.save();
  }

  /** Calls `handle` with the keys of the source from where the last run has ended, and remembers how far it is. */
  async #eachBatch(handle: (keys: Uint8Array[]) => Promise<void>): Promise<void> {
    const { scanCount, source, state } = this.parts;
    const total = Number(await source.call("DBSIZE"));
    do {
      const reply = await source.call("SCAN", this.#progress.cursor, "COUNT", String(scanCount));
      const [cursor, keys] = reply as [Uint8Array, Uint8Array[]];
      await handle(keys);
      this.#progress.cursor = new TextDecoder().decode(cursor);
      this.#progress.keys += keys.length;
      state.save();
      this.#report(total);
    } while (this.#progress.cursor !== "0");
  }

  #report(total: number): void {
    const nowMs = this.parts.clock.monotonicMs();
    if (nowMs - this.#reportedMs < REPORT_EVERY_MS && this.#progress.cursor !== "0") return;
    this.#reportedMs = nowMs;
    const { keys, phase } = this.#progress;
    const percent = total === 0 ? 100 : Math.min(100, Math.floor(100 * keys / total));
    this.#tell(
      `${phase === "copy" ? "copied" : "compared"} ${keys} of ${total} keys (${percent} %)`,
    );
  }

  #tellOfWriters(): boolean {
    this.#tell("the source keeps changing; let nobody write there and run the same command again");
    return false;
  }

  /** What was deleted in the source after it was copied is only missed by counting. */
  async #hasSameSize(): Promise<boolean> {
    const { mayReplace, source, target } = this.parts;
    const [keys, copies] = [await source.call("DBSIZE"), await target.call("DBSIZE")];
    if (keys === copies || mayReplace && Number(copies) > Number(keys)) {
      this.#tell(`${keys} keys are equal`);
      return true;
    }
    this.#tell(
      `the source holds ${keys} keys and the target ${copies}: keys have expired or were deleted ` +
        "meanwhile",
    );
    return false;
  }

  #tell(text: string): void {
    this.parts.tell(`Database ${this.database}: ${text}.`);
  }
}
