/**
 * Redeno as a library: a Redis-compatible server inside your own program.
 *
 * @example
 * ```ts
 * import { startServer } from "@redeno/redeno";
 *
 * await using server = await startServer({ port: 0 });
 * console.log(`redis://127.0.0.1:${server.port}`);
 * ```
 *
 * @module
 */
export { type StartOptions, startServer } from "./program/embed.ts";
export type { RunningServer, StartEnvironment } from "./program/start.ts";
export { REDENO_VERSION, REDIS_VERSION } from "./lib/version.ts";
export type { Clock, Timer } from "./ports/clock.ts";
export type { RandomSource } from "./lib/random.ts";
export type { RawSession } from "./session/raw_session.ts";
export type { Session, Word } from "./session/session.ts";
export type { SessionReceiver } from "./session/session_connection.ts";
export { type Reply, RespError, type StringForm } from "./resp/reply_reader.ts";
