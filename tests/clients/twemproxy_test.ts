/** Debian's twemproxy (`nutcracker`) in front of several servers: keys are shared among servers that know nothing of each other. */
import { assert, assertEquals } from "@std/assert";
import { startServer } from "../../src/program/embed.ts";
import type { RunningServer } from "../../src/program/start.ts";
import { freePort } from "../support/oracle.ts";
import { testUnless } from "../support/npm_clients.ts";
import { RespClient } from "../support/resp_client.ts";

const PROGRAM = "nutcracker";

async function proxyProblem(): Promise<string | undefined> {
  const write = await Deno.permissions.query({ name: "write" });
  if (write.state !== "granted") return "needs --allow-write";
  const { state } = await Deno.permissions.query({ name: "run", command: PROGRAM });
  if (state !== "granted") return `needs --allow-run=${PROGRAM}`;
  return await new Deno.Command(PROGRAM, { args: ["--version"], stderr: "null" }).output()
    .then(() => undefined, () => `needs ${PROGRAM} (apt-get install nutcracker)`);
}

/** The configuration that docs/internals/cluster.md shows. */
function configuration(port: number, servers: readonly RunningServer[]): string {
  return `redeno:
  listen: 127.0.0.1:${port}
  redis: true
  hash: murmur
  hash_tag: "{}"
  distribution: ketama
  timeout: 2000
  servers:
${servers.map((server, i) => `   - 127.0.0.1:${server.port}:1 server${i}\n`).join("")}`;
}

/** Runs `body` with a client of a proxy before three servers. */
async function withProxy(
  body: (client: RespClient, servers: readonly RunningServer[]) => Promise<void>,
): Promise<void> {
  const servers = await Promise.all([1, 2, 3].map(() => startServer({ port: "0" })));
  const directory = await Deno.makeTempDir();
  const port = freePort();
  const file = `${directory}/nutcracker.yml`;
  await Deno.writeTextFile(file, configuration(port, servers));
  const proxy = new Deno.Command(PROGRAM, {
    args: ["-c", file, "-a", "127.0.0.1", "-s", String(freePort())],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    using client = await connect(port, proxy);
    await body(client, servers);
  } finally {
    proxy.kill("SIGTERM");
    await Promise.all([proxy.status, proxy.stderr.cancel()]);
    await Promise.all(servers.map((server) => server.stop()));
    await Deno.remove(directory, { recursive: true });
  }
}

/** Connects as soon as the proxy listens. */
async function connect(port: number, proxy: Deno.ChildProcess): Promise<RespClient> {
  let hasEnded = false;
  proxy.status.then(() => hasEnded = true);
  for (;;) {
    const client = await RespClient.connect(port).catch(() => undefined);
    if (client !== undefined) return client;
    if (hasEnded) throw new Error(`${PROGRAM} has ended`);
  }
}

testUnless(await proxyProblem(), "twemproxy shares keys among servers", async () => {
  await withProxy(async (client, servers) => {
    const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
    for (const key of keys) assertEquals(await client.ask("SET", key, key), '+"OK"');
    const sizes = servers.map(({ server }) => server.keyspace.size);
    assertEquals(sizes.reduce((sum, size) => sum + size), keys.length);
    assert(sizes.every((size) => size > 0), String(sizes));
    const values = (await client.call("MGET", ...keys, "nosuch")).elements;
    assertEquals(values.map(({ text }) => text), [...keys, undefined]);
    assertEquals(await client.ask("DEL", ...keys.slice(0, 200)), ':"200"');
    assertEquals(servers.reduce((sum, { server }) => sum + server.keyspace.size, 0), 100);
  });
});

testUnless(
  await proxyProblem(),
  "what belongs together is on one server of twemproxy's",
  async () => {
    await withProxy(async (client, servers) => {
      await client.call("SADD", "{tag}a", "1", "2");
      await client.call("SADD", "{tag}b", "2", "3");
      assertEquals(await client.ask("SINTER", "{tag}a", "{tag}b"), '*1[$"2"]');
      const script = "return redis.call('SCARD', KEYS[1]) + redis.call('SCARD', KEYS[2])";
      assertEquals(await client.ask("EVAL", script, "2", "{tag}a", "{tag}b"), ':"4"');
      assertEquals(servers.filter(({ server }) => server.keyspace.size > 0).length, 1);
      assertEquals(await client.ask("ZADD", "scores", "1", "one"), ':"1"');
      assertEquals(await client.ask("EXPIRE", "scores", "100"), ':"1"');
      assertEquals(await client.ask("PING"), '+"PONG"');
    });
  },
);
