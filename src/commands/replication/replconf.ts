import { ReplicaState } from "../../clients/replica_state.ts";
import type { AdminCall } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { latin1 } from "../../lib/bytes.ts";
import { splitWords } from "../../lib/quoted_words.ts";

const LONGEST_ADDRESS = 256;

/** Takes an option; argument `i` is its value. An option that gets no reply of its own, because it may come at any time, returns "silent". */
type Option = (call: AdminCall, i: number, replica: ReplicaState) => "silent" | undefined;

const OPTIONS: Readonly<Record<string, Option>> = {
  "listening-port"(call, i, replica) {
    replica.port = call.integer(i);
  },
  "ip-address"({ args }, i, replica) {
    if (args.lengths[i] >= LONGEST_ADDRESS) {
      throw err(
        `REPLCONF ip-address provided by replica instance is too long: ${args.lengths[i]} bytes`,
      );
    }
    replica.address = args.text(i);
  },
  capa({ args }, i, replica) {
    // What is not known here does not matter.
    if (args.is(i, "EOF")) replica.takesEndMark = true;
    else if (args.is(i, "PSYNC2")) replica.takesNewId = true;
  },
  ack({ args, client, server }, i) {
    const offset = args.integer(i);
    if (Number.isNaN(offset)) return "silent";
    const hasFileOffset = args.count > i + 2 && args.is(i + 1, "FACK");
    const fileOffset = hasFileOffset ? args.integer(i + 2) : NaN;
    server.replication.acknowledge(
      client,
      offset,
      Number.isNaN(fileOffset) ? undefined : fileOffset,
    );
    return "silent";
  },
  getack({ server }) {
    server.following.acknowledge();
    return "silent";
  },
  "rdb-only"(call, i, replica) {
    const value = call.integer(i);
    if (value < 0 || value > 1) throw err("value is out of range, value must between 0 and 1");
    replica.wantsSnapshotOnly = value === 1;
  },
  "rdb-filter-only"({ args }, i, replica) {
    const words = splitWords(args.copy(i));
    if (words === undefined) throw err("Missing rdb-filter-only values");
    replica.withoutData = replica.withoutFunctions = true;
    for (const word of words.map((word) => latin1(word, 0, word.length))) {
      if (word.toLowerCase() !== "functions") {
        throw err(`Unsupported rdb-filter-only option: ${word}`);
      }
      replica.withoutFunctions = false;
    }
  },
};

/** REPLCONF: by it replicas and primaries tell each other what they can do and how far they are. */
export const replconf: CommandSpec = adminCommand({
  name: "replconf",
  group: "server",
  summary: "Tells what a replica can do, or how far it is.",
  since: "3.0.0",
  isInternal: true,
  complexity: "O(1)",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "allow_busy"],
  run(call) {
    const { args, client, reply } = call;
    if (args.count % 2 === 0) throw errors.syntax;
    for (let i = 1; i < args.count; i += 2) {
      const option = OPTIONS[args.text(i).toLowerCase()];
      if (option === undefined) throw err(`Unrecognized REPLCONF option: ${args.text(i)}`);
      client.replica ??= new ReplicaState();
      if (option(call, i + 1, client.replica) === "silent") return;
    }
    reply.ok();
  },
});
