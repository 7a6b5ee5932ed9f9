/**
 * A server inside another program.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigLoader } from "../config/config_file.ts";
import { currentPlatform } from "../platform/current.ts";
import { type RunningServer, startConfigured, type StartEnvironment } from "./start.ts";

/** How a server is to be started. */
export interface StartOptions {
  /** Directives by name, as in redis.conf: `{ port: "0", maxmemory: "100mb" }`. Port 0 takes a free one here. */
  readonly [directive: string]: string | undefined;
}

/**
 * Starts a server in this process with these directives; it is empty, and keeps no changes, until {@link RunningServer.load} is called. Unlike
 * the program's, its `save` is empty unless it is given: who has not loaded a file shall not overwrite it. Its `dir` is where its files are; the
 * working directory of the process stays as it is. Rejects if a directive is wrong or an address is taken.
 */
export async function startServer(
  options: StartOptions = {},
  environment: Partial<StartEnvironment> = {},
): Promise<RunningServer> {
  const platform = environment.platform ?? await currentPlatform();
  const host = environment.host ?? platform.newHost();
  const config = new Config();
  const loader = new ConfigLoader(config, host);
  for (const [name, value] of Object.entries({ save: "", ...options })) {
    if (value !== undefined) loader.loadText(`${name} ${value === "" ? '""' : value}`);
  }
  return startConfigured(config, loader, { ...environment, platform, host }, true);
}
