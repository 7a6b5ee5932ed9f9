/** Parts of a server, each alone with what it takes. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AclLog } from "../../src/acl/acl_log.ts";
import { AclError } from "../../src/acl/errors.ts";
import { ClientRegistry } from "../../src/clients/client_registry.ts";
import { Tracking } from "../../src/clients/tracking.ts";
import { CommandTable } from "../../src/command/command_table.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { Config } from "../../src/config/config.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { ClientEviction } from "../../src/server/client_eviction.ts";
import { Cron } from "../../src/server/cron.ts";
import { commandStatsSection } from "../../src/server/info/command_sections.ts";
import { describeInfo, type InfoFigures } from "../../src/server/info/info_sections.ts";
import { keyspaceSection } from "../../src/server/info/keyspace_section.ts";
import { MemoryLimit } from "../../src/server/memory_limit.ts";
import { Shutdown } from "../../src/server/shutting_down.ts";
import { Users } from "../../src/server/users.ts";
import { LatencyEvents } from "../../src/telemetry/latency_events.ts";
import { Log } from "../../src/telemetry/log.ts";
import { ServerStats } from "../../src/telemetry/server_stats.ts";
import { ManualClock } from "../../src/testing/mod.ts";
import { fakeClient, newAcl, newKeyspace } from "../support/fake_client.ts";

const set = (config: Config, name: string, ...words: string[]) =>
  config.setAll([{ name, words }], true);

function newCommands(): CommandTable {
  return new CommandTable(commandSpecs);
}

function newLog(clock: ManualClock): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: new Log(clock, 1, (line) => lines.push(line)), lines };
}

/** Stores a string of `bytes` bytes, for ever or until a time. */
function store(keyspace: Keyspace, name: string, bytes: number, deadlineMs = 0): void {
  const key = fromLatin1(name);
  const value = new Uint8Array(bytes);
  keyspace.databases[0].setString(key, 0, key.length, value, 0, bytes, deadlineMs);
}

function memoryLimit() {
  const clock = new ManualClock();
  const config = new Config();
  const keyspace = newKeyspace();
  const clients = {
    bufferBytes: 0,
    measure: () => clients.bufferBytes,
    pauseMode: undefined as "write" | "all" | undefined,
  };
  const persistence = { isLoading: false };
  const limit = new MemoryLimit({
    scripts: { isPaused: false },
    clients,
    clock,
    config,
    delivery: { isBetweenRequests: false },
    keyspace,
    latencyEvents: new LatencyEvents(),
    memory: { roomForData: (limitBytes) => limitBytes - clients.bufferBytes },
    persistence,
  });
  set(config, "maxmemory-policy", "allkeys-lru");
  return { clients, config, keyspace, limit, persistence };
}

Deno.test("memory limit: keys are deleted until what clients take leaves room for the rest", () => {
  for (const clientBytes of [0, 50_000, 300_000]) {
    const { clients, config, keyspace, limit } = memoryLimit();
    for (let i = 0; i < 100; i++) store(keyspace, `key:${i}`, 10_000);
    const maxBytes = keyspace.arena.usedBytes - 200_000;
    clients.bufferBytes = clientBytes;
    set(config, "maxmemory", `${maxBytes}`);
    assert(limit.makeRoom());
    assert(keyspace.arena.usedBytes <= maxBytes - clientBytes);
    assert(keyspace.evictor.evicted > 0 && keyspace.databases[0].size > 0);
    limit.stop();
  }
});

Deno.test("memory limit: nothing is deleted while data is loaded, while clients pause, or without a limit", () => {
  const causes: ((parts: ReturnType<typeof memoryLimit>) => void)[] = [
    ({ persistence }) => persistence.isLoading = true,
    ({ clients }) => clients.pauseMode = "write",
    ({ config }) => set(config, "maxmemory", "0"),
  ];
  for (const cause of causes) {
    const parts = memoryLimit();
    store(parts.keyspace, "a", 10_000);
    set(parts.config, "maxmemory", "1");
    cause(parts);
    assert(parts.limit.makeRoom());
    assertEquals(parts.keyspace.databases[0].size, 1);
    parts.limit.stop();
  }
});

Deno.test("memory limit: noeviction says that there is no room", () => {
  const { config, keyspace, limit } = memoryLimit();
  set(config, "maxmemory-policy", "noeviction");
  store(keyspace, "a", 10_000);
  set(config, "maxmemory", "1");
  assertEquals(limit.makeRoom(), false);
  assertEquals(keyspace.databases[0].size, 1);
  limit.stop();
});

