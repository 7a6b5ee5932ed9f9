/**
 * Kernels: inner loops in WebAssembly, for work on many bytes that vector instructions do many times faster than a loop in TypeScript.
 *
 * A kernel sees a memory of its own, the desk, and nothing else. Bytes are copied onto the desk piece by piece, worked on there, and
 * copied back if they have changed. A copy costs 0.03 ns a byte, less than any loop, and a kernel can harm nothing but the desk.
 *
 *     desk   piece A, DESK_BYTES | piece B, DESK_BYTES
 *
 * The sources are in AssemblyScript (`bits.as`). What is compiled from them is in `wasm.ts`; `deno task check` proves that it is.
 *
 * @module
 */
import { WASM } from "./wasm.ts";

/** Size of one piece. */
export const DESK_BYTES = 32768;

/** What the module exports; `bits.as` says what each does. */
interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly DESK: WebAssembly.Global;
  countBits(at: number, length: number): number;
  countUniform(at: number, length: number, uniform: number): number;
  and(target: number, source: number, length: number): void;
  or(target: number, source: number, length: number): void;
  xor(target: number, source: number, length: number): void;
  not(target: number, length: number): void;
}

/** The kernels, and the places of the two pieces in their memory. */
export interface Desk extends Kernels {
  /** The kernels' memory, which never grows. */
  readonly bytes: Uint8Array;
  /** Index of piece A. */
  readonly a: number;
  /** Index of piece B. */
  readonly b: number;
}

let desk: Desk | undefined;

/** The desk, which is made when it is first needed. Nothing stays on it from one use to the next. */
export function theDesk(): Desk {
  return desk ??= make();
}

function make(): Desk {
  const module = new WebAssembly.Module(
    Uint8Array.from(atob(WASM), (letter) => letter.charCodeAt(0)),
  );
  const kernels = new WebAssembly.Instance(module).exports as unknown as Kernels;
  const a: number = kernels.DESK.value;
  return { ...kernels, bytes: new Uint8Array(kernels.memory.buffer), a, b: a + DESK_BYTES };
}
