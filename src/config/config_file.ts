/**
 * Reads the configuration: files in redis.conf syntax, and the command line, which is turned into lines of the same syntax.
 *
 * @module
 */
import { fromLatin1, latin1, trimLine, utf8 } from "../lib/bytes.ts";
import { quote, splitWords } from "../lib/quoted_words.ts";
import type { Config } from "./config.ts";
import { findDirective } from "./config.ts";
import { REDIS_VERSION } from "../lib/version.ts";
import { messageOf } from "../lib/error_message.ts";
import { ConfigError } from "./kinds.ts";

/** Thrown when a configuration cannot be read; the message is what to show, several lines. */
export class ConfigFileError extends Error {
  override name = "ConfigFileError";
}

/** Reads files by path, and finds the paths that a pattern of `include` matches. */
export interface FileSource {
  readFile(path: string): Uint8Array<ArrayBuffer>;
  glob(pattern: string): string[];
}

/** Directives of older versions, which Redis 7.2 ignores. */
const OBSOLETE = new Set([
  "list-max-ziplist-entries",
  "list-max-ziplist-value",
  "lua-replicate-commands",
]);

/** Directives of a configuration file that this version refuses, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  loadmodule: "Modules are not supported: they are native code",
  sentinel: "sentinel directive while not in sentinel mode",
};

/** A line that only a configuration file may hold (`user`, `rename-command`), kept for whoever builds the server. */
export interface ExtraDirective {
  readonly name: "rename-command" | "user";
  readonly words: readonly string[];
  /** Makes the error that says why this line is wrong. */
  readonly fault: (reason: string) => ConfigFileError;
}

/** Reads configuration text into a {@link Config}. */
export class ConfigLoader {
  /** The lines that were found besides directives. */
  readonly extras: ExtraDirective[] = [];
  readonly #seen = new Set<string>();

  constructor(private readonly config: Config, private readonly files: FileSource) {}

  /** Loads a file, and those it includes. */
  loadFile(path: string): void {
    let contents: Uint8Array;
    try {
      contents = this.files.readFile(path);
    } catch (error) {
      const reason = messageOf(error);
      throw new ConfigFileError(`Fatal error, can't open config file '${path}': ${reason}`);
    }
    this.loadText(latin1(contents, 0, contents.length));
  }

  /** Loads lines of configuration. Each character is a byte. */
  loadText(text: string): void {
    text.split("\n").forEach((line, i) => {
      const trimmed = trimLine(line);
      if (trimmed === "" || trimmed.startsWith("#")) return;
      const fault = (reason: string) =>
        new ConfigFileError(
          `\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\n` +
            `Reading the configuration file, at line ${i + 1}\n>>> '${trimmed}'\n${reason}`,
        );
      try {
        this.#loadLine(trimmed, fault);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw fault(error.message);
      }
    });
  }

  #loadLine(line: string, fault: ExtraDirective["fault"]): void {
    const split = splitWords(fromLatin1(line));
    if (split === undefined) throw new ConfigError("Unbalanced quotes in configuration line");
    if (split.length === 0) return;
    const [name, ...words] = split.map((word) => latin1(word, 0, word.length));
    const lowerName = name.toLowerCase();
    const directive = findDirective(lowerName);
    if (directive !== undefined) {
      this.config.load(directive, words, this.#seen.has(directive.name));
      this.#seen.add(directive.name);
    } else if (lowerName === "include" && words.length === 1) {
      for (const path of this.files.glob(words[0])) this.loadFile(path);
    } else if (
      lowerName === "rename-command" && words.length === 2 ||
      lowerName === "user" && words.length >= 1
    ) {
      this.extras.push({ name: lowerName, words, fault });
    } else if (!OBSOLETE.has(lowerName)) {
      throw new ConfigError(REFUSED[lowerName] ?? "Bad directive or wrong number of arguments");
    }
  }
}

/** The contents of a command line. */
export interface CommandLine {
  /** The configuration file, if one is given. */
  readonly file: string | undefined;
  /** Whether standard input holds more configuration. */
  readonly readsStandardInput: boolean;
  /** Lines of configuration that apply after both. */
  readonly lines: string;
}

/**
 * Reads the command line: `[file] [--directive value ...] [-]`. A word that begins with `--` starts a directive, unless the one before it
 * has no value yet: then it is that value. Only `--save` may have none. A word may hold a whole line: `"--maxmemory 100mb"`.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const file = args.length > 0 && !args[0].startsWith("-") ? args[0] : undefined;
  let readsStandardInput = false;
  let lines = "";
  let needsValue = false;
  for (let at = file === undefined ? 0 : 1; at < args.length; at++) {
    const word = args[at];
    const bytes = utf8(word);
    if (word === "-" && (at === 0 || at === args.length - 1)) {
      readsStandardInput = true;
    } else if (word.startsWith("--") && !needsValue) {
      lines += `\n${latin1(bytes, 2, bytes.length - 2)} `;
      needsValue = splitWords(bytes)?.length === 1;
      const isLast = at === args.length - 1 || args[at + 1].startsWith("--");
      if (word.toLowerCase() === "--save" && isLast) {
        // `--save` without a value means no rules.
        lines += '""';
        needsValue = false;
      }
    } else {
      lines += `${quote(bytes)} `;
      needsValue = false;
    }
  }
  return { file, readsStandardInput, lines: lines.replace(/^\n/, "") };
}
