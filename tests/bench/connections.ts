/**
 * `deno run -A tests/bench/connections.ts`: 10,000 idle connections and 1,000 busy ones at once. Prints what the idle ones cost in memory,
 * and the longest wait of a busy one. Needs `ulimit -n` of some 12,000.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const IDLE = 10_000;
const BUSY = 1_000;
const ROUNDS = 20;

const limit = ["--maxclients", `${IDLE + BUSY + 100}`];
const starts = [
  () => MeasuredServer.redeno(undefined, ...limit),
  () => MeasuredServer.redis(...limit),
];
for (const start of starts) {
  await using server = await start();
  const before = server.residentBytes();
  const idle: RespClient[] = [];
  for (let i = 0; i < IDLE; i++) {
    const client = await RespClient.connect(server.port);
    await client.call("PING");
    idle.push(client);
  }
  const perClient = (server.residentBytes() - before) / IDLE;
  let longest = 0;
  const begin = performance.now();
  await Promise.all(Array.from({ length: BUSY }, async (_, i) => {
    using client = await RespClient.connect(server.port);
    for (let round = 0; round < ROUNDS; round++) {
      const sent = performance.now();
      await client.call("SET", `key:${i}`, `${round}`);
      longest = Math.max(longest, performance.now() - sent);
    }
  }));
  const seconds = (performance.now() - begin) / 1000;
  const lastIdle = await idle[IDLE - 1].ask("PING");
  console.log(
    `${server.name}: ${IDLE} idle connections take ${(perClient / 1024).toFixed(1)} KB each; ` +
      `${BUSY} busy ones ${Math.round(BUSY * ROUNDS / seconds)} requests/s, longest wait ` +
      `${longest.toFixed(0)} ms; an idle one then answers ${lastIdle}`,
  );
  for (const client of idle) client.close();
}
