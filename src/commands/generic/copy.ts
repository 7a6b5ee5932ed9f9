import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";
import { mustHaveRoomForCopies } from "../shared/room.ts";
import type { Database } from "../../keyspace/database.ts";

/** COPY: copies a value to another key. */
export const copy: CommandSpec = command({
  name: "copy",
  group: "generic",
  summary: "Copies the value of a key, with its TTL, to another key.",
  since: "6.2.0",
  complexity: "O(N) in the size of the value",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keyRange("RO access", 1, 0, 1), keyRange("OW update", 2, 0, 1)],
  syntax: "source destination [DB destination-db] [REPLACE]",
  run(call) {
    const { args, db, reply } = call;
    let target: Database = db;
    let mayReplace = false;
    for (let i = 3; i < args.count; i++) {
      if (args.is(i, "REPLACE")) mayReplace = true;
      else if (args.is(i, "DB") && i + 1 < args.count) {
        target = call.database(++i);
      } else throw errors.syntax;
    }
    if (target.index !== 0) {
      mustBeAlone(call, "Copying to another database is not allowed in cluster mode");
    }
    if (target === db && args.same(1, 2)) throw errors.sameObject;
    const entry = call.lookupForRead(1);
    const old = entry === 0 ? 0 : call.lookupIn(target, 2);
    if (entry === 0 || old !== 0 && !mayReplace) return reply.integer(0);
    mustHaveRoomForCopies(call, [entry]);
    db.copyTo(entry, target, args.bytes, args.starts[2], args.lengths[2]);
    call.keyChangedIn(target, 2, "generic", "copy_to");
    reply.integer(1);
  },
});
