import { hexText } from "../../lib/bytes.ts";
import { AclError } from "../../acl/errors.ts";
import { restToken } from "../../acl/rest_token.ts";
import type { AclLogEntry } from "../../acl/acl_log.ts";
import type { Selector } from "../../acl/selector.ts";
import type { Call } from "../../command/call.ts";
import { CATEGORIES } from "../../command/acl_categories.ts";
import { err } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { denialText, wantedBy } from "../../command/request_access.ts";
import { wordsFrom } from "../../command/secrets.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { messageOf } from "../../lib/error_message.ts";

const FLAGS: readonly CommandFlag[] = ["noscript", "loading", "stale"];
const open = { group: "server", since: "6.0.0", complexity: "O(1)", flags: FLAGS } as const;
const base = { ...open, flags: ["admin", ...FLAGS] as readonly CommandFlag[] };

const NO_FILE =
  "This Redis instance is not configured to use an ACL file. You may want to specify " +
  "users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis " +
  "configuration file set) in order to store users in the Redis configuration.";
const DEFAULT_BITS = 256;
const MAX_BITS = 4096;
const DEFAULT_LOG_COUNT = 10;

function replyTexts({ reply }: Call, texts: readonly string[]): undefined {
  reply.array(texts.length);
  for (const text of texts) reply.bulkText(text);
}

const cat = adminCommand({
  ...open,
  name: "cat",
  summary: "Lists the categories, or the commands of one.",
  arity: -2,
  syntax: "[category]",
  run(call) {
    const { args, server } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    if (args.count === 2) return replyTexts(call, CATEGORIES);
    const category = args.text(2).toLowerCase();
    if (!CATEGORIES.includes(category)) {
      throw err(`Unknown category '${args.text(2).slice(0, 128)}'`);
    }
    const members = server.acl.settings.catalog.inCategory(`@${category}`);
    replyTexts(call, members.map(({ fullName }) => fullName));
  },
});

const deluser = adminCommand({
  ...base,
  name: "deluser",
  summary: "Removes users, and closes their connections; replies with how many there were.",
  complexity: "O(N) where N is the number of clients",
  arity: -3,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "username [username ...]",
  run(call) {
    const { args, reply, server } = call;
    const names = args.texts(2);
    if (names.includes("default")) throw err("The 'default' user cannot be removed");
    reply.integer(server.users.remove(names));
  },
});

const dryrun = adminCommand({
  ...base,
  name: "dryrun",
  summary: "Tells whether a user might run a request, without running it.",
  since: "7.0.0",
  arity: -4,
  syntax: "username command [arg [arg ...]]",
  requestAt: 3,
  run({ args, reply, server }) {
    const user = server.acl.get(args.text(2));
    if (user === undefined) throw err(`User '${args.text(2)}' not found`);
    const request = args.tail(3);
    const target = server.commands.resolve(request);
    if (target === undefined) throw err(`Command '${request.text(0)}' not found`);
    if (!target.takes(request.count)) {
      throw err(`wrong number of arguments for '${target.fullName}' command`);
    }
    const isOpen = target.spec.flags.includes("no_auth");
    const denial = user.check(wantedBy(target, request), isOpen);
    if (denial === undefined) return reply.ok();
    reply.bulkText(denialText(user, target, denial, request.text(denial.index)));
  },
});

const genpass = adminCommand({
  ...open,
  name: "genpass",
  summary: "Replies with a random password of so many bits, in hexadecimal digits.",
  arity: -2,
  syntax: "[bits]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    const bad = err(
      "ACL GENPASS argument must be the number of bits for the output password, a positive " +
        `number up to ${MAX_BITS}`,
    );
    const bits = args.count === 3 ? call.integer(2) : DEFAULT_BITS;
    if (bits <= 0 || bits > MAX_BITS) throw bad;
    const digits = Math.ceil(bits / 4);
    const bytes = server.random.secureBytes(Math.ceil(digits / 2));
    reply.bulkText(hexText(bytes).slice(0, digits));
  },
});

function replySelector({ reply }: Call, selector: Selector): void {
  const parts = {
    commands: selector.describeCommands(),
    keys: selector.describeKeys(),
    channels: selector.describeChannels(),
  };
  for (const [name, text] of Object.entries(parts)) {
    reply.bulkText(name);
    reply.bulkText(text);
  }
}

const getuser = adminCommand({
  ...base,
  name: "getuser",
  summary: "Shows the rules of a user.",
  history: [
    { since: "6.2.0", change: "Tells the channels too." },
    { since: "7.0.0", change: "Tells the selectors too, and patterns as rules in one text." },
  ],
  complexity: "O(N) where N is the number of rules",
  arity: 3,
  syntax: "username",
  run(call) {
    const { args, reply, server } = call;
    const user = server.acl.get(args.text(2));
    if (user === undefined) return reply.null();
    const [root, ...others] = user.selectors;
    reply.map(6);
    reply.bulkText("flags");
    reply.set(user.flags.length);
    for (const flag of user.flags) reply.bulkText(flag);
    reply.bulkText("passwords");
    replyTexts(call, user.passwords);
    replySelector(call, root);
    reply.bulkText("selectors");
    reply.array(others.length);
    for (const selector of others) {
      reply.map(3);
      replySelector(call, selector);
    }
  },
});

