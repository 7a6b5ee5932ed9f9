/**
 * A server inside another program.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigLoader } from "../config/config_file.ts";
import { currentPlatform } from "../platform/current.ts";
import { type RunningServer, startConfigured, type StartEnvironment } from "./start.ts";

/** The configuration of an embedded server. */
export interface StartOptions {
  /** Directives by name, as in redis.conf: `{ port: "0", maxmemory: "100mb" }`. Port 0 takes a free one here. */
  readonly [directive: string]: string | undefined;
}

/**
 * Starts a server in this process with these directives. Until {@link RunningServer.load} is called it is empty and keeps no changes. Its
 * `save` is empty by default, unlike that of the program, so that a server which has not loaded a file does not overwrite it; and so is the
 * `cluster-config-file` of a node. Its files are in `dir`; the working directory of the process does not change. Rejects if a directive is wrong or an address is taken.
 */
export async function startServer(
  options: StartOptions = {},
  environment: Partial<StartEnvironment> = {},
): Promise<RunningServer> {
  const platform = environment.platform ?? await currentPlatform();
  const host = environment.host ?? platform.newHost();
  const config = new Config();
  const loader = new ConfigLoader(config, host);
  const defaults = {
    save: "",
    ...(options["cluster-enabled"] === "yes" ? { "cluster-config-file": "" } : {}),
  };
  for (const [name, value] of Object.entries({ ...defaults, ...options })) {
    if (value !== undefined) loader.loadText(`${name} ${value === "" ? '""' : value}`);
  }
  return startConfigured(config, loader, { ...environment, platform, host }, true);
}
