import { REDIS_VERSION } from "../../lib/version.ts";
import type { AdminCall } from "../../command/call.ts";
import { err, errors, ReplyError } from "../../command/errors.ts";
import { wordsBehind, wordsFrom } from "../../command/secrets.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { checkClientName } from "./client_name.ts";

const NO_PASSWORD =
  "AUTH <password> called without any password configured for the default user. " +
  "Are you sure your configuration is correct?";
const HELLO_NEEDS_AUTH = "NOAUTH HELLO must be called with the client already authenticated, " +
  "otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client " +
  "and select the RESP protocol version at the same time";

/** Authenticates the client as a user; throws if the password is wrong. */
function authenticate({ args, client, server }: AdminCall, name: string, password: string): void {
  const user = server.acl.authenticate(name, password);
  if (user === undefined) {
    server.users.noteRefusal(client, "auth", args.text(0), name);
    throw errors.wrongPass;
  }
  client.become(user, true);
}

/** AUTH: shows that the client may use the server. */
export const auth: CommandSpec = adminCommand({
  name: "auth",
  group: "connection",
  summary: "Authenticates the connection by a password, and a user's name.",
  since: "1.0.0",
  complexity: "O(N) in the length of the password",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  syntax: "[username] password",
  secrets: (args) => wordsFrom(args, 1),
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 2 && server.acl.defaultUser.needsNoPassword) throw err(NO_PASSWORD);
    authenticate(call, args.count === 3 ? args.text(1) : "default", args.text(args.count - 1));
    reply.ok();
  },
});

/** HELLO: chooses the protocol, and tells about the server. */
export const hello: CommandSpec = adminCommand({
  name: "hello",
  group: "connection",
  summary: "Chooses the protocol version of the connection, and tells about the server.",
  since: "6.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  syntax: "[protover [AUTH username password] [SETNAME clientname]]",
  secrets: (args) => wordsBehind(args, 1, "AUTH", 2),
  run(call) {
    const { args, reply, client } = call;
    let version: number = client.resp;
    if (args.count > 1) {
      version = call.integer(1, err("Protocol version is not an integer or out of range"));
      if (version !== 2 && version !== 3) {
        throw new ReplyError("NOPROTO unsupported protocol version");
      }
    }
    let credentials: { user: string; password: string } | undefined;
    let name: string | undefined;
    for (let i = 2; i < args.count; i++) {
      const left = args.count - 1 - i;
      if (args.is(i, "AUTH") && left >= 2) {
        credentials = { user: args.text(i + 1), password: args.text(i + 2) };
        i += 2;
      } else if (args.is(i, "SETNAME") && left >= 1) {
        name = args.text(++i);
        checkClientName(name);
      } else {
        throw err(`Syntax error in HELLO option '${args.quoted(i)}'`);
      }
    }
    if (credentials !== undefined) authenticate(call, credentials.user, credentials.password);
    if (!client.isAuthenticated) throw new ReplyError(HELLO_NEEDS_AUTH);
    if (name !== undefined) client.name = name;
    if (version === 2 || version === 3) client.resp = reply.resp = version;
    reply.map(7);
    const facts = { server: "redis", version: REDIS_VERSION, proto: version, id: client.id };
    for (const [fact, value] of Object.entries(facts)) {
      reply.bulkText(fact);
      if (typeof value === "number") reply.integer(value);
      else reply.bulkText(value);
    }
    for (const text of ["mode", "standalone", "role", "master", "modules"]) reply.bulkText(text);
    reply.array(0);
  },
});

/** RESET: makes the connection as it was when it began. */
export const reset: CommandSpec = adminCommand({
  name: "reset",
  isNeverQueued: true,
  group: "connection",
  summary: "Makes the connection's state as it was when it began.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  run({ client, reply, server }) {
    client.transaction = undefined;
    server.watched.unwatch(client);
    server.pubsub.forget(client);
    server.monitors.remove(client);
    server.tracking.disable(client);
    client.reset(server.keyspace.databases[0], server.acl.defaultUser);
    reply.resp = client.resp;
    if (!client.isMuted) reply.unmute();
    reply.simple("RESET");
  },
});
