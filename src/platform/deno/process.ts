/**
 * The process under Deno.
 *
 * @module
 */
import { commandOnWindows } from "../../lib/windows_command.ts";
import type { Child, EndSignal, Process } from "../../ports/process.ts";
import { orElse } from "../file_host.ts";

const IS_WINDOWS = Deno.build.os === "windows";

/** The process of a program that runs under Deno. */
export class DenoProcess implements Process {
  onSignal(signal: EndSignal, run: () => void): void {
    // Windows knows only SIGINT (and SIGBREAK).
    if (IS_WINDOWS && signal === "SIGTERM") return;
    Deno.addSignalListener(signal, run);
  }

  async readInput(): Promise<Uint8Array> {
    return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  }

  writeOutput(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  get isAtTerminal(): boolean {
    return Deno.stdin.isTerminal();
  }

  start(words: readonly string[], variables: Readonly<Record<string, string>>): Child {
    const [program, ...args] = IS_WINDOWS ? commandOnWindows(words) : words;
    const options = { args, env: { ...variables }, stdin: "inherit" } as const;
    const child = new Deno.Command(program, { ...options, stdout: "inherit", stderr: "inherit" })
      .spawn();
    return {
      ended: child.status.then(({ code }) => code),
      signal: (signal) => orElse(undefined, () => child.kill(signal)),
    };
  }

  renounceStarting(): void {
    Deno.permissions.revokeSync({ name: "run" });
  }

  exit(code: number): never {
    Deno.exit(code);
  }
}
