/** MIGRATE, between this server and redis-server in both directions. */
import { assertEquals, assertMatch } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { compare, type Pair, problem, withPair } from "../support/differential.ts";
import { freePort } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";

function test(
  name: string,
  fn: (pair: Pair, ports: Record<"ours" | "oracle", string>) => Promise<void>,
) {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () =>
      withPair(async (pair) => {
        const port = async (client: RespClient) =>
          (await client.call("CONFIG", "GET", "port")).elements[1].text!;
        const oracle = await port(pair.oracle);
        const info = (await pair.ours.call("INFO", "server")).text!;
        const ours = /tcp_port:(\d+)/.exec(info)![1];
        await fn(pair, { ours, oracle });
      }, { save: "" }),
  });
}

const VALUES: readonly (readonly string[])[] = [
  ["SET", "string", "value"],
  ["SET", "volatile", "value", "EX", "1000"],
  ["RPUSH", "list", "a", "b", "c"],
  ["SADD", "set", "a", "b", "c"],
  ["ZADD", "zset", "1", "a", "2", "b"],
  ["HSET", "hash", "f", "v"],
  ["XADD", "stream", "1-1", "f", "v"],
];
const KEYS = VALUES.map(([, key]) => key);

for (const [from, to] of [["ours", "oracle"], ["oracle", "ours"]] as const) {
  test(`MIGRATE moves every type from ${from} to ${to}`, async (pair, ports) => {
    const source = pair[from];
    const target = pair[to];
    for (const words of VALUES) await source.call(...words);
    const before = await source.ask("DEBUG", "DIGEST-VALUE", ...KEYS);
    const address = ["127.0.0.1", ports[to]];
    const request = ["MIGRATE", ...address, "", "3", "5000", "KEYS", ...KEYS, "nosuch"];
    assertEquals(await source.ask(...request), '+"OK"');
    assertEquals(await source.ask("DBSIZE"), ':"0"');
    await target.call("SELECT", "3");
    assertEquals(await target.ask("DEBUG", "DIGEST-VALUE", ...KEYS), before);
    assertMatch(await target.ask("TTL", "volatile"), /:"(999|1000)"/);
    assertEquals(await source.ask(...request), '+"NOKEY"');
  });
}

test(
  "MIGRATE copies, replaces, and keeps what the target refuses",
  async ({ ours, oracle }, ports) => {
    const migrate = (...words: string[]) =>
      ours.ask("MIGRATE", "127.0.0.1", ports.oracle, ...words);
    await ours.call("SET", "k", "new");
    await ours.call("SET", "other", "1");
    await oracle.call("SET", "k", "old");
    assertMatch(
      await migrate("k", "0", "5000"),
      /^-"ERR Target instance replied with error: BUSYKEY/,
    );
    assertEquals(await migrate("other", "0", "5000", "COPY"), '+"OK"');
    assertEquals(await ours.ask("MGET", "k", "other"), '*2[$"new" $"1"]');
    assertEquals(await oracle.ask("MGET", "k", "other"), '*2[$"old" $"1"]');
    // Of several keys those go that can.
    await ours.call("SET", "third", "3");
    assertMatch(await migrate("", "0", "5000", "KEYS", "k", "third"), /BUSYKEY/);
    assertEquals(await ours.ask("EXISTS", "k", "third"), ':"1"');
    assertEquals(await migrate("k", "0", "5000", "REPLACE"), '+"OK"');
    assertEquals(await oracle.ask("GET", "k"), '$"new"');
    assertMatch(
      await migrate("other", "99", "5000"),
      /Target instance replied with error: ERR DB index/,
    );
    await oracle.call("CONFIG", "SET", "requirepass", "secret");
    // Who is connected already need not authenticate.
    await oracle.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    assertMatch(await migrate("other", "0", "5000"), /Target instance replied with error: NOAUTH/);
    assertMatch(await migrate("other", "0", "5000", "AUTH", "wrong"), /WRONGPASS/);
    assertEquals(await migrate("other", "0", "5000", "REPLACE", "AUTH", "secret"), '+"OK"');
    await ours.call("SET", "other", "1");
    assertEquals(
      await migrate("other", "0", "5000", "REPLACE", "AUTH2", "default", "secret"),
      '+"OK"',
    );
  },
);

