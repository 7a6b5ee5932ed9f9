/**
 * Requests that change data, by chance but without leaving anything to chance: run again they have the same effect.
 *
 * @module
 */
import type { SeededRandom } from "../../src/lib/random.ts";

const KEYS = 12;

/** A request on one of a few keys of every type. Some fail, as some of a real client's do. */
export function randomWrite(random: SeededRandom): string[] {
  const key = () => `key:${random.below(KEYS)}`;
  const word = () => `word:${random.below(30)}`;
  const number = () => String(random.below(1000));
  const requests: (() => string[])[] = [
    () => ["SET", key(), word()],
    () => ["SET", key(), "x".repeat(random.below(400)), "EX", "100000"],
    () => ["GETSET", key(), word()],
    () => ["GETDEL", key()],
    () => ["GETEX", key(), "EX", "200000"],
    () => ["APPEND", key(), word()],
    () => ["INCRBY", key(), number()],
    () => ["INCRBYFLOAT", key(), "1.25"],
    () => ["SETBIT", key(), number(), "1"],
    () => ["HSET", key(), word(), word(), word(), "x".repeat(random.below(90))],
    () => ["HINCRBYFLOAT", key(), word(), "0.5"],
    () => ["HDEL", key(), word(), word()],
    () => ["RPUSH", key(), word(), "y".repeat(random.below(300))],
    () => ["LPOP", key(), "2"],
    () => ["LMPOP", "2", key(), key(), "LEFT", "COUNT", "3"],
    () => ["LMOVE", key(), key(), "LEFT", "RIGHT"],
    () => ["SADD", key(), word(), number()],
    () => ["SREM", key(), word()],
    () => ["SUNIONSTORE", key(), key(), key()],
    () => ["ZADD", key(), number(), word()],
    () => ["GEOADD", key(), "13.5", "38.25", word()],
    () => ["ZMPOP", "1", key(), "MIN"],
    () => ["ZRANGESTORE", key(), key(), "0", "3"],
    () => ["XADD", key(), "MAXLEN", "~", "5", "*", word(), word()],
    () => ["XADD", key(), "*", word(), "z".repeat(random.below(200))],
    () => ["XTRIM", key(), "MAXLEN", "3"],
    () => ["XGROUP", "CREATE", key(), "group", "0"],
    () => ["XREADGROUP", "GROUP", "group", "me", "COUNT", "2", "STREAMS", key(), ">"],
    () => ["PFADD", key(), word(), number()],
    () => ["DEL", key()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["COPY", key(), key(), "DB", String(random.below(3)), "REPLACE"],
    () => ["MOVE", key(), String(random.below(3))],
    () => ["EXPIRE", key(), "300000"],
    () => ["PERSIST", key()],
    () => ["SORT", key(), "ALPHA", "STORE", key()],
    () => ["SELECT", String(random.below(3))],
    () => ["SWAPDB", "0", String(random.below(3))],
  ];
  if (random.below(200) === 0) return random.below(2) === 0 ? ["FLUSHALL"] : ["FLUSHDB"];
  return requests[random.below(requests.length)]();
}

/** What belongs together: a request, or now and then a transaction. */
export function randomUnit(random: SeededRandom): string[][] {
  if (random.below(6) > 0) return [randomWrite(random)];
  const requests = Array.from({ length: 1 + random.below(5) }, () => randomWrite(random));
  return [["MULTI"], ...requests, ["EXEC"]];
}
