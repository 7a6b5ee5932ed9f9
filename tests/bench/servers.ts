/**
 * The two servers that a benchmark compares, as processes of their own, and what the system says they used.
 *
 * @module
 */
import { freePort } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";

/** The flags of `deno task start`. */
const TUNING =
  "--v8-flags=--single-threaded-gc,--max-semi-space-size=2,--max-inlined-bytecode-size=1000,--max-inlined-bytecode-size-cumulative=4000";

const redisPath = () => Deno.env.get("REDIS_SERVER") ?? "redis-server";

/** A server process under measurement. */
export class MeasuredServer implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly process: Deno.ChildProcess,
    /** Milliseconds from its start until it answered PING. */
    readonly startMs: number,
    private readonly folder: string,
  ) {}

  /** The real redis-server, in memory only. */
  static redis(...directives: string[]): Promise<MeasuredServer> {
    const port = freePort();
    const args = ["--port", `${port}`, "--save", "", "--appendonly", "no", ...directives];
    return MeasuredServer.#start("redis", port, redisPath(), args);
  }

  /** The name and version of that server: `redis-server 7.2.6`. */
  static async redisVersion(): Promise<string> {
    const { stdout } = await new Deno.Command(redisPath(), { args: ["--version"] }).output();
    const version = /v=(\S+)/.exec(new TextDecoder().decode(stdout))?.[1];
    return `redis-server ${version}`;
  }

  /** This project's server, under the Deno that runs the benchmark, or a compiled executable. */
  static redeno(executable?: string, ...directives: string[]): Promise<MeasuredServer> {
    const root = new URL("../../", import.meta.url).pathname;
    return MeasuredServer.checkout(root, executable, ...directives);
  }

  /** The server of another checkout of this project. */
  static checkout(
    root: string,
    executable?: string,
    ...directives: string[]
  ): Promise<MeasuredServer> {
    const port = freePort();
    const main = `${root}/main.ts`;
    const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"];
    const flags = ["run", TUNING, ...permissions, main];
    const args = ["--port", `${port}`, "--save", "", ...directives];
    return executable === undefined
      ? MeasuredServer.#start("redeno", port, Deno.execPath(), [...flags, ...args])
      : MeasuredServer.#start("redeno", port, executable, args);
  }

  /** The least server that the runtime allows, see `bare_server.ts`. */
  static bare(): Promise<MeasuredServer> {
    const port = freePort();
    const path = new URL("bare_server.ts", import.meta.url).pathname;
    return MeasuredServer.#start("bare", port, Deno.execPath(), [
      ...["run", TUNING, "--allow-net", path, `${port}`],
    ]);
  }

  static async #start(
    name: string,
    port: number,
    command: string,
    args: string[],
  ): Promise<MeasuredServer> {
    const startedAt = performance.now();
    // A folder of its own: no server is to find what another has saved.
    const cwd = Deno.makeTempDirSync({ prefix: "redeno-bench-" });
    const process = new Deno.Command(command, { args, cwd, stdout: "null", stderr: "null" })
      .spawn();
    for (;;) {
      try {
        using client = await RespClient.connect(port);
        await client.call("PING");
        break;
      } catch {
        if (performance.now() - startedAt > 20_000) throw new Error(`Cannot start ${name}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    return new MeasuredServer(name, port, process, performance.now() - startedAt, cwd);
  }

  /** CPU time used so far by the program itself and by the system for it, in clock ticks (Linux only; 0 elsewhere). */
  cpuTime(): { readonly user: number; readonly system: number } {
    try {
      const stat = Deno.readTextFileSync(`/proc/${this.process.pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { user: Number(fields[11]), system: Number(fields[12]) };
    } catch {
      return { user: 0, system: 0 };
    }
  }

  /** The sum of {@link cpuTime}. */
  cpuTicks(): number {
    const { user, system } = this.cpuTime();
    return user + system;
  }

  /** Resident memory, in bytes (Linux only; 0 elsewhere). */
  residentBytes(): number {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.process.pid}/status`);
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    } catch {
      return 0;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.status;
    Deno.removeSync(this.folder, { recursive: true });
  }
}
