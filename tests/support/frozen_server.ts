/**
 * A server with sockets whose clock stands still, for tests of the server itself. They move the clock at once and look at what happens
 * between two steps, so they do without the settling of `startTestServer`.
 *
 * @module
 */
import { SeededRandom } from "../../src/lib/random.ts";
import { type StartOptions, startServer } from "../../src/program/embed.ts";
import type { RunningServer } from "../../src/program/start.ts";
import { ChangeInspector } from "../../src/testing/change_inspector.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";

/** A server for one test; `await using` stops it at the end. */
export interface FrozenServer extends AsyncDisposable {
  readonly port: number;
  readonly clock: ManualClock;
  readonly log: readonly string[];
  readonly running: RunningServer;
}

/** Starts a server on a free port. With `inspectsChanges` it throws at its end if a command did not report its changes correctly. */
export async function startFrozenServer(
  options: { config?: StartOptions; inspectsChanges?: boolean } = {},
): Promise<FrozenServer> {
  const clock = new ManualClock();
  const log: string[] = [];
  const defaults = { port: 0, "enable-debug-command": "yes", save: "" } as const;
  const running = await startServer({ ...defaults, ...options.config }, {
    clock,
    random: new SeededRandom(1),
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
