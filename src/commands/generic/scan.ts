import type { Address } from "../../arena/memory.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { parseScan } from "../shared/scan_elements.ts";
import { keyMatches, replyKey } from "./found_key.ts";

/** SCAN: walks the keys, a few at a time. */
export const scan: CommandSpec = command({
  name: "scan",
  group: "generic",
  summary: "Walks all keys a few at a time; a key that is there throughout is returned.",
  since: "2.8.0",
  history: [
    { since: "6.0.0", change: "`TYPE` chooses keys.", options: ["TYPE"] },
  ],
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -2,
  flags: ["readonly"],
  tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
  syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
  run(call) {
    const { args, db, reply } = call;
    let type: string | undefined;
    const { cursor, count, pattern } = parseScan(call, 1, (i) => {
      if (!args.is(i, "TYPE") || i + 1 === args.count) return 0;
      type = args.cText(i + 1).toLowerCase();
      return 2;
    });
    const expired: Address[] = [];
    const found: Address[] = [];
    const next = db.scan(cursor, count, (entry) => {
      if (pattern !== undefined && !keyMatches(call, entry, pattern)) return;
      if (db.isExpired(entry)) expired.push(entry);
      else if (type === undefined || call.keyspace.operations(entry).typeName === type) {
        found.push(entry);
      }
    });
    for (const entry of expired) db.expire(entry);
    reply.array(2);
    reply.bulkText(String(next));
    reply.array(found.length);
    for (const entry of found) replyKey(call, entry);
  },
});
