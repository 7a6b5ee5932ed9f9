import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { idAt } from "./ids.ts";

/** XSETID: sets the last id and the other figures of a stream. */
export const xsetid: CommandSpec = command({
  name: "xsetid",
  group: "stream",
  summary: "Sets the last id of a stream, for replication.",
  since: "5.0.0",
  history: [
    {
      since: "7.0.0",
      change: "`ENTRIESADDED` and `MAXDELETEDID` set two more figures.",
      options: ["ENTRIESADDED", "MAXDELETEDID"],
      arityBefore: 3,
    },
  ],
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax: "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
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
    const stream = call.lookupForWrite(1, ValueType.Stream);
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
