import type { Client } from "../../clients/client.ts";
import type { AdminCall } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { checkClientType, matchesType } from "./client_type.ts";

/** Closes a client. A client that closes itself gets its reply first. */
function kill(call: AdminCall, victim: Client): void {
  if (victim === call.client) victim.closesAfterReply = true;
  else victim.close();
}

type Filter = (client: Client) => boolean;

/** Reads the filters from argument 2 on. All must match; of several filters of a kind only the last counts. */
function parseFilters(call: AdminCall): readonly Filter[] {
  const { args } = call;
  const filters = new Map<string, Filter>();
  let skipsSelf = true;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) throw errors.syntax;
    const value = args.text(i + 1);
    if (args.is(i, "ID")) {
      const id = call.integer(i + 1, err("client-id should be greater than 0"));
      if (id < 1) throw err("client-id should be greater than 0");
      filters.set("id", (client) => client.id === id);
    } else if (args.is(i, "TYPE")) {
      const type = checkClientType(value);
      filters.set("type", (client) => matchesType(client, type));
    } else if (args.is(i, "ADDR")) {
      filters.set("addr", (client) => client.connection.remoteAddress === value);
    } else if (args.is(i, "LADDR")) {
      filters.set("laddr", (client) => client.connection.localAddress === value);
    } else if (args.is(i, "USER")) {
      if (call.server.acl.get(value) === undefined) throw err(`No such user '${value}'`);
      filters.set("user", (client) => client.user.name === value);
    } else if (args.is(i, "SKIPME")) {
      if (!args.is(i + 1, "YES") && !args.is(i + 1, "NO")) throw errors.syntax;
      skipsSelf = args.is(i + 1, "YES");
    } else {
      throw errors.syntax;
    }
  }
  if (skipsSelf) filters.set("skipme", (client) => client !== call.client);
  return [...filters.values()];
}

/** CLIENT KILL: closes the connections of other clients. */
export const clientKill: CommandSpec = adminCommand({
  name: "kill",
  group: "connection",
  summary: "Closes the connection with an address, or all that match some filters.",
  since: "2.4.0",
  history: [
    { since: "2.8.12", change: "Takes filters as well as an address." },
    { since: "2.8.12", change: "`ID` is a filter.", options: ["ID"] },
    { since: "3.2.0", change: "`TYPE` may be `master`." },
    { since: "5.0.0", change: "`TYPE` may be `replica`, which is what `slave` means." },
    { since: "6.2.0", change: "`LADDR` is a filter.", options: ["LADDR"] },
  ],
  complexity: "O(N) where N is the number of clients",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "<ip:port | [ID client-id] [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [USER username] " +
    "[ADDR ip:port] [LADDR ip:port] [SKIPME yes/no]>",
  run(call) {
    const { args, reply, server } = call;
    if (args.count === 3) {
      const address = args.text(2);
      const victim = [...server.clients].find((c) => c.connection.remoteAddress === address);
      if (victim === undefined) throw err("No such client");
      kill(call, victim);
      return reply.ok();
    }
    const filters = parseFilters(call);
    const victims = [...server.clients].filter((c) => filters.every((holds) => holds(c)));
    for (const victim of victims) kill(call, victim);
    reply.integer(victims.length);
  },
});
