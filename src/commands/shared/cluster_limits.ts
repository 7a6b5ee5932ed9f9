/**
 * What a node of a cluster does not do: it has only one database, and its replicas follow from the cluster.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";

/** Throws an error with this message on the node of a cluster. */
export function mustBeAlone({ server }: Call, message: string): void {
  if (server.cluster !== undefined) throw err(message);
}
