/**
 * Tests with packages from npm, as their users run them, against a server that goes by the machine's clock: queues compare its time with
 * their own.
 *
 * @module
 */
import { startServer } from "../../src/program/embed.ts";
import type { RunningServer } from "../../src/program/start.ts";

/** Why packages from npm cannot be run here, if so. */
export async function packageProblem(): Promise<string | undefined> {
  for (const name of ["env", "read", "sys"] as const) {
    const { state } = await Deno.permissions.query({ name });
    if (state !== "granted") return `needs --allow-${name}`;
  }
  return undefined;
}

/** Defines a test; with a `problem` it is skipped, and its title says why. */
export function testUnless(
  problem: string | undefined,
  name: string,
  body: () => Promise<void>,
): void {
  const title = problem === undefined ? name : `${name} (skipped: ${problem})`;
  Deno.test({ name: title, ignore: problem !== undefined, fn: body });
}

const problem = await packageProblem();

/** The most that a test may take before it has waited in vain for an event. */
const PATIENCE_MS = 90_000;

/** Rejects if `body` has not ended in time: what waits for an event that never comes must not hold up the tests behind it. */
async function inTime(body: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited ${PATIENCE_MS} ms in vain`)),
    PATIENCE_MS,
  );
  try {
    await Promise.race([body, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Defines a test of packages from npm that has an empty server for itself. */
export function testWithServer(
  name: string,
  body: (server: RunningServer) => Promise<void>,
): void {
  testUnless(problem, name, async () => {
    const server = await startServer({ port: "0" }, { logSink: () => {} });
    try {
      await inTime(body(server));
    } finally {
      await server.stop();
    }
  });
}

/** The next event of this name, by its first argument. */
export function eventOf<T>(
  // deno-lint-ignore no-explicit-any -- the packages declare their emitters in ways that exclude each other
  emitter: { once(name: any, listener: (...args: any[]) => void): unknown },
  name: string,
): Promise<T> {
  return new Promise((resolve) => emitter.once(name, (argument) => resolve(argument)));
}
