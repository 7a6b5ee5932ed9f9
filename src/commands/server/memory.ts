import { keyRange } from "../../command/spec.ts";
import { errors } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** What the dict adds to an entry on average: a slot of 8 bytes, two thirds of them in use. */
const SLOT_BYTES = 12;

const base = { group: "server", since: "4.0.0", flags: [] } as const;

const usage = command({
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
      let bytes = SLOT_BYTES;
      for (const block of keyspace.entryBlocks(entry)) bytes += keyspace.arena.sizeOf(block);
      reply.integer(bytes);
    }
  },
});

const stats = command({
  ...base,
  name: "stats",
  summary: "Tells where memory goes.",
  differs: "figures of the arena, without those of jemalloc",
  complexity: "O(1)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const { keyspace } = server;
    const used = keyspace.arena.usedBytes;
    const databases = keyspace.databases.filter((database) => database.size > 0);
    const clients = server.clients.measure();
    const dataset = used - keyspace.baseBytes;
    const figures: Record<string, number> = {
      "peak.allocated": Math.max(server.stats.peakBytes, used),
      "total.allocated": used,
      "startup.allocated": keyspace.baseBytes,
      "replication.backlog": 0,
      "clients.slaves": 0,
      "clients.normal": clients,
      "cluster.links": 0,
      "aof.buffer": 0,
      "lua.caches": 0,
      "functions.caches": 0,
      "overhead.total": keyspace.baseBytes + clients,
      "keys.count": keyspace.size,
      "keys.bytes-per-key": keyspace.size === 0 ? 0 : Math.floor(dataset / keyspace.size),
      "dataset.bytes": dataset,
      "arena.committed": keyspace.arena.byteLength,
    };
    reply.map(Object.keys(figures).length + databases.length + 2);
    for (const [name, value] of Object.entries(figures)) {
      reply.bulkText(name);
      reply.integer(value);
    }
    for (const database of databases) {
      reply.bulkText(`db.${database.index}`);
      reply.map(2);
      reply.bulkText("overhead.hashtable.main");
      reply.integer(database.size * SLOT_BYTES);
      reply.bulkText("overhead.hashtable.expires");
      reply.integer(database.volatileSize * 4);
    }
    reply.bulkText("dataset.percentage");
    reply.double(used === 0 ? 0 : dataset * 100 / used);
    reply.bulkText("fragmentation");
    reply.double(used === 0 ? 1 : keyspace.arena.byteLength / used);
  },
});

const doctor = command({
  ...base,
  name: "doctor",
  summary: "Says in words whether something is wrong with memory.",
  differs: "the text",
  complexity: "O(1)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const { arena } = server.keyspace;
    const spare = arena.byteLength - arena.usedBytes;
    const isSparse = spare > 2 * arena.usedBytes && spare > 64 * 1024 * 1024;
    reply.verbatim(
      isSparse
        ? "The arena is mostly empty: it was larger once. What is free is used for new keys, but " +
          "does not go back to the system before the server restarts.\n"
        : "Nothing is wrong with memory.\n",
      "txt",
    );
  },
});

const purge = command({
  ...base,
  name: "purge",
  summary: "Gives free memory back to the system, as far as that is possible.",
  differs: "nothing to do: free memory serves new keys, and stays with the server",
  complexity: "O(1)",
  arity: 2,
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  run: ({ reply }) => reply.ok(),
});

const mallocStats = command({
  ...base,
  name: "malloc-stats",
  summary: "Shows the allocator's figures.",
  differs: "figures of the arena, not of jemalloc",
  complexity: "O(number of blocks)",
  arity: 2,
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  run({ reply, server }) {
    const { arena } = server.keyspace;
    reply.verbatim(
      `committed ${arena.byteLength}\nin use ${arena.usedBytes}\nblocks ${arena.liveBlocks}\n`,
      "txt",
    );
  },
});

const subcommands = [doctor, mallocStats, purge, stats, usage];

/** MEMORY: where memory goes. */
export const memory: CommandSpec = command({
  name: "memory",
  group: "server",
  summary: "Tells where memory goes.",
  since: "4.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("memory", "server", "4.0.0", subcommands)],
});
