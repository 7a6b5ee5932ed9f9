/**
 * A server inside a test, on a free port, whose time, chance and faults the test controls.
 *
 * @module
 */
import { ReplyError } from "../command/errors.ts";
import type { FaultControl } from "../command/fault_control.ts";
import { SeededRandom } from "../lib/random.ts";
import { SystemClock } from "../platform/system_clock.ts";
import { TestClock } from "../platform/test_clock.ts";
import { type StartOptions, startServer } from "../program/embed.ts";
import type { RunningServer } from "../program/start.ts";
import { type Reply, RespError } from "../resp/reply_reader.ts";
import type { Session, Word } from "../session/session.ts";
import { currentPlatform } from "../platform/current.ts";
import type { Host } from "../ports/host.ts";
import { ChangeInspector } from "./change_inspector.ts";
import { CommandLog } from "./command_log.ts";
import { dumpText } from "./data_text.ts";
import { MemoryHost } from "./memory_host.ts";
import { type SeedData, seedRequests } from "./seed.ts";

/** The options of a test server. */
export interface TestServerOptions {
  /** Directives, as in redis.conf. */
  readonly config?: StartOptions;
  /** Whether the clock runs, or stands still until the test moves it. Real by default. */
  readonly clock?: "real" | "manual";
  /** Seed of the server's random numbers. */
  readonly seed?: number;
  /** Whether {@link TestServer.commands} remembers what runs. */
  readonly recordsCommands?: boolean;
  /** Whether every command is inspected. {@link TestServer} then throws at its end if a command did not report its changes correctly. */
  readonly inspectsChanges?: boolean;
  /**
   * With "memory" the server has a disk in memory: it loads from it and keeps what its configuration says (`appendonly`, `save`), and
   * {@link TestServer.restart} can kill it. By default it has the real disk, loads nothing and keeps nothing.
   */
  readonly disk?: "real" | "memory";
}

/**
 * What happens to the process and the machine of a server that starts again:
 *
 *     shutdown     it ends as SHUTDOWN does, and saves what it is configured to save
 *     kill         the process dies; what it has written to files is there
 *     power loss   the machine dies; of what was not synced chance leaves some, all or nothing: with `appendfsync everysec` at most the
 *                  changes of the last moments are gone
 *     new disk     it starts with no files at all
 */
export type Restart = "shutdown" | "kill" | "power loss" | "new disk";

/**
 * Starts a server in this process.
 *
 * @example
 * ```ts
 * await using redis = await startTestServer();
 * await redis.seed({ "session:1": { $value: { user: "ada" }, $ttl: 3600 } });
 * await redis.clock.advance({ minutes: 61 });
 * await redis.type("session:1"); // "none"
 * ```
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const log: string[] = [];
  const seed = options.seed ?? 1;
  const clock = new TestClock(new SystemClock());
  if (options.clock === "manual") clock.freeze();
  const random = new SeededRandom(seed);
  const disk = options.disk === "memory"
    ? new MemoryHost(undefined, (await currentPlatform()).newHost())
    : undefined;
  const start = async (host: Host | undefined, port: number) => {
    // By default nothing is saved, so that a test leaves no file behind.
    const defaults = { port, "enable-debug-command": "yes", save: "" } as const;
    const given = port === 0 ? options.config : { ...options.config, port };
    const environment = { clock, random, logSink: (line: string) => void log.push(line) };
    const running = await startServer(
      { ...defaults, ...given },
      host === undefined ? environment : { ...environment, host },
    );
    if (host !== undefined) await running.load();
    return running;
  };
  const life = { clock, disk, log, options, random: new SeededRandom(seed), start };
  return new TestServer(await start(disk, 0), life);
}

/** What stays the same when a test server starts again. */
interface Life {
  readonly clock: TestClock;
  readonly log: readonly string[];
  readonly options: TestServerOptions;
  /** Decides what a power loss leaves. */
  readonly random: SeededRandom;
  /** Undefined if the server has the real disk. */
  disk: MemoryHost | undefined;
  /** Starts a server with a disk, on a port; 0 is a free one. */
  readonly start: ((disk: Host | undefined, port: number) => Promise<RunningServer>) | undefined;
  /** Stops an isolate. */
  readonly stop?: () => Promise<void>;
}

/** All data of a test server as it was when {@link TestServer.branch} was called. Disposing of it gives its memory back. */
export class TestBranch implements Disposable {
  /** Use {@link TestServer.branch}. */
  constructor(
    /** Its name, as DEBUG BRANCH knows it. */
    readonly name: string,
    private readonly drop: (name: string) => void,
  ) {}

  [Symbol.dispose](): void {
    this.drop(this.name);
  }
}

/** A server for one test; `await using` stops it at the end. */
export class TestServer implements AsyncDisposable {
  /** The commands that have run, if the option `recordsCommands` is set. */
  readonly commands: CommandLog = new CommandLog();
  #running: RunningServer;
  #inspector: ChangeInspector | undefined;
  #session: Session | undefined;
  #branchCount = 0;
  readonly #isolates = new Map<string, TestServer>();

  /** Use {@link startTestServer}. */
  constructor(running: RunningServer, private readonly life: Life) {
    this.#running = running;
    this.#begin();
  }

  /** The server itself, for looking inside. */
  get running(): RunningServer {
    return this.#running;
  }

  /** The faults that the test has ordered; they end with the process, as branches do. */
  get faults(): FaultControl {
    return this.running.server.faults;
  }

