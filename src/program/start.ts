/**
 * Puts a server together and starts it: configuration, clock, randomness, machine, sockets.
 *
 * @module
 */
import { AclError } from "../acl/errors.ts";
import type { Config } from "../config/config.ts";
import type { ConfigLoader } from "../config/config_file.ts";
import { ConfigError } from "../config/kinds.ts";
import { HttpListeners } from "../http/http_listeners.ts";
import { WebHandler } from "../http/web_handler.ts";
import type { Host } from "../ports/host.ts";
import { type Clock, isMovable } from "../ports/clock.ts";
import type { Platform } from "../ports/platform.ts";
import { type RandomSource, SeededRandom, SystemRandom } from "../lib/random.ts";
import { SystemClock } from "../platform/system_clock.ts";
import { TestClock } from "../platform/test_clock.ts";
import type { RawSession } from "../session/raw_session.ts";
import type { Session } from "../session/session.ts";
import type { SessionReceiver } from "../session/session_connection.ts";
import { Server } from "../server/server.ts";
import { ListenError, Listeners } from "../server/listeners.ts";
import { followListeningConfig } from "../server/listening_config.ts";
import { isolatedConfig, Isolates } from "./isolates.ts";

/** What a server gets besides its configuration. */
export interface StartEnvironment {
  /** The runtime; by default the one that this program runs on. */
  readonly platform: Platform;
  /** A host in place of the platform's. */
  readonly host?: Host;
  /** A clock in place of the system's. */
  readonly clock?: Clock;
  /** A source of chance in place of the system's. */
  readonly random?: RandomSource;
  /** Gets the lines of the log; by default they are dropped. */
  readonly logSink?: (line: string) => void;
}

/** A server that listens. */
export class RunningServer {
  readonly #listeners: Listeners;
  readonly #unsettle: (() => void) | undefined;
  readonly #http: HttpListeners;

  /** Use `startServer`. */
  constructor(
    readonly server: Server,
    /** What is served over HTTP, as a function from a request to a response. */
    readonly web: WebHandler,
    /** Further servers beside it, for tests. */
    readonly isolates: Isolates<RunningServer>,
    listeners: Listeners,
    http: HttpListeners,
  ) {
    this.#listeners = listeners;
    this.#http = http;
    server.isolates = isolates;
    const { clock } = server;
    this.#unsettle = isMovable(clock) ? clock.onSettled(() => server.sendReplies()) : undefined;
  }

  /** The TCP port that it listens on. */
  get port(): number {
    return this.#listeners.port;
  }

  /** The port of HTTP; 0 if it is not served. */
  get httpPort(): number {
    return this.#http.port;
  }

  /**
   * Loads what is on disk; clients that come meanwhile are told to wait. From then on changes are kept in the append-only file, if the
   * configuration says so. Throws an error with a message for people if the data cannot be loaded.
   */
  async load(): Promise<void> {
    await this.server.loadData();
  }

  /** Makes a client without a socket. */
  session(): Session {
    return this.server.session();
  }

  /** Makes a client without a socket that sends and gets the bytes of requests and replies. */
  rawSession(receiver: SessionReceiver): RawSession {
    return this.server.rawSession(receiver);
  }

  /** Stops the server: it accepts no more connections and closes the present ones. */
  async stop(): Promise<void> {
    this.#listeners.close();
    this.#http.close();
    this.server.stop();
    this.#unsettle?.();
    await this.isolates.stop();
    await this.#listeners.finished();
    await this.#http.finished();
  }

  /** As {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The ports of which 0 means a free one and not that there is none. */
export interface FreePorts {
  readonly tcp?: boolean;
  readonly http?: boolean;
}

/** Starts a server with a complete configuration. */
export function startConfigured(
  config: Config,
  loader: ConfigLoader,
  environment: StartEnvironment,
  free: FreePorts = {},
): RunningServer {
  const server = new Server({
    config,
    clock: environment.clock ?? newClock(config),
    random: environment.random ?? new SystemRandom(),
    host: environment.host ?? environment.platform.newHost(),
    logSink: environment.logSink ?? (() => {}),
    afterRound: (run) => environment.platform.network.afterRound(run),
  });
  for (const { name, words, fault } of loader.extras) {
    if (name !== "rename-command") continue;
    const problem = server.commands.rename(words[0], words[1]);
    if (problem !== undefined) throw fault(problem);
  }
  addUsers(server, loader.extras.filter(({ name }) => name === "user").map(({ words }) => words));
  const listeners = new Listeners(server, environment.platform.network);
  const { platform } = environment;
  const web = new WebHandler(server, {
    accept: (socket, user) => listeners.accept(socket, user),
    upgrade: (...request) => platform.http.upgrade(...request),
  });
  const http = new HttpListeners({
    config,
    log: server.log,
    http: platform.http,
    handler: (request, remote) => web.fetch(request, remote),
    onFirst: () => web.access.makeTokens(),
  });
  try {
    if (free.tcp && config.number("port") === 0) listeners.openTcp(0);
    listeners.open();
    http.open(config.number("http-port"), free.http);
    if (listeners.isEmpty && http.port === 0) {
      throw new ListenError("Configured to not listen anywhere, exiting.");
    }
  } catch (error) {
    listeners.close();
    http.close();
    throw error;
  }
  followListeningConfig(listeners, config, server.log);
  http.follow();
  server.start();
  const isolates = new Isolates(() => {
    const { clock, log, random } = server;
    const ownRandom = random instanceof SeededRandom ? new SeededRandom(random.int32()) : random;
    const own = { ...environment, clock, random: ownRandom };
    const running = startConfigured(isolatedConfig(config), loader, own, { tcp: true });
    log.notice(`An isolate listens on port ${running.port}`);
    return running;
  });
  return new RunningServer(server, web, isolates, listeners, http);
}

/** The system's clock; one that tests can move where they may use DEBUG. */
function newClock(config: Config): Clock {
  const real = new SystemClock();
  return config.text("enable-debug-command") === "no" ? real : new TestClock(real);
}

/** Gives the server the users of its configuration, or those of its ACL file. */
function addUsers(server: Server, users: readonly (readonly string[])[]): void {
  const file = server.config.text("aclfile");
  if (file !== "" && users.length > 0) {
    throw new ConfigError(
      "Configuring Redis with users defined in redis.conf and at the same setting an ACL file " +
        "path is invalid. This setup is very likely to lead to configuration errors and security " +
        "holes, please define either an ACL file or declare users directly in your redis.conf, " +
        "but not both.",
    );
  }
  try {
    const seen = new Set<string>();
    for (const [name, ...rules] of users) {
      if (seen.has(name)) {
        throw new AclError("Duplicate user found. A user can only be defined once in config files");
      }
      seen.add(name);
      server.acl.set(name, ["reset", ...rules]);
    }
    if (file !== "") server.users.load();
  } catch (error) {
    throw error instanceof AclError
      ? new ConfigError(`Error in the users: ${error.message}`)
      : error;
  }
}
