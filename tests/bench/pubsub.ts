/**
 * `deno run -A tests/bench/pubsub.ts`: a message to ten thousand subscribers of one channel, and to a channel that a hundred thousand patterns are
 * tried on; on this server and on redis-server. Prints the ratio of the times (above 1 is faster) and the longest wait of another client.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const SUBSCRIBERS = 10_000;
const PATTERNS = 100_000;
const MESSAGES = 10;
const MESSAGE = "x".repeat(64);

const kinds = [
  () => MeasuredServer.redis("--maxclients", "20000"),
  () => MeasuredServer.redeno(undefined, "--maxclients", "20000"),
];

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Publishes, and waits until everybody has the message; returns milliseconds, and how long a PING took meanwhile at most. */
async function publish(
  server: MeasuredServer,
  channel: string,
  received: () => Promise<unknown>,
): Promise<{ allMs: number; waitMs: number }> {
  using client = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  const times: number[] = [];
  let waitMs = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const all = received();
    const startMs = performance.now();
    const replied = client.call("PUBLISH", channel, MESSAGE);
    await other.call("PING");
    waitMs = Math.max(waitMs, performance.now() - startMs);
    await replied;
    await all;
    times.push(performance.now() - startMs);
  }
  return { allMs: median(times), waitMs };
}

/** Ten thousand connections that each listen to one channel. */
async function manySubscribers(server: MeasuredServer) {
  const clients: RespClient[] = [];
  while (clients.length < SUBSCRIBERS) {
    const more = await Promise.all(
      Array.from({ length: 200 }, () => RespClient.connect(server.port)),
    );
    await Promise.all(more.map((client) => client.call("SUBSCRIBE", "news")));
    clients.push(...more);
  }
  const result = await publish(
    server,
    "news",
    () => Promise.all(clients.map((client) => client.read())),
  );
  for (const client of clients) client.close();
  return result;
}

/** One connection with a hundred thousand patterns, one of which matches. */
async function manyPatterns(server: MeasuredServer) {
  using client = await RespClient.connect(server.port);
  for (let first = 0; first < PATTERNS; first += 1000) {
    const names = Array.from({ length: 1000 }, (_, i) => `pattern:${first + i}:*`);
    await client.call("PSUBSCRIBE", ...names);
    for (let i = 1; i < 1000; i++) await client.read();
  }
  return await publish(server, "pattern:77777:x", () => client.read());
}

for (const [name, run] of Object.entries({ manySubscribers, manyPatterns })) {
  const results: { allMs: number; waitMs: number }[] = [];
  for (const start of kinds) {
    await using server = await start();
    results.push(await run(server));
  }
  const [redis, ours] = results;
  console.log(
    `${name}: ${(redis.allMs / ours.allMs).toFixed(2)}; another client waits at most ` +
      `${ours.waitMs.toFixed(1)} ms (redis-server ${redis.waitMs.toFixed(1)} ms)`,
  );
}
