import { err, ReplyError } from "../../command/errors.ts";
import { wordsBehind } from "../../command/secrets.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { authenticate } from "./auth.ts";
import { checkClientName } from "./client_name.ts";

const HELLO_NEEDS_AUTH = "NOAUTH HELLO must be called with the client already authenticated, " +
  "otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client " +
  "and select the RESP protocol version at the same time";

/** HELLO: chooses the protocol, and tells about the server. */
export const hello: CommandSpec = adminCommand({
  name: "hello",
  group: "connection",
  summary: "Chooses the protocol version of the connection, and tells about the server.",
  since: "6.0.0",
  history: [
    {
      since: "6.2.0",
      change: "The version of the protocol may be left out, to ask about the connection.",
      arityBefore: -2,
    },
  ],
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  syntax: "[protover [AUTH username password] [SETNAME clientname]]",
  secrets: (args) => wordsBehind(args, 1, "AUTH", 2),
  run(call) {
    const { args, reply, client, server } = call;
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
    const facts = {
      server: "redis",
      version: server.profile.redisVersion,
      proto: version,
      id: client.id,
    };
    for (const [fact, value] of Object.entries(facts)) {
      reply.bulkText(fact);
      if (typeof value === "number") reply.integer(value);
      else reply.bulkText(value);
    }
    const mode = server.cluster === undefined ? "standalone" : "cluster";
    for (const text of ["mode", mode, "role", "master", "modules"]) reply.bulkText(text);
    reply.array(0);
  },
});
