import type { Client } from "../../core/client.ts";
import { err } from "../errors.ts";

/** Whether a text may stand in a line of CLIENT LIST. */
export function isPrintable(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/** Names a client; throws if the name has characters that CLIENT LIST could not show. */
export function setClientName(client: Client, name: string): void {
  if (!isPrintable(name)) {
    throw err("Client names cannot contain spaces, newlines or special characters.");
  }
  client.name = name;
}
