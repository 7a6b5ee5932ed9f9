import type { TrackingMode, TrackingState } from "../../clients/tracking_state.ts";
import type { AdminCall } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const base = { group: "connection", flags: ["noscript", "loading", "stale"] } as const;

interface Options {
  isBroadcast: boolean;
  redirect: number;
  readonly prefixes: string[];
  optIn: boolean;
  optOut: boolean;
  noLoop: boolean;
}

function parseOptions(call: AdminCall): Options {
  const { args, server } = call;
  const options: Options = {
    isBroadcast: false,
    redirect: 0,
    prefixes: [],
    optIn: false,
    optOut: false,
    noLoop: false,
  };
  for (let i = 3; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, "REDIRECT") && hasMore) {
      if (options.redirect !== 0) {
        throw err("A client can only redirect to a single other client");
      }
      options.redirect = call.integer(++i);
      // It is refused now, because a message about it later would be of no use.
      if (server.clients.get(options.redirect) === undefined) {
        throw err("The client ID you want redirect to does not exist");
      }
    } else if (args.is(i, "BCAST")) options.isBroadcast = true;
    else if (args.is(i, "OPTIN")) options.optIn = true;
    else if (args.is(i, "OPTOUT")) options.optOut = true;
    else if (args.is(i, "NOLOOP")) options.noLoop = true;
    else if (args.is(i, "PREFIX") && hasMore) options.prefixes.push(args.text(++i));
    else throw errors.syntax;
  }
  return options;
}

/** Throws if the options contradict each other, or the way in which the client tracks already. */
function checkOptions(options: Options, current: TrackingState | undefined): void {
  const { isBroadcast, prefixes, optIn, optOut } = options;
  if (!isBroadcast && prefixes.length > 0) {
    throw err("PREFIX option requires BCAST mode to be enabled");
  }
  if (current !== undefined && isBroadcast !== (current.prefixes !== undefined)) {
    throw err(
      "You can't switch BCAST mode on/off before disabling tracking for this client, and then " +
        "re-enabling it with a different mode.",
    );
  }
  if (isBroadcast && (optIn || optOut)) {
    throw err("OPTIN and OPTOUT are not compatible with BCAST");
  }
  if (optIn && optOut) throw err("You can't specify both OPTIN mode and OPTOUT mode");
  if (current !== undefined && (optIn && current.optOut || optOut && current.optIn)) {
    throw err(
      "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then " +
        "re-enabling it with a different mode.",
    );
  }
  checkOverlaps(prefixes, current?.prefixes ?? []);
}

function checkOverlaps(prefixes: readonly string[], present: readonly string[]): void {
  prefixes.forEach((prefix, i) => {
    for (const other of [...present, ...prefixes.slice(i + 1)]) {
      if (!other.startsWith(prefix) && !prefix.startsWith(other)) continue;
      const relation = present.includes(other)
        ? `an existing prefix '${other}'`
        : `another provided prefix '${other}'`;
      throw err(
        `Prefix '${prefix}' overlaps with ${relation}. ` +
          "Prefixes for a single client must not overlap.",
      );
    }
  });
}

/** CLIENT TRACKING: tells the client when keys change that it has read. */
export const tracking: CommandSpec = adminCommand({
  ...base,
  name: "tracking",
  summary: "Lets this client be told when keys change that it has read, or has named prefixes of.",
  since: "6.0.0",
  complexity: "O(1)",
  arity: -3,
  syntax: "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] " +
    "[OPTOUT] [NOLOOP]",
  run(call) {
    const { args, client, reply, server } = call;
    const options = parseOptions(call);
    if (args.is(2, "ON")) {
      checkOptions(options, client.tracking);
      const { isBroadcast, prefixes, ...mode } = options;
      const trackingMode: TrackingMode = { ...mode, prefixes: isBroadcast ? prefixes : undefined };
      server.tracking.enable(client, trackingMode);
    } else if (args.is(2, "OFF")) server.tracking.disable(client);
    else throw errors.syntax;
    reply.ok();
  },
});

/** CLIENT CACHING: whether the keys of the next command are tracked. */
export const caching: CommandSpec = adminCommand({
  ...base,
  name: "caching",
  summary: "Says whether the keys that the next command reads are tracked.",
  since: "6.0.0",
  complexity: "O(1)",
  arity: 3,
  syntax: "<YES | NO>",
  run({ args, client, reply }) {
    const state = client.tracking;
    if (state === undefined) {
      throw err(
        "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or " +
          "OPTOUT mode enabled",
      );
    }
    const isYes = args.is(2, "YES");
    if (!isYes && !args.is(2, "NO")) throw errors.syntax;
    if (isYes && !state.optIn) {
      throw err("CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
    if (!isYes && !state.optOut) {
      throw err("CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    state.caching = isYes;
    reply.ok();
  },
});

/** CLIENT GETREDIR: the client that is told in its place. */
export const getredir: CommandSpec = adminCommand({
  ...base,
  name: "getredir",
  summary:
    "Replies with the id of the client that gets this one's invalidations; -1 without tracking.",
  since: "6.0.0",
  complexity: "O(1)",
  arity: 2,
  run: ({ client, reply }) => reply.integer(client.tracking?.redirect ?? -1),
});

function flagsOf(state: TrackingState | undefined): string[] {
  if (state === undefined) return ["off"];
  const flags = ["on"];
  if (state.prefixes !== undefined) flags.push("bcast");
  if (state.optIn) flags.push("optin", ...state.caching === true ? ["caching-yes"] : []);
  if (state.optOut) flags.push("optout", ...state.caching === false ? ["caching-no"] : []);
  if (state.noLoop) flags.push("noloop");
  if (state.isRedirectBroken) flags.push("broken_redirect");
  return flags;
}

/** CLIENT TRACKINGINFO: how the client tracks. */
export const trackinginfo: CommandSpec = adminCommand({
  ...base,
  name: "trackinginfo",
  summary: "Tells how this client tracks keys.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 2,
  run({ client, reply }) {
    const state = client.tracking;
    const flags = flagsOf(state);
    const prefixes = state?.prefixes ?? [];
    reply.map(3);
    reply.bulkText("flags");
    reply.set(flags.length);
    for (const flag of flags) reply.bulkText(flag);
    reply.bulkText("redirect");
    reply.integer(state?.redirect ?? -1);
    reply.bulkText("prefixes");
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.bulkText(prefix);
  },
});
