/**
 * The client that repeats requests of the append-only file: it may do everything, never waits, and its replies are dropped.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import { Client } from "../clients/client.ts";
import type { Database } from "../keyspace/database.ts";
import type { Connection } from "../ports/connection.ts";

/** The connection of a client without a far end. */
export const NOWHERE: Connection = {
  remoteAddress: "",
  localAddress: "",
  isUnix: false,
  isLocal: true,
  pendingBytes: 0,
  send: () => {},
  drained: () => Promise.resolve(true),
  close: () => {},
};

/** Makes such a client, with `database` selected. `nowMs` is the time. */
export function replayingClient(acl: Acl, database: Database, nowMs: number): Client {
  const client = new Client(0, NOWHERE, database, nowMs, acl.makeUnrestricted());
  client.isReplay = true;
  client.mustNotBlock = true;
  return client;
}
