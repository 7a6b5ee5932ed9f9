import type { AdminCall } from "../../command/call.ts";

/** A subcommand of DEBUG: the number of words that follow its name, or whether there may be more; its purpose, and its body. */
export interface DebugSubcommand {
  readonly words: number;
  readonly takesMore?: boolean;
  readonly syntax?: string;
  readonly summary: string;
  readonly run: (call: AdminCall) => undefined;
}
