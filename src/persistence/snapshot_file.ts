/**
 * The RDB file of a server, which is saved by SAVE, in the background, and at the end.
 *
 * @module
 */
import { type FileOptions, RdbFileWriter } from "../rdb/file_writer.ts";
import { writeAll } from "../keyspace/snapshot.ts";
import { REDIS_VERSION } from "../lib/version.ts";
import { SlowWriter } from "./key_delay.ts";
import type { PersistenceParts } from "./parts.ts";

/** The parts of persistence that it uses. */
type Parts = Pick<
  PersistenceParts,
  | "changes"
  | "clock"
  | "config"
  | "functions"
  | "historyFacts"
  | "host"
  | "keyspace"
  | "log"
  | "memory"
  | "random"
  | "startedMs"
  | "stats"
>;

/** Saves all data. */
export class SnapshotFile {
  /** When the data was last saved or loaded, in milliseconds since 1970. */
  lastSaveMs: number;
  /** How often the data was saved since the start. */
  saves = 0;

  constructor(private readonly parts: Parts) {
    this.lastSaveMs = parts.startedMs;
  }

  /** Saves everything at once; clients wait. Returns a message if that fails; then the old file is unchanged. */
  save(): string | undefined {
    const { config, host, keyspace, log } = this.parts;
    const options = this.options();
    try {
      host.replaceFileBy(
        config.text("dbfilename"),
        `temp-${host.pid}.rdb`,
        (write) => {
          const writer = new RdbFileWriter(keyspace, options, write);
          writeAll(keyspace, new SlowWriter(writer, this.parts));
        },
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warning(`Failed saving the DB: ${reason}`);
      return reason;
    }
    this.saved(this.parts.changes.sinceSave);
    log.notice("DB saved on disk");
    return undefined;
  }

  /** How files are written, and the facts about the server that they contain. */
  options(): FileOptions {
    const { clock, config, functions, memory } = this.parts;
    return {
      compresses: config.flag("rdbcompression"),
      hasChecksum: config.flag("rdbchecksum"),
      facts: {
        "redis-ver": REDIS_VERSION,
        "redis-bits": "64",
        "ctime": String(Math.floor(clock.now() / 1000)),
        "used-mem": String(memory.usedBytes),
        ...this.parts.historyFacts(),
      },
      functions: functions.texts(),
    };
  }

  /** Records that the data was saved, together with this many of the changes since the last save. */
  saved(changes: number): void {
    this.lastSaveMs = this.parts.clock.now();
    this.saves++;
    this.parts.changes.saved(this.parts.changes.sinceSave - changes);
    this.parts.stats.hasFailedToSave = false;
  }
}
