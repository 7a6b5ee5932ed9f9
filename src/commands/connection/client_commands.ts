import { ReplyMode } from "../../clients/client.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { deadlineOfMilliseconds } from "../shared/block_timeout.ts";
import { clientKill } from "./client_kill.ts";
import { caching, getredir, tracking, trackinginfo } from "./client_tracking.ts";
import { checkClientType, matchesType } from "./client_type.ts";
import { isPrintable, setClientName } from "./client_name.ts";

const FLAGS: readonly CommandFlag[] = ["noscript", "loading", "stale"];

const base = { group: "connection", complexity: "O(1)", flags: FLAGS } as const;

/** Whether argument `i` is ON; throws unless it is ON or OFF. */
function onOrOff(call: Call, i: number): boolean {
  if (call.args.is(i, "ON")) return true;
  if (call.args.is(i, "OFF")) return false;
  throw errors.syntax;
}

const id = adminCommand({
  ...base,
  name: "id",
  summary: "Replies with the client's id; ids grow with every connection.",
  since: "5.0.0",
  arity: 2,
  run: ({ client, reply }) => reply.integer(client.id),
});

const info = adminCommand({
  ...base,
  name: "info",
  summary: "Describes this client as CLIENT LIST does.",
  since: "6.2.0",
  arity: 2,
  tips: ["nondeterministic_output"],
  run: ({ client, reply, server }) =>
    reply.verbatim(client.describe(server.clock.now()) + "\n", "txt"),
});

const list = adminCommand({
  ...base,
  name: "list",
  summary: "Describes the connected clients, a line each.",
  since: "2.4.0",
  history: [
    { since: "2.8.12", change: "Tells the `id` of each client." },
    { since: "5.0.0", change: "`TYPE` chooses clients.", options: ["TYPE"] },
    { since: "6.0.0", change: "Tells the `user`." },
    {
      since: "6.2.0",
      change: "`ID` chooses clients; tells `argv-mem`, `tot-mem`, `laddr` and `redir`.",
      options: ["ID"],
    },
    { since: "7.0.0", change: "Tells `resp`, `multi-mem`, `rbs` and `rbp`." },
    { since: "7.0.3", change: "Tells `ssub`." },
  ],
  complexity: "O(N) where N is the number of clients",
  flags: ["admin", ...FLAGS],
  arity: -2,
  tips: ["nondeterministic_output"],
  syntax: "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
  run(call) {
    const { args, reply, server } = call;
    let clients = [...server.clients];
    if (args.count === 4 && args.is(2, "TYPE")) {
      const type = checkClientType(args.text(3));
      clients = clients.filter((client) => matchesType(client, type));
    } else if (args.count > 3 && args.is(2, "ID")) {
      clients = [];
      for (let i = 3; i < args.count; i++) {
        const client = server.clients.get(call.integer(i, err("Invalid client ID")));
        if (client !== undefined) clients.push(client);
      }
    } else if (args.count !== 2) {
      throw errors.syntax;
    }
    const nowMs = server.clock.now();
    reply.verbatim(clients.map((client) => client.describe(nowMs) + "\n").join(""), "txt");
  },
});

const getname = adminCommand({
  ...base,
  name: "getname",
  summary: "Replies with the client's name, or null.",
  since: "2.6.9",
  arity: 2,
  run({ client, reply }) {
    if (client.name === "") reply.null();
    else reply.bulkText(client.name);
  },
});

const setname = adminCommand({
  ...base,
  name: "setname",
  summary: "Gives the client a name, which CLIENT LIST shows.",
  since: "2.6.9",
  arity: 3,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "connection-name",
  run(call) {
    setClientName(call.client, call.args.text(2));
    call.reply.ok();
  },
});

const setinfo = adminCommand({
  ...base,
  name: "setinfo",
  summary: "Tells the name or the version of the library that the client uses.",
  since: "7.2.0",
  arity: 4,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "<LIB-NAME libname | LIB-VER libver>",
  run({ args, client, reply }) {
    const attribute = args.text(2);
    const value = args.text(3);
    const isName = args.is(2, "LIB-NAME");
    if (!isName && !args.is(2, "LIB-VER")) throw err(`Unrecognized option '${attribute}'`);
    if (!isPrintable(value)) {
      throw err(`${attribute} cannot contain spaces, newlines or special characters.`);
    }
    if (isName) client.libName = value;
    else client.libVersion = value;
    reply.ok();
  },
});

