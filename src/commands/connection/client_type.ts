import type { Client } from "../../core/client.ts";
import { err } from "../errors.ts";

/** The types of clients that CLIENT LIST and CLIENT KILL tell apart. */
export type ClientType = "normal" | "master" | "replica" | "pubsub";

/** The type that a word names; throws if none. */
export function checkClientType(word: string): ClientType {
  const type = word.toLowerCase().replace("slave", "replica");
  if (type === "normal" || type === "master" || type === "replica" || type === "pubsub") {
    return type;
  }
  throw err(`Unknown client type '${word}'`);
}

/** Whether a client is of a type. Replicas and subscribers do not exist yet, so all are normal. */
export function matchesType(_client: Client, type: ClientType): boolean {
  return type === "normal";
}
