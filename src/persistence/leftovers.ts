/**
 * Removes files that a process was writing when it was killed. Nobody will finish them, and each has a name of its own.
 *
 * Only files with names that this server gives are removed, and only if no process has the file open for writing.
 *
 * @module
 */
import type { PersistenceParts } from "./parts.ts";

type Parts = Pick<PersistenceParts, "config" | "host" | "log">;

const SNAPSHOT = /^temp-\d+(\.(bg|sync))?\.rdb$/;
const REWRITE = /^temp-rewriteaof(-bg)?-\d+\.aof$/;

/** Removes such files from the server's directory and from that of the append-only file. */
export function removeLeftovers({ config, host, log }: Parts): void {
  const base = config.text("appendfilename");
  const folder = config.text("appenddirname");
  const isOfAof = (name: string) =>
    REWRITE.test(name) || name === `temp-${base}.incr` ||
    name.startsWith(`${base}.manifest.`) && /^\d+\.tmp$/.test(name.slice(base.length + 10)) ||
    name.startsWith(`${base}.`) && /\.incr\.aof\.cut-at-[\d.]+\.tmp$/.test(name);
  const remove = (pattern: string, isLeftover: (name: string) => boolean) => {
    for (const path of host.glob(pattern)) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      if (!isLeftover(name) || !host.removeUnused(path)) continue;
      log.notice(`Removing the temporary file ${path} that was left behind`);
    }
  };
  remove("temp-*", (name) => SNAPSHOT.test(name));
  remove(`${folder}/*`, isOfAof);
}
