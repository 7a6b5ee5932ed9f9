/**
 * The real redis-server, started for tests to compare with. The variable REDIS_SERVER names another binary than the one on the path.
 *
 * @module
 */

const mayReadVariable =
  (await Deno.permissions.query({ name: "env", variable: "REDIS_SERVER" })).state === "granted";
/** The binary to start. */
export const oracleBinary: string = mayReadVariable && Deno.env.get("REDIS_SERVER") ||
  "redis-server";

const FOLDER = "/tmp";
const FILE_PREFIX = "redeno-oracle-";

/** Whether this run may start it and it is installed; if not, why. */
export async function oracleProblem(): Promise<string | undefined> {
  const permission = await Deno.permissions.query({ name: "run", command: oracleBinary });
  if (permission.state !== "granted") return `needs --allow-run=${oracleBinary}`;
  try {
    await new Deno.Command(oracleBinary, { args: ["--version"], stdout: "null" }).output();
    return undefined;
  } catch {
    return `needs ${oracleBinary} (apt-get install redis-server)`;
  }
}

/** Its version, such as `7.0.15`; undefined if it cannot be started. */
export async function oracleVersion(): Promise<string | undefined> {
  if (await oracleProblem() !== undefined) return undefined;
  const { stdout } = await new Deno.Command(oracleBinary, { args: ["--version"] }).output();
  return / v=([\d.]+)/.exec(new TextDecoder().decode(stdout))![1];
}

/** Whether it is of version 7.2, or later; false if it cannot be started. */
export async function oracleIs7_2(): Promise<boolean> {
  const [major, minor] = (await oracleVersion() ?? "0.0").split(".").map(Number);
  return major * 100 + minor >= 702;
}

/** A port that nobody listens on now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** A running redis-server, in memory only. */
export class Oracle {
  private constructor(
    private readonly process: Deno.ChildProcess,
    private readonly output: Promise<void>,
    readonly port: number,
    private readonly file: string,
  ) {}

  /** Starts one and waits until it is ready. */
  static async start(...args: string[]): Promise<Oracle> {
    const port = freePort();
    // As a replica it writes a file, which no other one must read.
    const file = args.includes("--dir") ? "dump.rdb" : `${FILE_PREFIX}${port}.rdb`;
    const process = new Deno.Command(oracleBinary, {
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        ...["--enable-debug-command", "yes", "--dir", FOLDER, "--dbfilename", file, ...args],
      ],
      stdout: "piped",
      stderr: "null",
      stdin: "null",
    }).spawn();
    const ready = Promise.withResolvers<void>();
    const output = (async () => {
      let text = "";
      for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (text.includes("Ready to accept")) ready.resolve();
      }
      ready.reject(new Error(`Cannot start ${oracleBinary}: ${text}`));
      await ready.promise.catch(() => {});
    })();
    await ready.promise;
    return new Oracle(process, output, port, `${FOLDER}/${file}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Kills it, so that it cannot save anything. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(signal: Deno.Signal): Promise<void> {
    this.process.kill(signal);
    await this.process.status;
    await this.output;
    // It may not be there, and this process may not be allowed to remove files.
    if (this.file.includes(FILE_PREFIX)) await Deno.remove(this.file).catch(() => {});
  }
}
