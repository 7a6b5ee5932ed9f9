/**
 * Requests that change data of all types at random, for tests in which everything changes while something else goes on.
 *
 * @module
 */
import type { RandomSource } from "../../src/lib/random.ts";

/** A deadline that no test lives to see, in milliseconds since 1970. */
const FAR_MS = String(Date.UTC(2200, 0, 1));

/** A request that changes something, by chance: of all types, and of some of so many keys. */
export function randomChange(random: RandomSource, keys: number): string[] {
  const key = () => `key:${random.below(keys)}`;
  const word = () => `word:${random.below(50)}`;
  const number = () => String(random.below(1000));
  const requests: (() => string[])[] = [
    () => ["SET", key(), word()],
    () => ["SET", key(), word(), "PXAT", FAR_MS],
    () => ["APPEND", key(), word()],
    () => ["INCR", key()],
    () => ["SETRANGE", key(), number(), word()],
    () => ["SETBIT", key(), number(), "1"],
    () => ["HSET", key(), word(), word(), word(), "x".repeat(random.below(90))],
    () => ["HDEL", key(), word()],
    () => ["HINCRBY", key(), word(), "3"],
    () => ["HEXPIRE", key(), "100000", "FIELDS", "1", word()],
    () => ["RPUSH", key(), word(), "y".repeat(random.below(300))],
    () => ["LPUSH", key(), word()],
    () => ["LSET", key(), "0", word()],
    () => ["LPOP", key()],
    () => ["LMOVE", key(), key(), "LEFT", "RIGHT"],
    () => ["SADD", key(), word(), number()],
    () => ["SREM", key(), word()],
    () => ["SPOP", key()],
    () => ["SMOVE", key(), key(), word()],
    () => ["ZADD", key(), number(), word()],
    () => ["ZINCRBY", key(), "2", word()],
    () => ["ZPOPMIN", key()],
    () => ["ZUNIONSTORE", key(), "2", key(), key()],
    () => ["SUNIONSTORE", key(), key(), key()],
    () => ["SORT", key(), "ALPHA", "STORE", key()],
    () => ["XADD", key(), "*", word(), word()],
    () => ["XGROUP", "CREATE", key(), word(), "0"],
    () => ["XREADGROUP", "GROUP", word(), "me", "STREAMS", key(), ">"],
    () => ["XTRIM", key(), "MAXLEN", "3"],
    () => ["PFADD", key(), word()],
    () => ["PFCOUNT", key()],
    () => ["DEL", key(), key()],
    () => ["UNLINK", key()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["COPY", key(), key(), "DB", String(random.below(3)), "REPLACE"],
    () => ["MOVE", key(), String(random.below(3))],
    () => ["EXPIRE", key(), "100000"],
    () => ["EXPIRE", key(), "-1"],
    () => ["PERSIST", key()],
    () => ["GETDEL", key()],
    () => ["GETEX", key(), "EX", "100000"],
    () => ["SELECT", String(random.below(3))],
    () => ["MSET", key(), word(), key(), word()],
  ];
  return requests[random.below(requests.length)]();
}
