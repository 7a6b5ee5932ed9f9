/**
 * Servers that replicate each other, with links that break at any byte, processes that are killed, and roles that change: in memory, so that
 * there can be many histories, each the same in every run. In the end all data must be the same.
 */
import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { ManualClock } from "../../src/testing/mod.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryNetwork, NetworkHost } from "../support/memory_network.ts";
import { randomUnit } from "../support/random_writes.ts";

const HISTORIES = 15 * effort;
const PORTS = [1, 2, 3];

/** Three servers in a network. */
class Cluster {
  readonly network = new MemoryNetwork();
  readonly clock = new ManualClock();
  readonly servers = new Map<number, LocalServer>();
  readonly #hosts = new Map<number, NetworkHost>();
  #seed = 1;

  constructor(
    readonly random: SeededRandom,
    readonly directives: Readonly<Record<string, string>>,
  ) {}

  /** Starts a server, or starts it again after it was killed. */
  async start(port: number, primary?: number): Promise<void> {
    const host = new NetworkHost(this.network, port, this.#hosts.get(port)?.files);
    const replicaof = primary === undefined ? "no one" : `127.0.0.1 ${primary}`;
    const directives = { "replica-announce-ip": "127.0.0.1", ...this.directives, replicaof };
    const server = new LocalServer(host, directives, this.clock, this.#seed++);
    // There are no sockets that would tell.
    server.server.port = port;
    this.#hosts.set(port, host);
    this.servers.set(port, server);
    await server.start();
    this.network.open(port, server);
  }

  /** Kills a server: nothing that it has only in memory is kept. */
  kill(port: number): void {
    const host = this.#hosts.get(port)!;
    const files = host.files;
    host.isDead = true;
    this.network.close(port);
    this.servers.get(port)!.server.stop();
    this.servers.delete(port);
    this.#hosts.set(port, new NetworkHost(this.network, port, files));
  }

  get(port: number): LocalServer {
    return this.servers.get(port)!;
  }

  /** Lets time pass. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 10; i++) {
      this.clock.advance({ milliseconds: 100 });
      await settle();
      for (const { server } of this.servers.values()) server.sendReplies();
      await new Promise((resolve) => setTimeout(resolve, 0));
      await settle();
    }
  }

  /** Waits until every replica has what its primary has. */
  async agree(primary: number): Promise<void> {
    for (let i = 0; i < 60; i++) {
      await this.pass(1);
      const offset = info(this.get(primary), "master_repl_offset");
      const areThere = [...this.servers].every(([port, server]) =>
        port === primary ||
        info(server, "master_link_status") === "up" && info(server, "slave_repl_offset") === offset
      );
      if (areThere) return;
    }
    const logs = [...this.servers].map(([port, { log }]) =>
      `--- ${port}\n${log.slice(-30).join("")}`
    );
    throw new Error(`The replicas do not catch up:\n${logs.join("\n")}`);
  }

  assertSame(primary: number, what: string): void {
    const digest = this.get(primary).digest();
    for (const [port, server] of this.servers) {
      const failures = server.log.filter((line) => line.includes("== CRITICAL =="));
      assertEquals(failures, [], `Server ${port}, ${what}`);
      assertEquals(server.digest(), digest, `Server ${port}, ${what}`);
    }
  }
}

function info(server: LocalServer, field: string): string | undefined {
  return new RegExp(`^${field}:(.*)$`, "m").exec(server.ask("INFO", "everything")!)?.[1].trim();
}

function write(cluster: Cluster, primary: number, units: number): void {
  for (let i = 0; i < units; i++) cluster.get(primary).run(...randomUnit(cluster.random));
}

const MODES: readonly Readonly<Record<string, string>>[] = [
  { "repl-diskless-load": "disabled", "repl-diskless-sync": "yes" },
  { "repl-diskless-load": "swapdb", "repl-diskless-sync": "no" },
  { "repl-diskless-load": "on-empty-db", "repl-backlog-size": "20000", appendonly: "yes" },
];

Deno.test("Replicas and their replicas have the data of their primary, wherever links break and processes die", async () => {
  for (let history = 0; history < HISTORIES; history++) {
    const random = new SeededRandom(history);
    const mode = MODES[history % MODES.length];
    const cluster = new Cluster(random, { "repl-diskless-sync-delay": "0", ...mode });
    await cluster.start(1);
    write(cluster, 1, 20);
    await cluster.start(2, 1);
    // The third follows the second.
    await cluster.start(3, 2);
    const longest = 1 + random.below(6000);
    cluster.network.linkBytes = () => random.below(4) === 0 ? Infinity : random.below(longest);
    for (let round = 0; round < 8; round++) {
      write(cluster, 1, random.below(30));
      await cluster.pass(random.below(3));
      const chance = random.below(6);
      if (chance === 0) cluster.network.cutAll();
      else if (chance === 1) cluster.get(2 + random.below(2)).run(["SAVE"]);
      else if (chance === 2) {
        const port = 2 + random.below(2);
        cluster.kill(port);
        write(cluster, 1, random.below(10));
        await cluster.start(port, port - 1);
      } else if (chance === 3) {
        cluster.get(3).run(["REPLICAOF", "127.0.0.1", String(1 + random.below(2))]);
      }
    }
    cluster.network.linkBytes = () => Infinity;
    cluster.network.cutAll();
    await cluster.agree(1);
    cluster.assertSame(1, `history ${history}`);
    for (const port of PORTS) cluster.kill(port);
  }
});

Deno.test("When a primary dies, the replica that takes over has everything up to some moment after it last agreed", async () => {
  for (let history = 0; history < HISTORIES; history++) {
    const random = new SeededRandom(1000 + history);
    const cluster = new Cluster(random, { "repl-diskless-sync-delay": "0", ...MODES[history % 3] });
    await cluster.start(1);
    await cluster.start(2, 1);
    await cluster.start(3, 1);
    write(cluster, 1, random.below(40));
    await cluster.agree(1);
    const states = [cluster.get(1).digest()];
    cluster.network.linkBytes = () => random.below(500);
    if (random.below(2) === 0) cluster.network.cutAll();
    for (let i = random.below(8); i > 0; i--) {
      write(cluster, 1, 1);
      states.push(cluster.get(1).digest());
      if (random.below(3) === 0) await settle();
    }
    cluster.kill(1);
    cluster.network.linkBytes = () => Infinity;
    cluster.get(2).run(["REPLICAOF", "NO", "ONE"]);
    assert(states.includes(cluster.get(2).digest()), `history ${history}`);
    cluster.get(3).run(["REPLICAOF", "127.0.0.1", "2"]);
    write(cluster, 2, random.below(40));
    // The old primary comes back with what it has on disk, and follows.
    await cluster.start(1, 2);
    await cluster.agree(2);
    cluster.assertSame(2, `history ${history}`);
    for (const port of PORTS) cluster.kill(port);
  }
});

Deno.test("FAILOVER hands the role to and fro, and no write is lost", async () => {
  for (let history = 0; history < HISTORIES; history++) {
    const random = new SeededRandom(2000 + history);
    const cluster = new Cluster(random, { "repl-diskless-sync-delay": "0", ...MODES[history % 3] });
    await cluster.start(1);
    await cluster.start(2, 1);
    await cluster.start(3, 1);
    await cluster.agree(1);
    let primary = 1;
    for (let round = 0; round < 3; round++) {
      const target = PORTS.filter((port) => port !== primary)[random.below(2)];
      write(cluster, primary, random.below(20));
      const digest = cluster.get(primary).digest();
      const reply = cluster.get(primary).ask("FAILOVER", "TO", "127.0.0.1", String(target));
      assertEquals(reply, "OK", cluster.get(primary).ask("INFO", "replication"));
      for (let i = 0; i < 30 && info(cluster.get(target), "role") === "slave"; i++) {
        await cluster.pass(1);
      }
      assertEquals(info(cluster.get(target), "role"), "master", cluster.get(target).log.join(""));
      primary = target;
      for (const port of PORTS) {
        if (port !== primary) cluster.get(port).run(["REPLICAOF", "127.0.0.1", String(primary)]);
      }
      assertEquals(cluster.get(primary).digest(), digest);
      write(cluster, primary, random.below(20));
      await cluster.agree(primary);
      cluster.assertSame(primary, `history ${history}, round ${round}`);
    }
    // A transfer of all data was needed only at first.
    assert(Number(info(cluster.get(primary), "sync_full")) <= 2);
    for (const port of PORTS) cluster.kill(port);
  }
});

Deno.test("A primary that was restarted goes on with its replicas, and tells them which keys have expired meanwhile", async () => {
  const cluster = new Cluster(new SeededRandom(3), { "repl-diskless-sync-delay": "0" });
  await cluster.start(1);
  await cluster.start(2, 1);
  await cluster.agree(1);
  cluster.get(1).run(["SET", "short", "v", "PX", "5000"], ["SELECT", "2"], ["SET", "long", "v"]);
  await cluster.agree(1);
  const id = info(cluster.get(1), "master_replid");
  cluster.get(1).run(["SAVE"]);
  cluster.kill(1);
  await cluster.pass(10);
  assertEquals(info(cluster.get(2), "db0"), "keys=1,expires=1,avg_ttl=0");
  await cluster.start(1);
  await cluster.pass(2);
  assertEquals(info(cluster.get(1), "master_replid2"), id);
  assertEquals(info(cluster.get(1), "rdb_last_load_keys_expired"), "1");
  assertEquals(info(cluster.get(1), "sync_partial_ok"), "1");
  await cluster.agree(1);
  cluster.assertSame(1, "after the restart");
  assertEquals(info(cluster.get(2), "db0"), undefined);
  for (const port of [1, 2]) cluster.kill(port);
});
