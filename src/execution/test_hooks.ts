/**
 * What tests hang into the execution of commands.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { AdminCall, Call } from "../command/call.ts";
import type { Command } from "../command/command.ts";
import type { Arguments } from "../resp/arguments.ts";

/** Watches in tests what commands do. */
export interface CommandInspector {
  /** Calls `body`, which runs the command, and throws what it throws. */
  run(call: Call, body: () => void): void;
}

/** Keeps requests from running for now: in tests that delay them. */
export interface RequestGate {
  /** Whether this request may not run yet. Then the client is held, and its request is read again when it is free. */
  holdsUp(client: Client, command: Command, args: Arguments): boolean;
}

/** Runs a body under the inspector's eyes. Apart from the executor, where what the closure holds would be made for every command. */
export function runInspected(inspector: CommandInspector, call: AdminCall): void {
  inspector.run(call, () => call.command.spec.run!(call));
}
