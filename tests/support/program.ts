/**
 * The program as a process of its own, for tests of how it starts and ends.
 *
 * @module
 */

const main = new URL("../../main.ts", import.meta.url).pathname;

/** Why the program cannot be started here, if so. */
export async function programProblem(): Promise<string | undefined> {
  const run = await Deno.permissions.query({
    name: "run",
    command: Deno.build.os === "windows" ? "deno.exe" : "deno",
  });
  const write = await Deno.permissions.query({ name: "write" });
  if (run.state !== "granted") return "needs --allow-run";
  return write.state === "granted" ? undefined : "needs --allow-read --allow-write";
}

/** A started program. */
export class Program implements AsyncDisposable {
  /** What it has printed so far, both outputs. */
  output = "";
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #changed = Promise.withResolvers<void>();

  /** Its working directory, where it saves its data. */
  readonly folder: string;
  readonly #ownsFolder: boolean;

  /** Starts it with these arguments, `input` on its standard input, and a working directory of its own if none is given. */
  constructor(args: readonly string[], input?: string, folder?: string) {
    this.folder = folder ?? Deno.makeTempDirSync({ prefix: "redeno-" });
    this.#ownsFolder = folder === undefined;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-net", "--allow-read", "--allow-write", "--allow-sys", main, ...args],
      cwd: this.folder,
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all(
      [this.#process.stdout, this.#process.stderr].map((stream) => this.#collect(stream)),
    );
    if (input !== undefined) {
      const writer = this.#process.stdin.getWriter();
      writer.write(new TextEncoder().encode(input)).then(() => writer.close());
    }
  }

  /** Waits until the output holds a text; throws if the program ends before. */
  async waitFor(text: string): Promise<void> {
    let hasEnded = false;
    const end = this.#process.status.then(() => this.#reading).then(() => hasEnded = true);
    while (!this.output.includes(text)) {
      if (hasEnded) throw new Error(`Cannot find "${text}" in: ${this.output}`);
      await Promise.race([this.#changed.promise, end]);
    }
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for its end; returns the exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
    if (this.#ownsFolder) Deno.removeSync(this.folder, { recursive: true });
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    }
  }
}
