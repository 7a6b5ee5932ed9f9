/**
 * Puts a server together and starts it: configuration, clock, randomness, machine, sockets.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigLoader } from "../config/config_file.ts";
import { ConfigError } from "../config/kinds.ts";
import type { Host } from "../core/host.ts";
import type { Clock } from "../lib/clock.ts";
import { type RandomSource, SystemRandom } from "../lib/random.ts";
import { SystemClock } from "../server/clock.ts";
import { Server } from "../server/server.ts";
import { DenoHost } from "./deno_host.ts";
import { Listeners } from "./listen.ts";

/** How a server is to be started. */
export interface StartOptions {
  /** Directives by name, as in redis.conf: `{ port: "0", maxmemory: "100mb" }`. Port 0 takes a free one here. */
  readonly [directive: string]: string | undefined;
}

/** What a server is given besides its configuration; all have defaults. */
export interface StartEnvironment {
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly host?: Host;
  /** Takes the lines of the log; by default they are dropped. */
  readonly logSink?: (line: string) => void;
}

/** A server that listens. */
export class RunningServer {
  readonly #listeners: Listeners;

  /** Use {@link startServer}. */
  constructor(readonly server: Server, listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** The TCP port that it listens on. */
  get port(): number {
    return this.#listeners.port;
  }

  /** Stops it: no more connections, those there are closed. */
  async stop(): Promise<void> {
    this.#listeners.close();
    this.server.stop();
    await this.#listeners.finished();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Starts a server in this process with these directives. Throws if one is wrong or an address is taken. */
export function startServer(
  options: StartOptions = {},
  environment: StartEnvironment = {},
): RunningServer {
  const config = new Config();
  const loader = new ConfigLoader(config, environment.host ?? new DenoHost());
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) loader.loadText(`${name} ${value === "" ? '""' : value}`);
  }
  return startConfigured(config, loader, environment, true);
}

/** Starts a server with a configuration that is complete. `freePort`: port 0 means a free one, not none. */
export function startConfigured(
  config: Config,
  loader: ConfigLoader,
  environment: StartEnvironment,
  freePort: boolean,
): RunningServer {
  const server = new Server({
    config,
    clock: environment.clock ?? new SystemClock(),
    random: environment.random ?? new SystemRandom(),
    host: environment.host ?? new DenoHost(),
    logSink: environment.logSink ?? (() => {}),
  });
  for (const { words: [oldName, newName] } of loader.extras) {
    if (!server.commands.rename(oldName, newName)) {
      throw new ConfigError("No such command in rename-command");
    }
  }
  const listeners = new Listeners(server);
  if (freePort && config.number("port") === 0) listeners.openTcp(0);
  listeners.open();
  for (const name of ["port", "bind"]) {
    let isFirst = true;
    config.follow(name, () => {
      if (isFirst) return void (isFirst = false);
      try {
        listeners.openTcp(config.number("port"));
      } catch (error) {
        throw new ConfigError(
          `Unable to listen on this port. Check server logs. ${(error as Error).message}`,
        );
      }
    });
  }
  server.start();
  return new RunningServer(server, listeners);
}
