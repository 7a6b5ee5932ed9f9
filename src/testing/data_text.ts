/**
 * All data of a server as a text that people can read and that is the same whenever the data is: for snapshot tests.
 *
 *     db0
 *       cart (list, ttl 60000 ms)
 *         "apple"
 *       user:1 (hash)
 *         "name": "Ada"
 *
 * @module
 */
import type { Reply } from "../resp/reply_reader.ts";
import type { Session } from "../session/session.ts";

/** Writes the data of the databases that are not empty; "" if all are. */
export async function dumpText(session: Session): Promise<string> {
  const info = String(await session.call("INFO", "keyspace"));
  const databases = [...info.matchAll(/^db(\d+):/gm)].map(([, index]) => Number(index));
  const lines: string[] = [];
  for (const index of databases) {
    await session.call("SELECT", index);
    lines.push(`db${index}`);
    const keys = await session.call("KEYS", "*") as string[];
    for (const key of keys.sort()) lines.push(...await linesOf(session, key));
  }
  await session.call("SELECT", 0);
  return lines.join("\n");
}

async function linesOf(session: Session, key: string): Promise<string[]> {
  const type = String(await session.call("TYPE", key));
  const ttlMs = Number(await session.call("PTTL", key));
  const ttl = ttlMs < 0 ? "" : `, ttl ${ttlMs} ms`;
  const values = await valuesOf(session, key, type);
  return [`  ${shown(key).slice(1, -1)} (${type}${ttl})`, ...values.map((line) => `    ${line}`)];
}

/** The lines of a value; elements that have no order are sorted. */
async function valuesOf(session: Session, key: string, type: string): Promise<string[]> {
  const pairs = (reply: Reply) =>
    [...reply as Map<Reply, Reply>].map(([name, value]) => `${shown(name)}: ${shown(value)}`);
  switch (type) {
    case "string":
      return [shown(await session.call("GET", key))];
    case "list":
      return (await session.call("LRANGE", key, 0, -1) as Reply[]).map(shown);
    case "set":
      return [...await session.call("SMEMBERS", key) as Set<Reply>].map(shown).sort();
    case "hash":
      return pairs(await session.call("HGETALL", key)).sort();
    case "zset":
      return (await session.call("ZRANGE", key, 0, -1, "WITHSCORES") as [Reply, Reply][])
        .map(([member, score]) => `${shown(member)}: ${score}`);
    default: {
      const entries = await session.call("XRANGE", key, "-", "+") as [string, Reply[]][];
      return entries.map(([id, words]) => `${id} ${words.map(shown).join(" ")}`);
    }
  }
}

/** A string in quotes, with escapes for what cannot be printed. */
function shown(value: Reply): string {
  return JSON.stringify(String(value));
}
