import type { Changes } from "../changes/changes.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { Config } from "../config/config.ts";
import type { ReplayOutcome } from "../execution/executor.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Clock } from "../ports/clock.ts";
import type { Host } from "../ports/host.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";

/** What persistence takes of its server. Each of its classes names the few that it works with. */
export interface PersistenceParts {
  readonly changes: Changes;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly keyspace: Keyspace;
  readonly log: Log;
  /** Bytes in use, as INFO's used_memory tells. */
  readonly memory: { readonly usedBytes: number };
  readonly propagation: ChangeStream;
  readonly random: RandomSource;
  readonly stats: ServerStats;
  /** When the server was made, in milliseconds since 1970. */
  readonly startedMs: number;
  /** Lets the round end soon, though no reply may wait for that: there are changes to be kept. */
  endRoundSoon(): void;
  /** Ends the server at once, because it could no longer keep its promises. */
  fail(message: string): void;
  /** Makes what runs requests again that were run before, as one client: the database that one selects is that of the next. */
  replayer(): (request: Arguments) => ReplayOutcome;
}
