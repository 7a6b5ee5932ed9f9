import { errors } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { adminCommand, type CommandSpec, keyRange } from "../../command/spec.ts";
import type { MemoryFigures } from "../../command/context.ts";
import { AVERAGE_SLOT_BYTES } from "../../encodings/dict.ts";

const base = { group: "server", since: "4.0.0", flags: [] } as const;

const usage = adminCommand({
  ...base,
  name: "usage",
  summary: "Tells how many bytes a key takes with its value.",
  differs: "what the arena holds; every element is counted, whatever SAMPLES says",
  complexity: "O(N) where N is the number of elements",
  arity: -3,
  flags: ["readonly"],
  keys: [keyRange("RO", 2, 0, 1)],
  syntax: "key [SAMPLES samples]",
  run(call) {
    const { args, reply, server } = call;
    for (let i = 3; i < args.count; i += 2) {
      if (!args.is(i, "SAMPLES") || i + 1 === args.count) throw errors.syntax;
      if (call.integer(i + 1) < 0) throw errors.syntax;
    }
    const entry = call.lookupQuietly(2);
    if (entry === 0) reply.null();
    else {
      const { keyspace } = server;
      let bytes = AVERAGE_SLOT_BYTES;
      for (const block of keyspace.entryBlocks(entry)) bytes += keyspace.arena.sizeOf(block);
      reply.integer(bytes);
    }
  },
});

const stats = adminCommand({
  ...base,
  name: "stats",
  summary: "Tells where memory goes.",
  differs: "figures of the arena, without those of jemalloc",
  complexity: "O(1)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const figures = server.memory.figures();
    const entries = Object.entries(fields(figures));
    reply.map(entries.length);
    for (const [name, value] of entries) {
      reply.bulkText(name);
      if (typeof value !== "number") {
        reply.map(Object.keys(value).length);
        for (const [key, bytes] of Object.entries(value)) {
          reply.bulkText(key);
          reply.integer(bytes);
        }
      } else if (/(percentage|ratio|fragmentation)$/.test(name)) reply.double(value);
      else reply.integer(value);
    }
  },
});

type Fields = Record<string, number | Record<string, number>>;

/** The fields of MEMORY STATS, under the names of Redis 7.2. */
function fields(figures: MemoryFigures): Fields {
  const { usedBytes, arenaBytes, arenaCommittedBytes, residentBytes, databases, keys } = figures;
  return {
    "peak.allocated": figures.peakBytes,
    "total.allocated": usedBytes,
    "startup.allocated": figures.startupBytes,
    "replication.backlog": figures.backlogBytes,
    "clients.slaves": figures.replicaBytes,
    "clients.normal": figures.clientBytes,
    "cluster.links": 0,
    "aof.buffer": figures.aofBytes,
    "lua.caches": figures.scriptCacheBytes,
    "functions.caches": figures.functionCacheBytes,
    ...Object.fromEntries(databases.map(({ index, dictBytes, volatileBytes }) => [`db.${index}`, {
      "overhead.hashtable.main": dictBytes,
      "overhead.hashtable.expires": volatileBytes,
      "overhead.hashtable.slot-to-keys": 0,
    }])),
    "overhead.total": figures.overheadBytes,
    "keys.count": keys,
    "keys.bytes-per-key": keys === 0 ? 0 : Math.floor((usedBytes - figures.startupBytes) / keys),
    "dataset.bytes": figures.datasetBytes,
    "dataset.percentage": figures.datasetPercent,
    "peak.percentage": usedBytes * 100 / figures.peakBytes,
    "allocator.allocated": arenaBytes,
    "allocator.active": arenaCommittedBytes,
    "allocator.resident": arenaCommittedBytes,
    "allocator-fragmentation.ratio": arenaCommittedBytes / arenaBytes,
    "allocator-fragmentation.bytes": arenaCommittedBytes - arenaBytes,
    "allocator-rss.ratio": 1,
    "allocator-rss.bytes": 0,
    "rss-overhead.ratio": residentBytes / arenaCommittedBytes,
    "rss-overhead.bytes": residentBytes - arenaCommittedBytes,
    "fragmentation": residentBytes / usedBytes,
    "fragmentation.bytes": residentBytes - usedBytes,
    // Memory that belongs to no key and no single client: the names of channels, and of keys that clients cache.
    "clients.tables": figures.tableBytes,
  };
}

const doctor = adminCommand({
  ...base,
  name: "doctor",
  summary: "Says in words whether something is wrong with memory.",
  differs: "the text",
  complexity: "O(1)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const findings = diagnose(server.memory.figures());
    reply.verbatim(
      findings.length === 0
        ? "Nothing is wrong with memory.\n"
        : findings.map((finding) => `* ${finding}\n`).join("\n"),
      "txt",
    );
  },
});

const MEGABYTE = 2 ** 20;
/** Memory of an average client, in bytes, above which MEMORY DOCTOR reports it. */
const MUCH_FOR_A_CLIENT = 200 * 1024;

function diagnose(figures: MemoryFigures): string[] {
  const { usedBytes, peakBytes, clientBytes, clientCount, arenaBytes, arenaCommittedBytes } =
    figures;
  const findings: string[] = [];
  if (usedBytes < 5 * MEGABYTE) {
    findings.push("There is little in memory, or nothing: figures about so little mean nothing.");
    return findings;
  }
  if (peakBytes > 1.5 * usedBytes) {
    findings.push(
      "Much more memory was in use at some time than is now. What is free is used for new keys, " +
        "but what keys have used does not go back to the system before the server restarts.",
    );
  }
  if (arenaCommittedBytes - arenaBytes > Math.max(arenaBytes, 64 * MEGABYTE)) {
    findings.push("Most of the memory that there is for keys is free.");
  }
  if (clientCount > 0 && clientBytes / clientCount > MUCH_FOR_A_CLIENT) {
    findings.push(
      "Clients take much memory. CLIENT LIST shows which (tot-mem): those that do not read what " +
        "they are sent (omem), or have sent half of a large request (qbuf, argv-mem, multi-mem). " +
        "maxmemory-clients limits it.",
    );
  }
  return findings;
}

const purge = adminCommand({
  ...base,
  name: "purge",
  summary: "Gives free memory back to the system, as far as that is possible.",
  differs: "nothing to do: free memory serves new keys, and stays with the server",
  complexity: "O(1)",
  arity: 2,
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  run: ({ reply }) => reply.ok(),
});

const mallocStats = adminCommand({
  ...base,
  name: "malloc-stats",
  summary: "Shows the allocator's figures.",
  differs: "figures of the arena, not of jemalloc",
  complexity: "O(number of blocks)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ keyspace, reply }) {
    const { arena } = keyspace;
    reply.verbatim(
      `committed ${arena.byteLength}\nin use ${arena.usedBytes}\nblocks ${arena.liveBlocks}\n`,
      "txt",
    );
  },
});

const subcommands = [doctor, mallocStats, purge, stats, usage];

/** MEMORY: reports what memory is used for. */
export const memory: CommandSpec = adminCommand({
  name: "memory",
  group: "server",
  summary: "Tells where memory goes.",
  since: "4.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("memory", "server", "4.0.0", subcommands)],
});
