/**
 * The real redis-server, started for tests to compare with. The variable REDIS_SERVER names another binary than the one on the path.
 *
 * @module
 */

const mayReadVariable =
  (await Deno.permissions.query({ name: "env", variable: "REDIS_SERVER" })).state === "granted";
const binary = mayReadVariable && Deno.env.get("REDIS_SERVER") || "redis-server";

/** Whether this run may start it and it is installed; if not, why. */
export async function oracleProblem(): Promise<string | undefined> {
  const permission = await Deno.permissions.query({ name: "run", command: binary });
  if (permission.state !== "granted") return `needs --allow-run=${binary}`;
  try {
    await new Deno.Command(binary, { args: ["--version"], stdout: "null" }).output();
    return undefined;
  } catch {
    return `needs ${binary} (apt-get install redis-server)`;
  }
}

/** Its version, such as `7.0.15`; undefined if it cannot be started. */
export async function oracleVersion(): Promise<string | undefined> {
  if (await oracleProblem() !== undefined) return undefined;
  const { stdout } = await new Deno.Command(binary, { args: ["--version"] }).output();
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
    private readonly folder: string,
  ) {}

  /** Starts one and waits until it is ready. */
  static async start(...args: string[]): Promise<Oracle> {
    const port = freePort();
    // A folder of its own: it must not load what another one has saved for a replica.
    const folder = Deno.makeTempDirSync({ prefix: "redeno-oracle-" });
    const process = new Deno.Command(binary, {
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        ...["--enable-debug-command", "yes", "--dir", folder, ...args],
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
      ready.reject(new Error(`Cannot start ${binary}: ${text}`));
      await ready.promise.catch(() => {});
    })();
    await ready.promise;
    return new Oracle(process, output, port, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.status;
    await this.output;
    Deno.removeSync(this.folder, { recursive: true });
  }
}