Deno.test("client eviction: the largest go first, protected ones stay, a share follows maxmemory", () => {
  const clock = new ManualClock();
  const config = new Config();
  const clients = new ClientRegistry(() => {});
  const { log, lines } = newLog(clock);
  const eviction = new ClientEviction({ clients, clock, config, log });
  const keyspace = newKeyspace();
  const user = newAcl().defaultUser;
  const [small, large, larger, guarded] = [10_000, 400_000, 500_000, 600_000].map((bytes, i) =>
    fakeClient(i + 1, keyspace, user, bytes)
  );
  guarded.noEvict = true;
  for (const client of [small, large, larger, guarded]) clients.add(client);
  const whole = clients.measure();
  assert(!eviction.isOn);
  set(config, "maxmemory-clients", `${whole - 1}`);
  assertEquals([small, large, larger, guarded].map((c) => c.isClosed), [false, false, true, false]);
  assertEquals([eviction.evicted, lines.length], [1, 1]);
  // Ten percent of what is to come: no limit before there is a maxmemory.
  set(config, "maxmemory-clients", "10%");
  assert(!eviction.isOn);
  set(config, "maxmemory", "9mb");
  assertEquals([small, large, larger, guarded].map((c) => c.isClosed), [false, true, true, false]);
});

Deno.test("users: whoever acts as one that is gone is closed, the one whose request runs after its reply", () => {
  const clock = new ManualClock();
  const acl = newAcl();
  const keyspace = newKeyspace();
  const clients = new ClientRegistry(() => {});
  const gone = acl.set("gone", ["on", "nopass", "+@all"]);
  const [current, other, stays] = [
    fakeClient(1, keyspace, gone),
    fakeClient(2, keyspace, gone),
    fakeClient(3, keyspace, acl.defaultUser),
  ];
  for (const client of [current, other, stays]) clients.add(client);
  const users = new Users({
    acl,
    aclLog: new AclLog(),
    clients,
    clock,
    config: new Config(),
    delivery: { current },
    host: {
      readFile: () => {
        throw new Error("no such file");
      },
      replaceFile: () => {},
    },
  });
  assertEquals(users.remove(["nobody", "gone"]), 1);
  assertEquals([current, other, stays].map((c) => c.isClosed), [false, true, false]);
  assertEquals([current, stays].map((c) => c.closesAfterReply), [true, false]);
  assertThrows(() => users.load(), AclError, "no such file");
});

Deno.test("users: a refusal is noted with where it happened", () => {
  const clock = new ManualClock();
  const acl = newAcl();
  const aclLog = new AclLog();
  const users = new Users({
    acl,
    aclLog,
    clients: new ClientRegistry(() => {}),
    clock,
    config: new Config(),
    delivery: { current: undefined },
    host: { readFile: () => new Uint8Array(), replaceFile: () => {} },
  });
  const client = fakeClient(1, newKeyspace(), acl.defaultUser);
  users.noteRefusal(client, "key", "a");
  client.mustNotBlock = true;
  users.noteRefusal(client, "command", "get", "somebody");
  assertEquals(
    aclLog.latest(9).map(({ context, object, username }) => [context, object, username]),
    [["multi", "get", "somebody"], ["toplevel", "a", "default"]],
  );
  assertEquals(aclLog.denied, { auth: 0, command: 1, key: 1, channel: 0 });
});

function cron() {
  const clock = new ManualClock();
  const config = new Config();
  const keyspace = newKeyspace();
  const clients = new ClientRegistry(() => {});
  const seen = { checks: 0, scheduled: 0, enforced: 0 };
  const switches = {
    activeExpireEnabled: true,
    checksChecksums: true,
    deniesToScripts: true,
    isCronPaused: false,
  };
  const persistence = {
    isLoading: false,
    check: () => seen.checks++,
  };
  const housekeeping = new Cron({
    clientEviction: { enforce: () => seen.enforced++ },
    clients,
    clock,
    config,
    delivery: { tend: () => {} },
    ending: { check: () => seen.scheduled++ },
    keptConnections: { closeIdle: () => {} },
    keyspace,
    log: newLog(clock).log,
    loop: { wakeBlocked: () => {} },
    replication: { check: () => {} },
    scripts: { isPaused: false },
    memory: { hasRoom: true, usedBytes: 0 },
    persistence,
    stats: new ServerStats(),
    switches,
    tracking: new Tracking(() => undefined, () => {}),
  });
  keyspace.setTime(clock.now());
  return { clients, clock, config, housekeeping, keyspace, persistence, seen, switches };
}

