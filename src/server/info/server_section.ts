/**
 * The section `server`: what runs, where, and since when.
 *
 * @module
 */
import type { Profile } from "../../command/profile.ts";
import type { Config } from "../../config/config.ts";
import { REDENO_VERSION } from "../../lib/version.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Host } from "../../ports/host.ts";
import type { ListenerInfo } from "../listeners.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface ServerFigures {
  /** The server that it is taken for. */
  readonly profile: Profile;
  /** Undefined if the server is no node of a cluster. */
  readonly cluster: object | undefined;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly listeners: readonly ListenerInfo[];
  /** TCP port that it listens on. */
  readonly port: number;
  readonly runId: string;
  /** When the server was made, in milliseconds since 1970. */
  readonly startedMs: number;
}

/** The section `server`. */
export function serverSection(source: ServerFigures): Fields {
  const { host, config, profile } = source;
  const nowMicroseconds = source.clock.nowMicroseconds();
  const uptimeSeconds = Math.floor((source.clock.now() - source.startedMs) / 1000);
  return {
    redis_version: profile.redisVersion,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: 0,
    redis_mode: source.cluster === undefined ? "standalone" : "cluster",
    server_name: profile.valkeyVersion === undefined ? "redeno" : "valkey",
    ...(profile.valkeyVersion === undefined ? {} : { valkey_version: profile.valkeyVersion }),
    redeno_version: REDENO_VERSION,
    os: host.platform,
    arch_bits: 64,
    monotonic_clock: "runtime",
    multiplexing_api: host.runtime,
    atomicvar_api: "none",
    process_id: host.pid,
    process_supervised: "no",
    run_id: source.runId,
    tcp_port: source.port,
    server_time_usec: nowMicroseconds,
    uptime_in_seconds: uptimeSeconds,
    uptime_in_days: Math.floor(uptimeSeconds / 86400),
    hz: config.number("hz"),
    configured_hz: config.number("hz"),
    lru_clock: Math.floor(nowMicroseconds / 1e6) & 0xffffff,
    executable: host.executable,
    config_file: config.file,
    io_threads_active: 0,
    ...Object.fromEntries(source.listeners.map(({ name, addresses, port }, i) => [
      `listener${i}`,
      `name=${name}${addresses.map((address) => `,bind=${address}`).join("")}` +
      (port === 0 ? "" : `,port=${port}`),
    ])),
  };
}
