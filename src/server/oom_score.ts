/**
 * `oom-score-adj`: how readily Linux kills this process when memory runs out. Other systems have no such score. Deno lets a program write
 * its own score only if the program has all permissions.
 *
 * @module
 */
import { ConfigError } from "../config/kinds.ts";
import type { Config } from "../config/config.ts";
import type { Host } from "../ports/host.ts";
import type { Log } from "../telemetry/log.ts";
import { messageOf } from "../lib/error_message.ts";

const LARGEST_SCORE = 1000;

/** What reads and writes the score. */
export interface OomScoreParts {
  readonly config: Config;
  readonly host: Pick<Host, "oomScore" | "setOomScore">;
  readonly log: Log;
}

/** Makes the score of the process follow the configuration. A failure at the start is only logged. */
export function followOomScore({ config, host, log }: OomScoreParts): void {
  /** The score that the process had before it was changed here. */
  let original: number | undefined;
  let hasStarted = false;

  const apply = () => {
    const mode = config.text("oom-score-adj");
    if (mode === "no" && original === undefined) return;
    try {
      original ??= host.oomScore();
      host.setOomScore(mode === "no" ? original : scoreOf(mode, original));
      if (mode === "no") original = undefined;
    } catch (error) {
      log.warning(`Unable to write oom_score_adj: ${messageOf(error)}`);
      if (hasStarted) {
        throw new ConfigError("Failed to set current oom_score_adj. Check server logs.");
      }
    }
  };

  /** The score for a primary, which is the first of the values. The others are for replicas and child processes, of which there are none. */
  const scoreOf = (mode: string, base: number) => {
    const value = Number(config.text("oom-score-adj-values").split(" ")[0]);
    const score = mode === "absolute" ? value : base + value;
    return Math.max(-LARGEST_SCORE, Math.min(LARGEST_SCORE, score));
  };

  config.follow("oom-score-adj", apply);
  config.follow("oom-score-adj-values", apply);
  hasStarted = true;
}
