import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { deadlineOfMilliseconds } from "../shared/block_timeout.ts";

const TIPS = ["request_policy:all_shards", "response_policy:agg_min"];

const noFile = err("WAITAOF cannot be used when numlocal is set but appendonly is disabled.");

/** WAIT: waits until replicas have the client's changes. */
export const wait: CommandSpec = command({
  name: "wait",
  group: "generic",
  summary: "Waits until so many replicas have the client's changes.",
  since: "3.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: [],
  categories: ["connection"],
  isOutsideGroup: true,
  tips: TIPS,
  syntax: "numreplicas timeout",
  run(call) {
    const { client, reply, server: { replication } } = call;
    if (replication.role === "slave") {
      throw err(
        "WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a " +
          "replica is configured to be writable (which is not the default) writes to replicas are " +
          "just local and are not propagated.",
      );
    }
    const wanted = call.integer(1);
    const deadlineMs = deadlineOfMilliseconds(call, 2);
    const offset = client.changesOffset;
    const count = () => replication.countAcknowledged(offset, false);
    const replyCount = (reply: ReplyWriter) => reply.integer(count());
    if (count() >= wanted || !call.mayBlock) return replyCount(reply);
    call.waitUntil(deadlineMs, replyCount);
    replication.waitForReplicas(client, () => count() >= wanted, replyCount);
  },
});

/** WAITAOF: waits until the client's changes are safe on disk, here and on replicas. The local file is synced at once. */
export const waitaof: CommandSpec = command({
  name: "waitaof",
  group: "generic",
  summary: "Waits until the client's changes are safe on disk, here and on so many replicas.",
  differs: "the file here is synced at once, whatever `appendfsync` says",
  since: "7.2.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["noscript"],
  categories: ["connection"],
  isOutsideGroup: true,
  tips: TIPS,
  syntax: "numlocal numreplicas timeout",
  run(call) {
    const { client, reply, server: { config, persistence, replication } } = call;
    const local = call.integer(1);
    if (local < 0 || local > 1) {
      throw err("value is out of range, value must between 0 and 1");
    }
    const replicas = call.args.integer(2);
    if (!(replicas >= 0)) throw errors.notPositive;
    const deadlineMs = deadlineOfMilliseconds(call, 3);
    if (replication.role === "slave") {
      throw err(
        "WAITAOF cannot be used with replica instances. Please also note that writes to replicas " +
          "are just local and are not propagated.",
      );
    }
    const lacksFile = () => local > 0 && !config.flag("appendonly");
    if (lacksFile()) throw noFile;
    const offset = client.changesOffset;
    const count = () => replication.countAcknowledged(offset, true);
    const isSafe = persistence.isAppendedSafely(local > 0);
    const replySafety = (reply: ReplyWriter) => {
      // The file may have been turned off while the client waited.
      if (lacksFile()) throw noFile;
      reply.array(2);
      reply.integer(persistence.isAppendedSafely(false) ? 1 : 0);
      return reply.integer(count());
    };
    const mustWait = count() < replicas || local > 0 && !isSafe;
    if (!mustWait || !call.mayBlock) return replySafety(reply);
    call.waitUntil(deadlineMs, replySafety);
    const isOver = () =>
      lacksFile() || count() >= replicas && (local === 0 || persistence.isAppendedSafely(true));
    replication.waitForReplicas(client, isOver, replySafety);
  },
});
