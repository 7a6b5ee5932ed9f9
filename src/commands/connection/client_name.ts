import type { Client } from "../../clients/client.ts";
import { err } from "../../command/errors.ts";

/** Whether a text may stand in a line of CLIENT LIST. */
export function isPrintable(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/** Throws if a client cannot have this name: CLIENT LIST could not show it. */
export function checkClientName(name: string): void {
  if (isPrintable(name)) return;
  throw err("Client names cannot contain spaces, newlines or special characters.");
}

/** Names a client; throws as {@link checkClientName}. */
export function setClientName(client: Client, name: string): void {
  checkClientName(name);
  client.name = name;
}
