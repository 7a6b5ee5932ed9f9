import type { Command } from "../command/command.ts";
import type { AdminContext } from "../command/context.ts";

/** Handles the error of a request that came from the primary, where it has succeeded: the two differ. */
export function reportDifference(
  server: AdminContext,
  command: Command | undefined,
  error: string,
): void {
  const { config, log, stats } = server;
  const name = command?.fullName ?? "<unknown>";
  stats.unexpectedErrors++;
  log.warning(
    "== CRITICAL == This replica is sending an error to its master: " +
      `'-${error}' after processing the command '${name}'`,
  );
  const isFatal = config.flag("replica-read-only") &&
    config.text("propagation-error-behavior") !== "ignore";
  if (!isFatal) return;
  server.fail(
    `This replica panicked sending an error to its master after processing the command '${name}'`,
  );
}
