/**
 * Data of a test as plain values of the language, or as JSON, turned into the requests that store it.
 *
 *     "text", 5, bytes                 string            { name: "Ada" }              hash
 *     ["a", "b"]                       list              [{ temperature: 21 }, ...]   stream
 *     new Set(["a"])                   set               new Map([["ada", 5]])        sorted set, with scores
 *
 * JSON has no sets and maps: there `{ "$set": ["a"] }` and `{ "$zset": { "ada": 5 } }` stand for them. `{ "$value": ..., "$ttl": 60 }` adds a
 * TTL in seconds to any value.
 *
 * @module
 */
import type { Word } from "../session/session.ts";

/** The value of a key. */
export type SeedValue =
  | Word
  | readonly Word[]
  | readonly SeedFields[]
  | ReadonlySet<Word>
  | ReadonlyMap<Word, number>
  | SeedFields
  | { readonly $set: readonly Word[] }
  | { readonly $zset: Readonly<Record<string, number>> }
  | { readonly $value: SeedValue; readonly $ttl: number };

/** The fields of a hash or of an entry of a stream. */
export interface SeedFields {
  readonly [field: string]: Word;
}

/** Values by key. */
export type SeedData = Readonly<Record<string, SeedValue>>;

/** The requests that store a value under a key, in place of what it holds. Throws a `TypeError` if the value is empty or of another kind. */
export function seedRequests(key: string, value: SeedValue): Word[][] {
  const requests = storing(key, value);
  if (requests.length === 0) throw new TypeError(`Cannot seed '${key}': the value is empty`);
  return [["DEL", key], ...requests];
}

function storing(key: string, value: SeedValue): Word[][] {
  if (isWord(value)) return [["SET", key, value]];
  if (value instanceof Set) return many("SADD", key, [...value]);
  if (value instanceof Map) {
    return many("ZADD", key, [...value].flatMap(([m, score]) => [score, m]));
  }
  if (Array.isArray(value)) return storingList(key, value);
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot seed '${key}': ${String(value)} is no value of a key`);
  }
  if ("$value" in value) {
    const { $value, $ttl } = value as { $value: SeedValue; $ttl: number };
    return [...storing(key, $value), ["PEXPIRE", key, Math.round($ttl * 1000)]];
  }
  if ("$set" in value) return many("SADD", key, value.$set as readonly Word[]);
  if ("$zset" in value) {
    return storing(key, new Map(Object.entries(value.$zset as Record<string, number>)));
  }
  return many("HSET", key, Object.entries(value as SeedFields).flat());
}

function storingList(key: string, list: readonly Word[] | readonly SeedFields[]): Word[][] {
  const elements = list.filter(isWord);
  if (elements.length === list.length) return many("RPUSH", key, elements);
  if (elements.length > 0) {
    throw new TypeError(`Cannot seed '${key}': a list has elements, a stream has entries`);
  }
  return (list as readonly SeedFields[]).map((fields) => [
    ...["XADD", key, "*"],
    ...Object.entries(fields).flat(),
  ]);
}

/** One request with these words, or none if there are none. */
function many(command: string, key: string, words: readonly Word[]): Word[][] {
  return words.length === 0 ? [] : [[command, key, ...words]];
}

function isWord(value: unknown): value is Word {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ||
    value instanceof Uint8Array;
}
