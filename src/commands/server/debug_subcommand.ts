import type { AdminCall } from "../../command/call.ts";

/** One subcommand of DEBUG: how many words it takes after its name, or whether it takes more; what it is for, and what it does. */
export interface DebugSubcommand {
  readonly words: number;
  readonly takesMore?: boolean;
  readonly syntax?: string;
  readonly summary: string;
  readonly run: (call: AdminCall) => undefined;
}
