/**
 * A server inside another program.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigLoader } from "../config/config_file.ts";
import type { DirectiveOptions } from "../config/directives.ts";
import { currentPlatform } from "../platform/current.ts";
import { type RunningServer, startConfigured, type StartEnvironment } from "./start.ts";

/**
 * The configuration of an embedded server: directives by name, as in redis.conf, each with the type of its values:
 * `{ port: 0, maxmemory: "100mb", appendonly: true }`. Port 0 takes a free one here, and so does
 * `http-port` 0 if it is given.
 */
export interface StartOptions extends DirectiveOptions {
  /** A command and its other name, "" for none. */
  readonly "rename-command"?: string;
  /** A user and its rules. */
  readonly user?: string;
  /** A file with further directives. */
  readonly include?: string;
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
    ...(written(options["cluster-enabled"]) === "yes" ? { "cluster-config-file": "" } : {}),
  };
  for (const [name, value] of Object.entries({ ...defaults, ...options })) {
    if (value !== undefined) loader.loadText(`${name} ${written(value) || '""'}`);
  }
  const free = { tcp: true, http: written(options["http-port"]) === "0" };
  return startConfigured(config, loader, { ...environment, platform, host }, free);
}

/** A value as redis.conf has it. */
function written(value: string | number | boolean | undefined): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
