import { err } from "../../command/errors.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

const SYNTAX = "CREATE name | RESTORE name | DROP name | LIST";

/** DEBUG BRANCH: remembers states of the data, and restores them. */
export const branch: DebugSubcommand = {
  words: 1,
  takesMore: true,
  syntax: SYNTAX,
  summary: "Remembers all data under a name, makes it again what it was, or forgets the name.",
  run({ args, client, reply, server }) {
    const { branches } = server;
    if (args.is(2, "LIST") && args.count === 3) {
      reply.array(branches.names.length);
      for (const name of branches.names) reply.bulkText(name);
      return;
    }
    if (args.count !== 4) throw err(`syntax error, try DEBUG BRANCH ${SYNTAX}`);
    const name = args.text(3);
    if (args.is(2, "CREATE")) branches.create(name);
    else if (args.is(2, "RESTORE")) branches.restore(name, client);
    else if (args.is(2, "DROP")) branches.drop(name);
    else throw err(`syntax error, try DEBUG BRANCH ${SYNTAX}`);
    reply.ok();
  },
};
