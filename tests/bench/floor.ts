/**
 * `deno run -A tests/bench/floor.ts`: how fast any server on this runtime can be. A server that reads and answers PONG, and does nothing else,
 * beside redis-server, at P=1 with 50 clients: the throughput of the first divided by that of the second.
 *
 * @module
 */
import { freePort } from "../support/oracle.ts";
import { MeasuredServer } from "./servers.ts";

const ROUNDS = 5;
const PONG = new TextEncoder().encode("+PONG\r\n");

async function answer(socket: Deno.TcpConn): Promise<void> {
  socket.setNoDelay(true);
  const buffer = new Uint8Array(4096);
  while (await socket.read(buffer) !== null) await socket.write(PONG);
}

async function requestsPerSecond(port: number): Promise<number> {
  const args = ["-p", `${port}`, "-c", "50", "-n", "150000", "-t", "ping_mbulk"];
  const { stdout } = await new Deno.Command("redis-benchmark", { args, stderr: "null" }).output();
  return Number(/throughput summary: ([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1]);
}

const port = freePort();
(async () => {
  for await (const socket of Deno.listen({ hostname: "127.0.0.1", port })) {
    answer(socket).catch(() => {});
  }
})();
await using redis = await MeasuredServer.redis();
await requestsPerSecond(port);
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const theirs = await requestsPerSecond(redis.port);
  ratios.push(await requestsPerSecond(port) / theirs);
}
ratios.sort((a, b) => a - b);
console.log(`PING at P=1, a server that does nothing / redis-server: ${ratios[2].toFixed(2)}`);
Deno.exit(0);
