/**
 * The directives that slow down saving and loading, so that a test can observe what happens meanwhile: `rdb-key-save-delay` and
 * `key-load-delay`, in microseconds per key.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { SnapshotWriter } from "../keyspace/snapshot.ts";
import type { PersistenceParts } from "./parts.ts";

type Parts = Pick<PersistenceParts, "clock" | "config" | "random">;

/** Blocks for as long as one of the directives says. A negative number -n means one microsecond for every n keys on average. */
export function delayKey(
  { clock, config, random }: Parts,
  directive: "rdb-key-save-delay" | "key-load-delay",
): void {
  const microseconds = config.number(directive);
  if (microseconds > 0) clock.sleep(microseconds / 1000);
  else if (microseconds < 0 && random.below(-microseconds) === 0) clock.sleep(0.001);
}

/** A writer that blocks after each key. */
export class SlowWriter implements SnapshotWriter {
  constructor(private readonly writer: SnapshotWriter, private readonly parts: Parts) {}

  begin(): void {
    this.writer.begin();
  }

  entry(database: Database, entry: Address): void {
    this.writer.entry(database, entry);
    delayKey(this.parts, "rdb-key-save-delay");
  }

  end(): void {
    this.writer.end();
  }
}
