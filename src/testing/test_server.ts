/**
 * A server inside a test, on a free port, whose clock and randomness the test controls.
 *
 * @module
 */
import { SeededRandom } from "../lib/random.ts";
import { type StartOptions, startServer } from "../program/embed.ts";
import type { RunningServer } from "../program/start.ts";
import { ChangeInspector } from "./change_inspector.ts";
import { ManualClock } from "./manual_clock.ts";

/** The options of a test server. */
export interface TestServerOptions {
  /** Directives, as in redis.conf. */
  readonly config?: StartOptions;
  /** Seed of the server's random numbers. */
  readonly seed?: number;
  /** Whether every command is inspected. {@link TestServer} then throws at its end if a command did not report its changes correctly. */
  readonly inspectsChanges?: boolean;
}

/** A server for one test; `await using` stops it at the end. */
export interface TestServer extends AsyncDisposable {
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** The server's clock. It stands still unless the test advances it. */
  readonly clock: ManualClock;
  /** The lines of its log. */
  readonly log: readonly string[];
  /** The server itself, for looking inside. */
  readonly running: RunningServer;
}

/**
 * Starts a server in this process.
 *
 * @example
 * ```ts
 * await using redis = await startTestServer();
 * redis.clock.advance({ minutes: 61 }); // every TTL shorter than that has run out
 * ```
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = new ManualClock();
  const log: string[] = [];
  // By default nothing is saved, so that a test leaves no file behind.
  const defaults = { port: "0", "enable-debug-command": "yes", save: "" };
  const running = await startServer({ ...defaults, ...options.config }, {
    clock,
    random: new SeededRandom(options.seed ?? 1),
    logSink: (line) => log.push(line),
  });
  const inspector = options.inspectsChanges ? new ChangeInspector(running.server) : undefined;
  return {
    port: running.port,
    clock,
    log,
    running,
    async [Symbol.asyncDispose]() {
      await running.stop();
      inspector?.assertHonest();
    },
  };
}
