import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

/** Renames the key in argument 1 to that in argument 2; returns whether it did. */
function runRename(call: Call, mayReplace: boolean): boolean {
  const { args, db } = call;
  const entry = call.lookupForWrite(1);
  if (entry === 0) throw errors.noSuchKey;
  if (args.same(1, 2)) return mayReplace;
  const target = call.lookupForWrite(2);
  if (target !== 0 && !mayReplace) return false;
  db.moveTo(entry, db, args.bytes, args.starts[2], args.lengths[2]);
  call.keyChanged(1, "generic", "rename_from");
  call.keyChanged(2, "generic", "rename_to", 0);
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
  history: [
    { since: "3.2.0", change: "A key may be given its own name." },
  ],
  complexity: "O(1), and O(N) in the length of a string",
  arity: 3,
  flags: ["write", "fast"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("OW insert", 2, 0, 1)],
  syntax: "key newkey",
  run(call) {
    call.reply.integer(runRename(call, false) ? 1 : 0);
  },
});
