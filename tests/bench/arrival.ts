/**
 * `deno run -A tests/bench/arrival.ts`: how often a request on a new connection overtakes one that came a little earlier on another. Pairs of
 * fresh connections: SUBSCRIBE goes out on the first, and at once PUBLISH on the second; a message that reaches nobody has overtaken. On this
 * server, on redis-server, and on the least server that the runtime allows, in turns.
 *
 * Then the CPU time of a connection that is accepted, answers one PING, and is closed.
 *
 * @module
 */
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const PAIRS = 3000;
const CONNECTIONS = 5000;
const PING = encodeRequest(["PING"]);

function spin(microseconds: number): void {
  for (const end = performance.now() + microseconds / 1000; performance.now() < end;);
}

/** Whether the message of one pair is lost; `pauses` are before the second connection and before the requests, in microseconds. */
async function losesMessage(port: number, channel: string, pauses: number[]): Promise<boolean> {
  using subscriber = await RespClient.connect(port);
  spin(pauses[0]);
  using publisher = await RespClient.connect(port);
  spin(pauses[1]);
  const subscribed = subscriber.send(encodeRequest(["SUBSCRIBE", channel]));
  await publisher.send(encodeRequest(["PUBLISH", channel, "message"]));
  await subscribed;
  return (await publisher.read()).text === "0";
}

/** CPU time of one connection, in microseconds. */
async function connectionCost(server: MeasuredServer): Promise<number> {
  const before = server.cpuTicks();
  for (let i = 0; i < CONNECTIONS; i++) {
    using client = await RespClient.connect(server.port);
    await client.send(PING);
    await client.read();
  }
  return (server.cpuTicks() - before) * 10_000 / CONNECTIONS;
}

await using redis = await MeasuredServer.redis();
await using ours = await MeasuredServer.redeno();
await using bare = await MeasuredServer.bare();
const servers = [redis, bare, ours];
const lost = servers.map(() => 0);
for (let i = 0; i < PAIRS; i++) {
  const pauses = [Math.random() * 300, Math.random() * 250];
  for (const [s, { port }] of servers.entries()) {
    if (await losesMessage(port, `channel ${i}`, pauses)) lost[s]++;
  }
}
for (const [s, server] of servers.entries()) {
  const percent = (lost[s] * 100 / PAIRS).toFixed(2);
  const cost = (await connectionCost(server)).toFixed(0);
  console.log(`${server.name}: ${percent} % of ${PAIRS} overtaken, ${cost} µs a connection`);
}
