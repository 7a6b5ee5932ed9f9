/**
 * The server's log, in the format of Redis 7.2, so that programs which read Redis's logs can read this one:
 *
 *     <pid>:<role> <day> <month> <year> <time> <mark> <message>
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";

/** The levels of `loglevel`, least important first. */
export const LOG_LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;
/** A level of the log. */
export type LogLevel = typeof LOG_LEVELS[number];

const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: ".",
  verbose: "-",
  notice: "*",
  warning: "#",
  nothing: "",
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Writes lines of the log to a sink. */
export class Log {
  /** Lines below this level are dropped. */
  level: LogLevel = "notice";
  /** Whether the server is a replica, which its lines say. */
  isReplica = false;

  constructor(
    private readonly clock: Clock,
    private readonly pid: number,
    /** Takes a line with its end. */
    public sink: (line: string) => void,
  ) {}

  /** Whether lines of a level are written. Ask before making a line that is expensive to make. */
  shows(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level);
  }

  debug(message: string): void {
    this.#write("debug", message);
  }

  verbose(message: string): void {
    this.#write("verbose", message);
  }

  notice(message: string): void {
    this.#write("notice", message);
  }

  warning(message: string): void {
    this.#write("warning", message);
  }

  #write(level: LogLevel, message: string): void {
    if (!this.shows(level)) return;
    const now = new Date(this.clock.now());
    const two = (value: number) => String(value).padStart(2, "0");
    const date = `${two(now.getDate())} ${MONTHS[now.getMonth()]} ${now.getFullYear()}`;
    const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}` +
      `.${String(now.getMilliseconds()).padStart(3, "0")}`;
    this.sink(
      `${this.pid}:${this.isReplica ? "S" : "M"} ${date} ${time} ${MARKS[level]} ${message}\n`,
    );
  }
}
