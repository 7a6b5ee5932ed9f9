import { err } from "../../command/errors.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

const SYNTAX = "OPEN name | CLOSE name | LIST";

/** DEBUG ISOLATE: starts further servers in this process, whose data nobody else sees. */
export const isolate: DebugSubcommand = {
  words: 1,
  takesMore: true,
  syntax: SYNTAX,
  summary: "Replies with the port of a server in this process that has everything of its own.",
  run({ args, reply, server: { isolates } }) {
    if (isolates === undefined) throw err("This server cannot start further ones.");
    if (args.count === 3 && args.is(2, "LIST")) {
      reply.array(isolates.names.length);
      for (const name of isolates.names) reply.bulkText(name);
    } else if (args.count === 4 && args.is(2, "OPEN")) reply.integer(isolates.open(args.text(3)));
    else if (args.count === 4 && args.is(2, "CLOSE")) {
      isolates.close(args.text(3));
      reply.ok();
    } else throw err(`syntax error, try DEBUG ISOLATE ${SYNTAX}`);
  },
};
