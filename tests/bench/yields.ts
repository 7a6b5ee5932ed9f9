/**
 * `deno run -A tests/bench/yields.ts`: which way to come later lets a busy server look for input. While this process works in slices of 25 ms, another
 * one sends it bytes and waits for their echo; printed is how often it got one in a second. (Loading data works in slices.)
 *
 * @module
 */
import { setImmediate } from "node:timers";

const SLICE_MS = 25;
const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  setTimeout: () => new Promise<void>((resolve) => setTimeout(resolve, 0)),
  setImmediate: () => new Promise<void>((resolve) => void setImmediate(resolve)),
};

using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr as Deno.NetAddr;

const client = `
const socket = await Deno.connect({ hostname: "127.0.0.1", port: ${port} });
const buffer = new Uint8Array(8);
let echoes = 0;
setTimeout(() => { console.log(echoes); Deno.exit(); }, 1000);
for (;; echoes++) { await socket.write(buffer); await socket.read(buffer); }
`;

async function echo(socket: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64);
  for (let n = await socket.read(buffer); n !== null; n = await socket.read(buffer)) {
    await socket.write(buffer.subarray(0, n));
  }
}

for (const [name, pause] of Object.entries(WAYS)) {
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", client], stdout: "piped" });
  const process = command.spawn();
  echo(await listener.accept()).catch(() => {});
  const start = performance.now();
  while (performance.now() - start < 2000) {
    for (const sliceStart = performance.now(); performance.now() - sliceStart < SLICE_MS;);
    await pause();
  }
  const { stdout } = await process.output();
  console.log(`${name}: ${new TextDecoder().decode(stdout).trim()} echoes in a second`);
}
