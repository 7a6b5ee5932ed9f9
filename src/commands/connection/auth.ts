import type { AdminCall } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { wordsFrom } from "../../command/secrets.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const NO_PASSWORD =
  "AUTH <password> called without any password configured for the default user. " +
  "Are you sure your configuration is correct?";

/** Authenticates the client as a user; throws if the password is wrong. */
export function authenticate(
  { args, client, server }: AdminCall,
  name: string,
  password: string,
): void {
  const user = server.acl.authenticate(name, password);
  if (user === undefined) {
    server.users.noteRefusal(client, "auth", args.text(0), name);
    throw errors.wrongPass;
  }
  client.become(user, true);
}

/** AUTH: authenticates the client. */
export const auth: CommandSpec = adminCommand({
  name: "auth",
  group: "connection",
  summary: "Authenticates the connection by a password, and a user's name.",
  since: "1.0.0",
  history: [
    { since: "6.0.0", change: "A username may stand before the password.", arityBefore: 2 },
  ],
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