Deno.test("cron: ticks hz times a second, until it is stopped", () => {
  for (const hz of [1, 10, 100]) {
    const { clock, config, housekeeping, seen } = cron();
    set(config, "hz", `${hz}`);
    housekeeping.start();
    clock.advance({ seconds: 2 });
    assertEquals(seen, { checks: 2 * hz, scheduled: 2 * hz, enforced: 2 * hz });
    housekeeping.stop();
    clock.advance({ seconds: 2 });
    assertEquals(seen.checks, 2 * hz);
  }
});

Deno.test("cron: keys expire without anybody asking, unless DEBUG or a load forbids it", () => {
  const rules: [(parts: ReturnType<typeof cron>) => void, left: number][] = [
    [() => {}, 0],
    [({ switches }) => switches.activeExpireEnabled = false, 1],
    [({ switches }) => switches.isCronPaused = true, 1],
    [({ persistence }) => persistence.isLoading = true, 1],
  ];
  for (const [rule, left] of rules) {
    const parts = cron();
    const { clock, housekeeping, keyspace } = parts;
    store(keyspace, "a", 10, clock.now() + 500);
    rule(parts);
    housekeeping.start();
    clock.advance({ milliseconds: 400 });
    assertEquals(keyspace.databases[0].size, 1);
    clock.advance({ seconds: 1 });
    assertEquals(keyspace.databases[0].size, left);
    housekeeping.stop();
  }
});

Deno.test("cron: clients that say nothing for longer than timeout are closed", () => {
  const { clients, clock, config, housekeeping, keyspace } = cron();
  const user = newAcl().defaultUser;
  const [idle, lively] = [fakeClient(1, keyspace, user), fakeClient(2, keyspace, user)];
  for (const client of [idle, lively]) {
    client.lastInteractionMs = clock.now();
    clients.add(client);
  }
  housekeeping.start();
  clock.advance({ hours: 1 });
  assert(!idle.isClosed);
  lively.lastInteractionMs = clock.now();
  set(config, "timeout", "60");
  clock.advance({ seconds: 30 });
  assertEquals([idle.isClosed, lively.isClosed], [true, false]);
  housekeeping.stop();
});

Deno.test("shutdown: a signal is obeyed at the next tick, unless it is taken back; a second SIGINT insists", () => {
  const clock = new ManualClock();
  const config = new Config();
  const asked: (boolean | undefined)[] = [];
  let problem: string | undefined = "disk full";
  let ends = 0;
  const persistence = {
    isLoading: false,
    finish: (saves: boolean | undefined) => {
      asked.push(saves);
      return problem;
    },
  };
  const ending = new Shutdown({
    answer: () => {},
    clients: { holdUpWrites: () => {}, letWritesGo: () => {} },
    clock,
    config,
    log: newLog(clock).log,
    persistence,
    replication: { replicas: { size: 0 }, laggingReplicas: () => [], askReplicas: () => {} },
  }, () => ends++);
  ending.signalled("SIGTERM");
  assert(ending.abort());
  ending.check();
  assertEquals([asked, ends], [[], 0]);
  set(config, "shutdown-on-sigterm", "nosave");
  ending.signalled("SIGTERM");
  ending.check();
  assertEquals([asked, ends], [[false], 0]);
  problem = undefined;
  assertEquals(ending.signalled("SIGINT"), false);
  assertEquals(ending.signalled("SIGINT"), true);
  ending.check();
  assertEquals([asked, ends], [[false, undefined], 1]);
});

Deno.test("info: a section shows what it is given, and asks for nothing else", () => {
  const keyspace = newKeyspace();
  store(keyspace, "a", 1);
  store(keyspace, "b", 1, keyspace.nowMs + 1000);
  assertEquals(keyspaceSection({ keyspace }), { db0: "keys=2,expires=1,avg_ttl=0" });
  assertEquals(commandStatsSection({ commands: newCommands() }), {});
  const figures = { keyspace } as InfoFigures;
  assertEquals(describeInfo(figures, ["modules", "keyspace"]).split("\r\n"), [
    "# Modules",
    "",
    "# Keyspace",
    "db0:keys=2,expires=1,avg_ttl=0",
    "",
  ]);
});