test("MIGRATE keeps its connection for ten seconds, and makes another if it is gone", async () => {
  await using source = await startFrozenServer();
  await using target = await startFrozenServer();
  using client = await RespClient.connect(source.port);
  using other = await RespClient.connect(target.port);
  const figure = async (server: RespClient, section: string, name: string) =>
    new RegExp(`${name}:(\\d+)`).exec((await server.call("INFO", section)).text!)![1];
  const migrate = async (database: string) => {
    await client.call("SET", "k", "v");
    const address = ["127.0.0.1", String(target.port)];
    return client.ask("MIGRATE", ...address, "k", database, "5000", "REPLACE");
  };
  const received = () => figure(other, "stats", "total_connections_received");
  const calls = async (name: string) =>
    /calls=(\d+)/.exec(
      (await other.call("INFO", "commandstats")).text!.split(`cmdstat_${name}:`)[1],
    )![1];
  for (const database of ["0", "0", "3", "3", "0"]) assertEquals(await migrate(database), '+"OK"');
  assertEquals(await received(), "2");
  assertEquals([await calls("select"), await calls("restore")], ["3", "5"]);
  assertEquals(await figure(client, "stats", "migrate_cached_sockets"), "1");
  await other.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  assertEquals(await migrate("3"), '+"OK"');
  assertEquals(await received(), "3");
  assertEquals(await calls("select"), "4");
  assertEquals(await other.ask("EXISTS", "k"), ':"1"');
  source.clock.advance({ seconds: 10 });
  assertEquals(await figure(client, "stats", "migrate_cached_sockets"), "1");
  source.clock.advance({ seconds: 2 });
  assertEquals(await figure(client, "stats", "migrate_cached_sockets"), "0");
  // A target that refuses says nothing about what it has selected.
  assertMatch(await migrate("99"), /Target instance replied with error: ERR DB index/);
  assertEquals(await migrate("0"), '+"OK"');
  assertEquals(await received(), "4");
});

test("MIGRATE refuses what redis-server refuses", async (pair) => {
  const port = String(freePort());
  await Promise.all([pair.ours, pair.oracle].map((client) => client.call("SET", "k", "v")));
  for (
    const words of [
      ["127.0.0.1", port, "k", "0", "500", "NOSUCH"],
      ["127.0.0.1", port, "k", "zero", "500"],
      ["127.0.0.1", port, "k", "0", "soon"],
      ["127.0.0.1", port, "k", "0", "500", "KEYS", "k"],
      ["127.0.0.1", port, "k", "0", "500", "AUTH"],
      ["127.0.0.1", port, "k", "0", "500", "AUTH2", "user"],
      ["127.0.0.1", port, "nosuch", "0", "500"],
      ["127.0.0.1", port, "k", "0", "500"],
      ["127.0.0.1", port, "k", "0"],
    ]
  ) assertEquals(await compare(pair, ["MIGRATE", ...words], ""), undefined, words.join(" "));
  for (
    const words of [
      ["MIGRATE", "host", "1", "k", "0", "1"],
      ["MIGRATE", "host", "1", "", "0", "1", "COPY", "KEYS", "a", "b"],
    ]
  ) assertEquals(await compare(pair, ["COMMAND", "GETKEYS", ...words], ""), undefined);
});

Deno.test("MIGRATE gives up in time, and nobody else runs meanwhile", async () => {
  await using redis = await startFrozenServer();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String((silent.addr as Deno.NetAddr).port);
  using client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await client.call("SET", "k", "v");
  const migrating = client.call("MIGRATE", "127.0.0.1", port, "k", "0", "3000");
  const socket = await silent.accept();
  await socket.read(new Uint8Array(100));
  const writing = other.call("SET", "k", "changed");
  while (redis.running.server.clients.pausedClients === 0) {
    await new Promise((r) => setTimeout(r, 0));
  }
  redis.clock.advance({ milliseconds: 3000 });
  assertEquals((await migrating).text, "IOERR error or timeout reading from target instance");
  assertEquals((await writing).text, "OK");
  assertEquals(await client.ask("GET", "k"), '$"changed"');
  socket.close();
});