  /** The server's clock. */
  get clock(): TestClock {
    return this.life.clock;
  }

  /** The lines of its log. */
  get log(): readonly string[] {
    return this.life.log;
  }

  /** TCP port on 127.0.0.1. */
  get port(): number {
    return this.running.port;
  }

  /** Where clients connect to: `redis://127.0.0.1:12345`. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Runs a request without a socket, as one client that the test server has for it; see `Session.call`. */
  call(...words: readonly Word[]): Promise<Reply> {
    return this.#client.call(...words);
  }

  /** The string under a key; null if there is none. */
  async get(key: string): Promise<string | null> {
    return await this.call("GET", key) as string | null;
  }

  /** The keys of database 0 that match a pattern, in order. */
  async keys(pattern = "*"): Promise<string[]> {
    return (await this.call("KEYS", pattern) as string[]).sort();
  }

  /** The type of a key's value; "none" if there is no such key. */
  async type(key: string): Promise<string> {
    return String(await this.call("TYPE", key));
  }

  /** How long a key has to live, in milliseconds; null if it has no TTL or is not there. */
  async ttl(key: string): Promise<number | null> {
    const milliseconds = Number(await this.call("PTTL", key));
    return milliseconds < 0 ? null : milliseconds;
  }

  /** All data as a text for snapshot tests; see `data_text.ts`. */
  async dump(): Promise<string> {
    const session = this.running.session();
    try {
      return await dumpText(session);
    } finally {
      session.close();
    }
  }

  /** Stores values under keys of database 0, in place of what they hold; see `seed.ts` for what stands for which type. */
  async seed(data: SeedData): Promise<void> {
    for (const [key, value] of Object.entries(data)) {
      for (const request of seedRequests(key, value)) await this.call(...request);
    }
  }

  /**
   * Remembers all data: keys of all databases with their TTLs and access times, and functions. That takes no time however much there is,
   * because keys are copied when they change.
   */
  branch(): TestBranch {
    const { branches } = this.running.server;
    const name = `branch:${++this.#branchCount}`;
    withRespErrors(() => branches.create(name));
    return new TestBranch(name, (name) => withRespErrors(() => branches.drop(name)));
  }

  /**
   * A further server beside this one, for a test that runs at the same time as others and must not meet them: FLUSHALL, channels, scripts
   * and everything else are its own. It has this server's configuration and clock, and a URL of its own. Asking for a name again returns
   * the same server; other programs get one by DEBUG ISOLATE. It ends with this server or before it.
   */
  isolate(name: string): TestServer {
    let isolate = this.#isolates.get(name);
    if (isolate === undefined) {
      const running = withRespErrors(() => this.running.isolates.server(name));
      const stop = () => {
        this.#isolates.delete(name);
        return this.running.isolates.close(name);
      };
      isolate = new TestServer(running, { ...this.life, disk: undefined, start: undefined, stop });
      this.#isolates.set(name, isolate);
    }
    return isolate;
  }

  /**
   * Makes the data what it was when the branch was made, as often as wanted, and in any order with other branches. It costs what has changed
   * meanwhile. Time goes on: a key whose deadline has passed since then expires at once.
   */
  restore(branch: TestBranch): void {
    withRespErrors(() => this.running.server.restoreBranch(branch.name));
  }

  /**
   * Ends the server and starts it again on the same port, with what its disk holds: see {@link Restart}. Clients lose their connections;
   * faults, branches and isolates are gone. All but "shutdown" need the option `disk: "memory"`.
   */
  async restart(how: Restart = "shutdown"): Promise<void> {
    const { disk, start } = this.life;
    if (start === undefined) throw new TypeError("Cannot restart: it is an isolate");
    if (disk === undefined && how !== "shutdown") {
      throw new TypeError(`Cannot restart after a ${how}: the server has no disk in memory`);
    }
    const { port, server } = this.running;
    if (how === "shutdown") server.persistence.finish(undefined, true);
    else {
      this.life.disk = this.#left(how, disk!);
      disk!.isDead = true;
    }
    await this.#stop();
    this.#running = await start(this.life.disk, port);
    this.#begin();
  }

  /** Stops the server, for runners and languages without `await using`. */
  async close(): Promise<void> {
    await this.#stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  /** What is left of a disk. */
  #left(how: Exclude<Restart, "shutdown">, disk: MemoryHost): MemoryHost {
    if (how === "kill") return disk.afterKill();
    if (how === "power loss") return disk.afterPowerLoss(this.life.random);
    return disk.replaced();
  }

  /** Looks after a server that has been started. */
  #begin(): void {
    const { server } = this.running;
    const { inspectsChanges, recordsCommands, seed = 1 } = this.life.options;
    this.#session = undefined;
    this.#isolates.clear();
    server.faults.clear(seed);
    this.#inspector = inspectsChanges ? new ChangeInspector(server) : undefined;
    this.commands.follow(server);
    if (!recordsCommands) return;
    // The log shows what a fault has replied.
    server.faults.attach();
    const { inspector } = server.executor;
    server.executor.inspector = {
      run: (call, body) => this.commands.run(call, () => inspector!.run(call, body)),
    };
  }

  async #stop(): Promise<void> {
    await (this.life.stop?.() ?? this.running.stop());
    this.#inspector?.assertHonest();
  }

  get #client(): Session {
    return this.#session ??= this.running.session();
  }
}

/** Throws what a command would reply with as the error that `TestServer.call` rejects with. */
function withRespErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ReplyError ? new RespError(error.message) : error;
  }
}
