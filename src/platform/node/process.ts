/**
 * The process under Node.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import type { EndSignal, Process } from "../../ports/process.ts";

const STDOUT = 1;

/** The process of a program that runs under Node. */
export class NodeProcess implements Process {
  onSignal(signal: EndSignal, run: () => void): void {
    process.on(signal, run);
  }

  async readInput(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  writeOutput(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at);
  }

  exit(code: number): never {
    process.exit(code);
  }
}
