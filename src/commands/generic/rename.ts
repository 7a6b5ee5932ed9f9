import type { Database } from "../../keyspace/database.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";

/** Renames the key of argument 1 to that of argument 2; whether it was done. */
function runRename(call: Call, mayReplace: boolean): boolean {
  const { args, db } = call;
  const entry = call.lookupForWrite(1);
  if (entry === 0) throw errors.noSuchKey;
  if (args.same(1, 2)) return mayReplace;
  const target = call.lookupForWrite(2);
  if (target !== 0 && !mayReplace) return false;
  // Deleted, not overwritten: the key that takes its place is a new one.
  if (target !== 0) db.delete(target);
  db.moveTo(entry, db, args.bytes, args.starts[2], args.lengths[2]);
  call.keyChanged(1, "generic", "rename_from");
  call.keyChanged(2, "generic", "rename_to", db, 0);
  return true;
}

/** RENAME: gives a key another name. */
export const rename: CommandSpec = command({
  name: "rename",
  group: "generic",
  summary: "Gives a key another name; a key that has that name is replaced.",
  since: "1.0.0",
  complexity: "O(1), and O(N) in the length of a string",
  arity: 3,
  flags: ["write"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("OW update", 2, 0, 1)],
  syntax: "key newkey",
  run(call) {
    runRename(call, true);
    call.reply.ok();
  },
});

/** RENAMENX: gives a key another name that no key has. */
export const renamenx: CommandSpec = command({
  name: "renamenx",
  group: "generic",
  summary: "Gives a key another name, only if no key has that name.",
  since: "1.0.0",
  complexity: "O(1), and O(N) in the length of a string",
  arity: 3,
  flags: ["write", "fast"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("OW insert", 2, 0, 1)],
  syntax: "key newkey",
  run(call) {
    call.reply.integer(runRename(call, false) ? 1 : 0);
  },
});

/** MOVE: moves a key to another database. */
export const move: CommandSpec = command({
  name: "move",
  group: "generic",
  summary: "Moves a key to another database, only if no key there has its name.",
  since: "1.0.0",
  complexity: "O(1), and O(N) in the length of a string",
  arity: 3,
  flags: ["write", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key db",
  run(call) {
    const { args, db, reply } = call;
    const target = call.database(2);
    if (target === db) throw errors.sameObject;
    const entry = call.lookupForWrite(1);
    if (entry === 0 || call.lookupForWrite(1, target) !== 0) {
      return reply.integer(0);
    }
    db.moveTo(entry, target, args.bytes, args.starts[1], args.lengths[1]);
    call.keyChanged(1, "generic", "move_from");
    call.keyChanged(1, "generic", "move_to", target, 0);
    reply.integer(1);
  },
});

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
    if (target === db && args.same(1, 2)) throw errors.sameObject;
    const entry = call.lookupForRead(1);
    const old = entry === 0 ? 0 : call.lookupForWrite(2, target);
    if (entry === 0 || old !== 0 && !mayReplace) return reply.integer(0);
    if (old !== 0) target.delete(old);
    db.copyTo(entry, target, args.bytes, args.starts[2], args.lengths[2]);
    call.keyChanged(2, "generic", "copy_to", target);
    reply.integer(1);
  },
});
