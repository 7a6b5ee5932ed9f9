import { StreamId } from "../../encodings/stream_id.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { idAt } from "./ids.ts";
import { exactTrimWords, parseTrimOptions } from "./trim_options.ts";

/** XDEL: removes entries. */
export const xdel: CommandSpec = command({
  name: "xdel",
  group: "stream",
  summary: "Removes entries of a stream by their ids.",
  since: "5.0.0",
  complexity: "O(log(N)) for each id, where N is the number of nodes",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key id [id ...]",
  run(call) {
    const { args, db, reply } = call;
    const { streams } = call.server.keyspace;
    const stream = call.lookupStreamForWrite(1);
    if (stream === 0) return reply.integer(0);
    const ids: StreamId[] = [];
    for (let i = 2; i < args.count; i++) ids.push(idAt(call, i));
    const removed = ids.filter((id) => streams.remove(stream, id)).length;
    if (removed > 0) call.keyChanged(1, "stream", "xdel", db, removed);
    reply.integer(removed);
  },
});

/** XTRIM: removes entries from the start. */
export const xtrim: CommandSpec = command({
  name: "xtrim",
  group: "stream",
  summary: "Removes entries from the start of a stream, down to a length or up to an id.",
  since: "5.0.0",
  complexity: "O(N) where N is the number of entries removed",
  arity: -4,
  flags: ["write"],
  keys: oneKey("RW delete"),
  tips: ["nondeterministic_output"],
  syntax: "key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]",
  run(call) {
    const { db, reply } = call;
    const trim = parseTrimOptions(call, () => {
      throw errors.syntax;
    });
    const { target } = trim;
    if (target === undefined) {
      throw err("syntax error, XTRIM must be called with a trimming strategy");
    }
    const stream = call.lookupStreamForWrite(1);
    if (stream === 0) return reply.integer(0);
    const removed = call.server.keyspace.streams.trim(stream, target);
    if (removed > 0) {
      call.keyChanged(1, "stream", "xtrim", db, removed);
      if (call.isPropagated) call.propagateAs(...exactTrimWords(call, trim, stream));
    }
    reply.integer(removed);
  },
});

/** XSETID: sets what a stream knows of its past. */
export const xsetid: CommandSpec = command({
  name: "xsetid",
  group: "stream",
  summary: "Sets the last id of a stream, for replication.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax: "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.server.keyspace;
    const lastId = idAt(call, 2);
    let entriesAdded: number | undefined;
    let maxDeletedId: StreamId | undefined;
    for (let i = 3; i < args.count; i += 2) {
      if (i + 1 === args.count) throw errors.syntax;
      if (args.is(i, "ENTRIESADDED")) {
        entriesAdded = call.integer(i + 1);
        if (entriesAdded < 0) throw err("entries_added must be positive");
      } else if (args.is(i, "MAXDELETEDID")) {
        maxDeletedId = idAt(call, i + 1);
        if (lastId.compare(maxDeletedId) < 0) {
          throw err(
            "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
          );
        }
      } else throw errors.syntax;
    }
    const stream = call.lookupStreamForWrite(1);
    if (stream === 0) throw errors.noSuchKey;
    if (lastId.compare(streams.maxDeletedId(stream)) < 0) {
      throw err("The ID specified in XSETID is smaller than current max_deleted_entry_id");
    }
    if (streams.count(stream) > 0) {
      if (lastId.compare(streams.lastLiveId(stream)) < 0) {
        throw err("The ID specified in XSETID is smaller than the target stream top item");
      }
      if (entriesAdded !== undefined && streams.count(stream) > entriesAdded) {
        throw err("The entries_added specified in XSETID is smaller than the target stream length");
      }
    }
    const isZero = maxDeletedId?.isZero ?? true;
    streams.setFigures(stream, {
      lastId,
      ...(entriesAdded === undefined ? {} : { entriesAdded }),
      ...(isZero ? {} : { maxDeletedId: maxDeletedId! }),
    });
    call.keyChanged(1, "stream", "xsetid");
    reply.ok();
  },
});
