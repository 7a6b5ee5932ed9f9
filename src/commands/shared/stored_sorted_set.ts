/**
 * Storing a result as a sorted set: the common part of ZRANGESTORE, ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE, GEOSEARCHSTORE and GEORADIUS.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { ScoreTable } from "../../keyspace/score_table.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import { storeResult } from "./stored_result.ts";

/** Calls `use` with a new table of members with scores, and frees the table afterwards. */
export function withScoreTable(call: Call, use: (table: ScoreTable) => void): undefined {
  const table = new ScoreTable(call.keyspace);
  try {
    use(table);
  } finally {
    table.destroy();
  }
}

/** Adds a member of a sorted set to a table that does not have the member. */
export function addMember(
  call: Call,
  table: ScoreTable,
  entry: Address,
  handle: ScoredHandle,
  score: number,
): void {
  const { hasher, sortedSets } = call.keyspace;
  const member = sortedSets.member(entry, handle);
  const hash = hasher.hash(member.bytes, member.start, member.length);
  table.add(member, hash, score, (_, score) => score);
}

/**
 * Replaces the key in argument `i` by a sorted set of the table's members, or deletes it if there are none; replies with their number.
 * `changes` is how much a store adds to the changes since the last save.
 */
export function storeTable(
  call: Call,
  i: number,
  event: string,
  table: ScoreTable,
  changes = 1,
): undefined {
  return storeResult(call, i, {
    ...{ count: table.count, eventClass: "sorted-set", event, changes },
    store: () => table.become(call.db, call.key(i)),
  });
}
