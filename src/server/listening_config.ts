/**
 * Directives about where the server listens. A change opens the sockets again.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { DirectiveName } from "../config/directives.ts";
import { ConfigError } from "../config/kinds.ts";
import type { Log } from "../telemetry/log.ts";
import type { Listeners } from "./listeners.ts";

const PORT_REFUSED = "Unable to listen on this port. Check server logs.";
const BIND_REFUSED = "Failed to bind to specified addresses.";

/** Lets listeners follow a configuration from now on. */
export function followListeningConfig(listeners: Listeners, config: Config, log: Log): void {
  const openTcp = () => listeners.openTcp(config.number("port"));
  const openTls = () => listeners.openTls(config.number("tls-port"));
  const tlsNames = ["tls-port", "tls-cert-file", "tls-key-file", "tls-auth-clients"] as const;
  followChanges(config, log, ["port"], openTcp, PORT_REFUSED);
  followChanges(config, log, ["bind"], openTcp, BIND_REFUSED);
  followChanges(config, log, ["bind"], openTls, BIND_REFUSED);
  followChanges(config, log, tlsNames, openTls, PORT_REFUSED);
}

/** Opens sockets again when a directive changes. If that fails, the change is refused, and the log says why. */
export function followChanges(
  config: Config,
  log: Log,
  names: readonly DirectiveName[],
  open: () => void,
  refusal: string,
): void {
  let isFirst = true;
  const reopen = () => {
    if (isFirst) return;
    try {
      open();
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      log.warning((error as Error).message);
      throw new ConfigError(refusal);
    }
  };
  for (const name of names) config.follow(name, reopen);
  isFirst = false;
}