const replyMode = adminCommand({
  ...base,
  name: "reply",
  summary: "Turns replies to this client on or off, or drops the next one.",
  since: "3.2.0",
  arity: 3,
  syntax: "<ON | OFF | SKIP>",
  run({ args, client, reply }) {
    if (args.is(2, "ON")) {
      if (client.replyMode !== ReplyMode.SkipNext) client.replyMode = ReplyMode.On;
      reply.unmute();
      reply.ok();
    } else if (args.is(2, "OFF")) {
      client.replyMode = ReplyMode.Off;
      // The mode applies at once, because a transaction may be running.
      reply.mute();
    } else if (args.is(2, "SKIP")) {
      if (client.replyMode !== ReplyMode.Off) client.replyMode = ReplyMode.SkipNext;
    } else {
      throw errors.syntax;
    }
  },
});

const noEvict = adminCommand({
  ...base,
  name: "no-evict",
  summary: "Says whether this client may be disconnected to free memory.",
  since: "7.0.0",
  flags: ["admin", ...FLAGS],
  arity: 3,
  syntax: "<ON | OFF>",
  run(call) {
    call.client.noEvict = onOrOff(call, 2);
    call.reply.ok();
  },
});

const noTouch = adminCommand({
  ...base,
  name: "no-touch",
  summary: "Says whether this client's commands mark keys as accessed.",
  since: "7.2.0",
  arity: 3,
  syntax: "<ON | OFF>",
  run(call) {
    call.client.noTouch = onOrOff(call, 2);
    call.reply.ok();
  },
});

const pause = adminCommand({
  ...base,
  name: "pause",
  summary: "Holds up all clients' commands, or only those that write, for some time.",
  since: "3.0.0",
  history: [
    {
      since: "6.2.0",
      change: "`WRITE` holds up writers only; the mode may be left out.",
      options: ["WRITE", "ALL"],
      arityBefore: 3,
    },
  ],
  flags: ["admin", ...FLAGS],
  arity: -3,
  syntax: "timeout [WRITE | ALL]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 4) throw subcommandSyntax(call);
    const writesOnly = args.count === 4 && args.is(3, "WRITE");
    if (args.count === 4 && !writesOnly && !args.is(3, "ALL")) {
      throw err("CLIENT PAUSE mode must be WRITE or ALL");
    }
    const endMs = deadlineOfMilliseconds(call, 2);
    server.clients.pause(writesOnly ? "write" : "all", endMs, call.nowMs);
    reply.ok();
  },
});

const unpause = adminCommand({
  ...base,
  name: "unpause",
  summary: "Ends a CLIENT PAUSE.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of clients held up",
  flags: ["admin", ...FLAGS],
  arity: 2,
  run({ reply, server }) {
    server.clients.unpause();
    reply.ok();
  },
});

function refuseUnblocked(): never {
  throw errors.unblocked;
}

const unblock = adminCommand({
  ...base,
  name: "unblock",
  summary: "Ends the wait of a client that is blocked by a command.",
  since: "5.0.0",
  flags: ["admin", ...FLAGS],
  arity: -3,
  syntax: "client-id [TIMEOUT | ERROR]",
  run(call) {
    const { args, reply } = call;
    if (args.count > 4) throw subcommandSyntax(call);
    const isError = args.count === 4 && args.is(3, "ERROR");
    if (args.count === 4 && !isError && !args.is(3, "TIMEOUT")) {
      throw err("CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    const { blocked, clients } = call.server;
    const target = clients.get(call.integer(2));
    const atTimeout = target?.blocked?.replyAtTimeout;
    const isReleased = target !== undefined && atTimeout !== undefined &&
      blocked.release(target, isError ? refuseUnblocked : atTimeout);
    reply.integer(isReleased ? 1 : 0);
  },
});

const subcommands = [
  caching,
  getname,
  getredir,
  id,
  info,
  clientKill,
  list,
  noEvict,
  noTouch,
  pause,
  replyMode,
  setinfo,
  setname,
  tracking,
  trackinginfo,
  unblock,
  unpause,
];

/** CLIENT: inspects and controls client connections. */
export const client: CommandSpec = adminCommand({
  name: "client",
  group: "connection",
  summary: "Tells about connections and changes how they work.",
  since: "2.4.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("client", "connection", "5.0.0", subcommands)],
});
