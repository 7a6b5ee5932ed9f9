/**
 * A client of nobody: for tests of one part of a server, without the server.
 *
 * @module
 */
import { Acl } from "../../src/acl/acl.ts";
import type { User } from "../../src/acl/user.ts";
import { Client } from "../../src/clients/client.ts";
import { AclCatalog } from "../../src/command/acl_catalog.ts";
import { CommandTable } from "../../src/command/command_table.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { SeededRandom } from "../../src/lib/random.ts";

/** The rights of users over all commands. */
export function newAcl(): Acl {
  return new Acl(new AclCatalog(new CommandTable(commandSpecs)));
}

/** An empty keyspace. */
export function newKeyspace(): Keyspace {
  return new Keyspace(2, new SeededRandom(1));
}

/** A client with output that it has not read, in bytes. */
export function fakeClient(id: number, keyspace: Keyspace, user: User, pendingBytes = 0): Client {
  const connection = {
    remoteAddress: `127.0.0.1:${id}`,
    localAddress: "127.0.0.1:1",
    isUnix: false,
    isLocal: true,
    pendingBytes,
    send: () => {},
    drained: () => Promise.resolve(true),
    close: () => {},
  };
  const client = new Client(id, connection, keyspace.databases[0], 0, user);
  client.outputAtTick = pendingBytes;
  return client;
}
