/**
 * The administration of a server as a whole: its figures, its configuration file, its end.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { Client } from "../clients/client.ts";
import type { ServerControl, ShutdownOutcome, ShutdownRequest } from "../command/context.ts";
import type { Config } from "../config/config.ts";
import type { GuardDirective } from "../config/directives.ts";
import { rewriteFile } from "../config/rewrite.ts";
import type { CallTimer } from "../execution/call_timer.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Log } from "../telemetry/log.ts";
import { describeInfo, type InfoFigures } from "./info/info_sections.ts";
import type { Shutdown } from "./shutting_down.ts";

/** The parts that are administered. */
export interface ControlParts extends InfoFigures {
  readonly acl: Acl;
  readonly clientEviction: { evicted: number };
  readonly config: Config;
  readonly ending: Shutdown;
  readonly log: Log;
  readonly loop: { forgetCommands(): void };
  readonly timer: CallTimer;
}

/** The administration of one server. */
export class Control implements ServerControl {
  constructor(private readonly parts: ControlParts) {}

  info(sections: readonly string[]): string {
    this.parts.timer.end();
    return describeInfo(this.parts, sections);
  }

  rewriteConfig(writesAll = false): string | undefined {
    const { acl, config, host, log } = this.parts;
    if (config.file === "") return "The server is running without a config file";
    try {
      const users = config.text("aclfile") === "" ? acl.describe() : [];
      rewriteFile(config, host, users, writesAll);
      return undefined;
    } catch (error) {
      const reason = messageOf(error);
      log.warning(`CONFIG REWRITE failed: ${reason}`);
      return `Rewriting config file: ${reason}`;
    }
  }

  shutdown(request: ShutdownRequest, client: Client): ShutdownOutcome {
    return this.parts.ending.begin(request, client);
  }

  abortShutdown(): boolean {
    return this.parts.ending.abort();
  }

  resetStats(): void {
    const { clientEviction, commands, keyspace, loop, stats, timer } = this.parts;
    // The commands that have run count towards the time before the reset.
    timer.end();
    loop.forgetCommands();
    stats.reset();
    timer.totalMicroseconds = 0;
    for (const command of commands.all) command.resetStats();
    keyspace.stats.reset();
    keyspace.evictor.evicted = clientEviction.evicted = 0;
    keyspace.lazyFree.freed = 0;
  }

  isAllowed(directive: GuardDirective, client: Client): boolean {
    const value = this.parts.config.text(directive);
    return value === "local" ? client.connection.isLocal : value === "yes";
  }
}
