/** Clients for clusters, unmodified: ioredis.Cluster and node-redis's createCluster from npm, and redis-cli. */
import { assertEquals, assertRejects } from "@std/assert";
import { startServer } from "../../src/program/embed.ts";
import type { RunningServer } from "../../src/program/start.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { eventOf, packageProblem, testUnless } from "../support/npm_clients.ts";
import { freePort } from "../support/oracle.ts";

const npm = await packageProblem();

const NODE = { "cluster-enabled": true };

/** Three servers that share the slots by a table. */
async function startThree(): Promise<RunningServer[]> {
  const ports = [freePort(), freePort(), freePort()];
  const ranges = ["0-5460", "5461-10922", "10923-16383"];
  const table = ports.map((port, i) => `127.0.0.1:${port} ${ranges[i]}`).join(" ");
  return await Promise.all(
    ports.map((port) => startServer({ ...NODE, port, "cluster-table": table })),
  );
}

testUnless(npm, "ioredis.Cluster uses one node that serves all slots", async () => {
  const { Cluster } = await import("ioredis");
  await using server = await startFrozenServer({ config: NODE });
  const cluster = new Cluster([{ host: "127.0.0.1", port: server.port }]);
  try {
    assertEquals(await cluster.set("k", "v"), "OK");
    assertEquals(await cluster.get("k"), "v");
    assertEquals(await cluster.mset("{a}1", "1", "{a}2", "2"), "OK");
    assertEquals(await cluster.mget("{a}1", "{a}2"), ["1", "2"]);
    await assertRejects(() => cluster.mget("a", "b"), Error, "CROSSSLOT");
    assertEquals(await cluster.pipeline().incr("n").incr("n").exec(), [[null, 1], [null, 2]]);
    assertEquals(await cluster.multi().incr("n").get("n").exec(), [[null, 3], [null, "3"]]);
    assertEquals(await cluster.eval("return redis.call('GET', KEYS[1])", 1, "k"), "v");
    cluster.defineCommand("double", {
      numberOfKeys: 1,
      lua: "return 2 * redis.call('GET', KEYS[1])",
    });
    // deno-lint-ignore no-explicit-any -- the package declares no command that a user has defined
    assertEquals(await (cluster as any).double("n"), 6);
    assertEquals(cluster.nodes("master").length, 1);
    const popped = cluster.blpop("queue", 0);
    const [node] = cluster.nodes("master");
    await node.duplicate().rpush("queue", "job");
    assertEquals(await popped, ["queue", "job"]);
  } finally {
    for (const node of cluster.nodes("all")) node.disconnect();
    cluster.disconnect();
  }
});

testUnless(npm, "ioredis.Cluster listens to channels and shard channels", async () => {
  const { Cluster } = await import("ioredis");
  await using server = await startFrozenServer({ config: NODE });
  const nodes = [{ host: "127.0.0.1", port: server.port }];
  const cluster = new Cluster(nodes);
  const listener = new Cluster(nodes, { shardedSubscribers: true });
  try {
    const message = eventOf<string>(listener, "message");
    await listener.subscribe("news");
    await cluster.publish("news", "hello");
    assertEquals(await message, "news");
    const shardMessage = eventOf<string>(listener, "smessage");
    await listener.ssubscribe("shard-news");
    await cluster.spublish("shard-news", "hello");
    assertEquals(await shardMessage, "shard-news");
  } finally {
    cluster.disconnect();
    listener.disconnect();
  }
});

testUnless(
  npm,
  "ioredis.Cluster finds its way among three nodes, also when slots move",
  async () => {
    const { Cluster } = await import("ioredis");
    const servers = await startThree();
    const cluster = new Cluster([{ host: "127.0.0.1", port: servers[2].port }]);
    try {
      for (let i = 0; i < 50; i++) assertEquals(await cluster.set(`key:${i}`, String(i)), "OK");
      const sizes = servers.map(({ server }) => server.keyspace.size);
      assertEquals(sizes.reduce((sum, size) => sum + size), 50);
      assertEquals(sizes.every((size) => size > 0), true);
      assertEquals(cluster.nodes("master").length, 3);
      // The nodes exchange the slots of nothing: the table changes on all of them, and MOVED tells the client.
      const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
      const table = `${addresses[1]} 0-5460 ${addresses[2]} 5461-10922 ${addresses[0]} 10923-16383`;
      for (const { server } of servers) {
        server.config.setAll([{ name: "cluster-table", words: [table] }], true);
      }
      for (let i = 0; i < 50; i++) assertEquals(await cluster.set(`key:${i}`, "moved"), "OK");
      for (let i = 0; i < 50; i++) assertEquals(await cluster.get(`key:${i}`), "moved");
    } finally {
      cluster.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
);

testUnless(npm, "node-redis createCluster uses one node, and three", async () => {
  const { createCluster } = await import("redis");
  await using alone = await startFrozenServer({ config: NODE });
  const servers = await startThree();
  try {
    for (const port of [alone.port, servers[1].port]) {
      const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
      await cluster.connect();
      try {
        for (let i = 0; i < 30; i++) assertEquals(await cluster.set(`key:${i}`, `v${i}`), "OK");
        for (let i = 0; i < 30; i++) assertEquals(await cluster.get(`key:${i}`), `v${i}`);
        const results = await cluster.multi().set("{t}a", "1").incr("{t}a").exec();
        assertEquals<unknown>(results, ["OK", 2]);
        assertEquals(await cluster.mGet(["{t}a", "{t}b"]), ["2", null]);
        const { promise: message, resolve } = Promise.withResolvers<string>();
        await cluster.sSubscribe("shard", resolve);
        await cluster.sPublish("shard", "hello");
        assertEquals(await message, "hello");
        await cluster.sUnsubscribe("shard");
      } finally {
        await cluster.close();
      }
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

async function cliProblem(): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "run", command: "redis-cli" });
  if (state !== "granted") return "needs --allow-run=redis-cli";
  return await new Deno.Command("redis-cli", { args: ["--version"], stdout: "null" }).output()
    .then(() => undefined, () => "needs redis-cli (apt-get install redis-tools)");
}

async function cli(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("redis-cli", {
    args: ["-p", String(port), ...args],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

testUnless(
  await cliProblem(),
  "redis-cli -c follows, and moves slots with their keys",
  async () => {
    const servers = await startThree();
    try {
      const [first, second, third] = servers;
      // The slot of `a` is 15495, and that of `b` 3300.
      assertEquals(await cli(second.port, "-c", "set", "a", "1"), "OK");
      assertEquals(third.server.keyspace.size, 1);
      assertEquals(await cli(second.port, "set", "a", "1"), `MOVED 15495 127.0.0.1:${third.port}`);
      await cli(second.port, "-c", "set", "b", "1");
      const ids = await Promise.all(servers.map(({ port }) => cli(port, "cluster", "myid")));
      await cli(second.port, "cluster", "setslot", "3300", "importing", ids[0]);
      await cli(first.port, "cluster", "setslot", "3300", "migrating", ids[1]);
      assertEquals(await cli(third.port, "-c", "set", "{b}2", "new"), "OK");
      assertEquals(second.server.keyspace.size, 1);
      assertEquals(await cli(third.port, "-c", "get", "b"), "1");
      await cli(first.port, "migrate", "127.0.0.1", String(second.port), "b", "0", "1000");
      for (const { port } of servers) await cli(port, "cluster", "setslot", "3300", "node", ids[1]);
      assertEquals(await cli(first.port, "get", "b"), `MOVED 3300 127.0.0.1:${second.port}`);
      assertEquals(await cli(third.port, "-c", "get", "b"), "1");
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
);
