/**
 * The process under Deno.
 *
 * @module
 */
import type { EndSignal, Process } from "../../ports/process.ts";

/** The process of a program that runs under Deno. */
export class DenoProcess implements Process {
  onSignal(signal: EndSignal, run: () => void): void {
    // Windows knows only SIGINT (and SIGBREAK).
    if (Deno.build.os === "windows" && signal === "SIGTERM") return;
    Deno.addSignalListener(signal, run);
  }

  async readInput(): Promise<Uint8Array> {
    return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  }

  writeOutput(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  }

  exit(code: number): never {
    Deno.exit(code);
  }
}
