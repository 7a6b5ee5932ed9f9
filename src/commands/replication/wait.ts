import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { deadlineOfMilliseconds } from "../shared/block_timeout.ts";

const TIPS = ["request_policy:all_shards", "response_policy:agg_min"];

/**
 * WAIT: waits until replicas have the client's changes. There are no replicas, so it waits for its timeout, as Redis 7.2 without replicas
 * does.
 */
export const wait: CommandSpec = command({
  name: "wait",
  group: "generic",
  summary: "Waits until so many replicas have the client's changes.",
  differs: "there is no replication: it waits in vain",
  since: "3.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: [],
  categories: ["connection"],
  isOutsideGroup: true,
  tips: TIPS,
  syntax: "numreplicas timeout",
  run(call) {
    const wanted = call.integer(1);
    const deadlineMs = deadlineOfMilliseconds(call, 2);
    const replyNone = (reply: ReplyWriter) => reply.integer(0);
    if (wanted > 0 && call.mayBlock) return call.waitUntil(deadlineMs, replyNone);
    replyNone(call.reply);
  },
});

/** WAITAOF: waits until the client's changes are safe on disk, here and on replicas. The local file is synced at once. */
export const waitaof: CommandSpec = command({
  name: "waitaof",
  group: "generic",
  summary: "Waits until the client's changes are safe on disk, here and on so many replicas.",
  differs: "there is no replication: for replicas it waits in vain",
  since: "7.2.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["noscript"],
  categories: ["connection"],
  isOutsideGroup: true,
  tips: TIPS,
  syntax: "numlocal numreplicas timeout",
  run(call) {
    const { reply, server } = call;
    const local = call.integer(1);
    if (local < 0 || local > 1) {
      throw err("value is out of range, value must between 0 and 1");
    }
    const replicas = call.integer(2);
    if (replicas < 0) throw errors.notPositive;
    const deadlineMs = deadlineOfMilliseconds(call, 3);
    if (local > 0 && !server.config.flag("appendonly")) {
      throw err("WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    }
    const isSafe = server.persistence.isAppendedSafely(local > 0);
    const replySafety = (reply: ReplyWriter) => {
      reply.array(2);
      reply.integer(server.persistence.isAppendedSafely(false) ? 1 : 0);
      reply.integer(0);
    };
    const mustWait = replicas > 0 || local > 0 && !isSafe;
    if (mustWait && call.mayBlock) return call.waitUntil(deadlineMs, replySafety);
    replySafety(reply);
  },
});
