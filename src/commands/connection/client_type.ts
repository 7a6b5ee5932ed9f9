import type { Client } from "../../clients/client.ts";
import { err } from "../../command/errors.ts";

/** The types of clients that CLIENT LIST and CLIENT KILL tell apart. */
export type ClientType = "normal" | "master" | "replica" | "pubsub";

/** The type that a word names; throws if it names none. */
export function checkClientType(word: string): ClientType {
  const type = word.toLowerCase().replace("slave", "replica");
  if (type === "normal" || type === "master" || type === "replica" || type === "pubsub") {
    return type;
  }
  throw err(`Unknown client type '${word}'`);
}

/** Whether a client is of a type. */
export function matchesType(client: Client, type: ClientType): boolean {
  if (client.upstream !== undefined) return type === "master";
  if (client.isReplica) return type === "replica";
  return type === (client.isSubscriber ? "pubsub" : "normal");
}