const list = adminCommand({
  ...base,
  name: "list",
  summary: "Lists the users with their rules, as in a file of users.",
  complexity: "O(N) where N is the number of users",
  arity: 2,
  run: (call) => replyTexts(call, call.server.acl.describe()),
});

const load = adminCommand({
  ...base,
  name: "load",
  summary: "Reads the users anew from the ACL file, all of them or none.",
  complexity: "O(N) where N is the number of users",
  arity: 2,
  run({ reply, server }) {
    if (server.config.text("aclfile") === "") throw err(NO_FILE);
    try {
      server.users.load();
    } catch (error) {
      throw error instanceof AclError ? err(error.message) : error;
    }
    reply.ok();
  },
});

function replyLogEntry(call: Call, entry: AclLogEntry): void {
  const { reply, server } = call;
  const ageSeconds = (server.clock.now() - entry.updatedMs) / 1000;
  reply.map(10);
  const facts = {
    "count": entry.count,
    "reason": entry.reason,
    "context": entry.context,
    "object": entry.object,
    "username": entry.username,
    "age-seconds": ageSeconds,
    "client-info": entry.clientInfo,
    "entry-id": entry.id,
    "timestamp-created": entry.createdMs,
    "timestamp-last-updated": entry.updatedMs,
  };
  for (const [name, value] of Object.entries(facts)) {
    reply.bulkText(name);
    if (name === "age-seconds") reply.double(ageSeconds);
    else if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}

const log = adminCommand({
  ...base,
  name: "log",
  summary: "Shows what was refused lately, or forgets it.",
  history: [
    {
      since: "7.2.0",
      change: "Each entry tells its number and when it was made and last changed.",
    },
  ],
  complexity: "O(N) where N is the number of entries shown",
  arity: -2,
  syntax: "[count | RESET]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    if (args.count === 3 && args.is(2, "RESET")) {
      server.aclLog.clear();
      return reply.ok();
    }
    const count = args.count === 3 ? call.integer(2) : DEFAULT_LOG_COUNT;
    const entries = server.aclLog.latest(Math.max(0, count));
    reply.array(entries.length);
    for (const entry of entries) replyLogEntry(call, entry);
  },
});

const resttoken = adminCommand({
  ...open,
  name: "resttoken",
  summary: "Replies with a token, with which a user acts over HTTP.",
  differs: "is Upstash's",
  arity: 4,
  syntax: "username password",
  secrets: (args) => wordsFrom(args, 3),
  run({ args, reply, server }) {
    const [name, password] = args.texts(2);
    const user = server.acl.authenticate(name, password);
    if (user === undefined) throw err(`Wrong password or user "${name}" does not exist`);
    if (user.needsNoPassword) throw err(`User "${name}" has no password that a token could hold`);
    reply.bulkText(restToken(name, password));
  },
});

const save = adminCommand({
  ...base,
  name: "save",
  summary: "Writes the users to the ACL file.",
  complexity: "O(N) where N is the number of users",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run({ reply, server }) {
    if (server.config.text("aclfile") === "") throw err(NO_FILE);
    try {
      server.users.save();
    } catch (error) {
      server.log.warning(`Saving the ACL file failed: ${messageOf(error)}`);
      throw err(
        "There was an error trying to save the ACLs. Please check the server logs for more information",
      );
    }
    reply.ok();
  },
});

const setuser = adminCommand({
  ...base,
  name: "setuser",
  summary: "Makes or changes a user, by all rules or by none.",
  history: [
    { since: "6.2.0", change: "Rules may name the channels that a user may use." },
    {
      since: "7.0.0",
      change: "Rules may be grouped into selectors, and say whether keys are read or written.",
    },
  ],
  complexity: "O(N) where N is the number of rules",
  arity: -3,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "username [rule [rule ...]]",
  secrets: (args) => wordsFrom(args, 2),
  run(call) {
    const { args, reply, server } = call;
    try {
      server.users.set(args.text(2), args.texts(3));
    } catch (error) {
      throw error instanceof AclError ? err(error.message) : error;
    }
    reply.ok();
  },
});

const users = adminCommand({
  ...base,
  name: "users",
  summary: "Lists the names of the users.",
  complexity: "O(N) where N is the number of users",
  arity: 2,
  run: (call) => replyTexts(call, call.server.acl.users.map(({ name }) => name)),
});

const whoami = adminCommand({
  ...open,
  name: "whoami",
  summary: "Replies with the name of the client's user.",
  arity: 2,
  run: ({ client, reply }) => reply.bulkText(client.user.name),
});

const subcommands = [
  cat,
  deluser,
  dryrun,
  genpass,
  getuser,
  list,
  load,
  log,
  resttoken,
  save,
  setuser,
  users,
  whoami,
];

/** ACL: who may do what. */
export const acl: CommandSpec = adminCommand({
  name: "acl",
  group: "server",
  summary: "Shows and changes who may do what.",
  since: "6.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("acl", "server", "6.0.0", subcommands)],
});
