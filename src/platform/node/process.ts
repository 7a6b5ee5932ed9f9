/**
 * The process under Node.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { commandOnWindows } from "../../lib/windows_command.ts";
import type { Child, EndSignal, Process } from "../../ports/process.ts";

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
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== "EPIPE") throw error;
    }
  }

  get isAtTerminal(): boolean {
    return process.stdin.isTTY === true;
  }

  start(words: readonly string[], variables: Readonly<Record<string, string>>): Child {
    const [program, ...args] = process.platform === "win32" ? commandOnWindows(words) : words;
    const child = spawn(program, args, {
      stdio: "inherit",
      env: { ...process.env, ...variables },
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
    });
    return { ended, signal: (signal) => void child.kill(signal) };
  }

  renounceStarting(): void {
    // Node gives this right to all programs.
  }

  exit(code: number): never {
    process.exit(code);
  }
}
