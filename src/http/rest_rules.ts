/**
 * Which commands HTTP does not run, because they are about a connection, which a request of HTTP does not have, or because they wait.
 *
 * @module
 */
import type { CommandTable } from "../command/command_table.ts";
import { Flag } from "../command/command_flags.ts";
import { HttpError } from "./http_error.ts";
import { textOf } from "./request_url.ts";
import type { Words } from "./request_words.ts";

/** They change the state of a connection or take it over; `post` and `host:` would be taken for an attack (see `cross_protocol.ts`). */
const OF_CONNECTIONS: ReadonlySet<string> = setOf(
  "asking auth discard exec hello host: monitor multi post psubscribe psync punsubscribe quit",
  "readonly readwrite replconf reset select ssubscribe subscribe sunsubscribe sync unsubscribe",
  "unwatch wait waitaof watch",
);
/** Subcommands of CLIENT that are about all clients. */
const OF_ALL_CLIENTS: ReadonlySet<string> = setOf(
  "getname help id info kill list pause unblock unpause",
);
/** They have the flag of those that wait, and wait only with the option BLOCK. */
const MAY_WAIT: ReadonlySet<string> = setOf("xread xreadgroup");

/** Throws an {@link HttpError} if a request cannot be run by HTTP. */
export function mustRun(commands: CommandTable, words: Words): void {
  const name = wordAt(words, 0);
  const isOfOneClient = name === "client" && words.length > 1 &&
    !OF_ALL_CLIENTS.has(wordAt(words, 1));
  if (OF_CONNECTIONS.has(name) || isOfOneClient || waits(commands, name, words)) {
    throw new HttpError(400, `ERR Command is not available over HTTP: '${name.toUpperCase()}'`);
  }
}

function waits(commands: CommandTable, name: string, words: Words): boolean {
  const command = commands.byName(name);
  if (command === undefined || (command.flags & Flag.blocking) === 0) return false;
  if (!MAY_WAIT.has(name)) return true;
  // Behind GROUP stand two names, which may be any word.
  for (let i = name === "xreadgroup" ? 4 : 1; i < words.length; i++) {
    const word = wordAt(words, i);
    if (word === "block" || word === "streams") return word === "block";
  }
  return false;
}

/** A word as a text in lower case. */
function wordAt(words: Words, i: number): string {
  const word = words[i];
  // No name is longer, and a value may be long.
  const text = typeof word === "string" ? word : textOf(word.subarray(0, 64));
  return text.toLowerCase();
}

function setOf(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.join(" ").split(" "));
}
