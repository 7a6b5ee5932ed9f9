import type { Changes } from "../changes/changes.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { Config } from "../config/config.ts";
import type { ReplayOutcome } from "../execution/executor.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Clock } from "../ports/clock.ts";
import type { Host } from "../ports/host.ts";
import type { FunctionStore } from "../rdb/function_store.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";

/** What persistence needs of its server. Each of its classes names the few parts that it uses. */
export interface PersistenceParts {
  readonly changes: Changes;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly functions: FunctionStore;
  readonly keyspace: Keyspace;
  readonly log: Log;
  /** The memory in use: `used_memory` of INFO. */
  readonly memory: { readonly usedBytes: number };
  readonly propagation: ChangeStream;
  readonly random: RandomSource;
  readonly stats: ServerStats;
  /** When the server was made, in milliseconds since 1970. */
  readonly startedMs: number;
  /** What a file says of the history that its data are a state of. */
  historyFacts(): Readonly<Record<string, string>>;
  /** Makes sure that the round ends even if no reply waits for its end, because there are changes to write. */
  endRoundSoon(): void;
  /** Stops the server at once, because it could no longer keep what it has acknowledged. */
  fail(message: string): void;
  /** Makes a function that runs requests again. It runs all of them as one client, so a SELECT applies to the requests behind it. */
  replayer(): (request: Arguments) => ReplayOutcome;
}
