/**
 * The kinds of values that directives take: how each is read from words and shown again. The messages are those of Redis 7.2.
 *
 * @module
 */
import { INT64_LIMIT, parseBigInt64, UINT64_MAX } from "../lib/integer.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import { readDouble } from "../lib/double.ts";

/** A value that a directive can have. */
export type ConfigValue = boolean | number | string;

/** Thrown when a value does not fit a directive. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** How values of one kind are read and written. */
export interface Kind<Value extends ConfigValue = ConfigValue, Written = unknown> {
  /** Only a type: how a program may write the value. */
  readonly written?: Written;
  /** The value that the words spell; throws {@link ConfigError}. */
  parse(words: readonly string[]): Value;
  /** The value as CONFIG GET shows it. */
  format(value: Value): string;
  /** The value as CONFIG REWRITE writes it: one string for each line of the file, without the name. */
  lines?(value: Value): string[];
}

/** The only word, byte for byte. */
function exact(words: readonly string[]): string {
  if (words.length !== 1) throw new ConfigError("wrong number of arguments");
  return words[0];
}

/** The only word, which ends at a NUL as in C. */
function single(words: readonly string[]): string {
  return exact(words).split("\0", 1)[0];
}

const text = String;

/** Yes or no, as a program may write it. */
export type WrittenFlag = boolean | "yes" | "no";
/** A number, as a program may write it. */
export type WrittenNumber = number | `${number}`;
/** A number of bytes, as a program may write it: `"100mb"`. */
export type WrittenBytes = WrittenNumber | `${number}${"b" | "k" | "kb" | "m" | "mb" | "g" | "gb"}`;

/** `yes` or `no`. */
export const yesNo: Kind<boolean, WrittenFlag> = {
  parse(words) {
    const word = single(words).toLowerCase();
    if (word !== "yes" && word !== "no") throw new ConfigError("argument must be 'yes' or 'no'");
    return word === "yes";
  },
  format: (value) => value ? "yes" : "no",
};

/** The primary of a replica: its host and its port, or nothing. Both may stand in one word. */
export const primary: Kind<string, string> = {
  parse(words) {
    const [host, port, ...others] = words.flatMap((word) => word.split(" "));
    if (port === undefined || others.length > 0) throw new ConfigError("wrong number of arguments");
    if (host.toLowerCase() === "no" && port.toLowerCase() === "one") return "";
    if (!/^\d+$/.test(port) || Number(port) > 65535) throw new ConfigError("Invalid master port");
    return `${host} ${port}`;
  },
  format: text,
  lines: (value) => value === "" ? [] : [value],
};

/** Any text. */
export const anyText: Kind<string, string> = { parse: single, format: text };

/** Any bytes. */
export const anyBytes: Kind<string, string> = { parse: exact, format: text };

/** Text that matches an expression; `reason` is the error of other text. */
export function textLike(expression: RegExp, reason: string): Kind<string, string> {
  return {
    parse(words) {
      const word = exact(words);
      if (!expression.test(word)) throw new ConfigError(reason);
      return word;
    },
    format: text,
  };
}

/** As a kind of numbers, but numbers beyond a limit become the limit. */
export function clamped<Written>(
  kind: Kind<number, Written>,
  min: number,
  max: number,
): Kind<number, Written> {
  return { ...kind, parse: (words) => Math.min(max, Math.max(min, kind.parse(words))) };
}

const TITLE_VARIABLE = /\{(\w[\w-]*)\}/g;
const TITLE_VARIABLES = [
  "title",
  "listen-addr",
  "server-mode",
  "port",
  "tls-port",
  "unixsocket",
  "config-file",
];

/** A template for the title of the process. It must not become empty for a process without a title. */
export const titleTemplate: Kind<string, string> = {
  parse(words) {
    const template = single(words);
    const isEmpty = template.replaceAll("{title}", "").trim() === "";
    const rest = template.replace(
      TITLE_VARIABLE,
      (whole, name) => TITLE_VARIABLES.includes(name) ? "" : whole,
    );
    if (isEmpty || /[{}]/.test(rest)) {
      throw new ConfigError("template format is invalid or contains unknown variables");
    }
    return template;
  },
  format: text,
};

/** Exactly `count` whole numbers within limits; `reason` is the error of anything else. */
export function integers(
  count: number,
  min: number,
  max: number,
  reason: string,
): Kind<string, string> {
  return {
    parse(given) {
      if (given.length !== count) throw new ConfigError("wrong number of arguments");
      const isValid = given.every((word) =>
        /^\s*[+-]?\d+$/.test(word) && Number(word) >= min && Number(word) <= max
      );
      if (!isValid) throw new ConfigError(reason);
      return given.map(Number).join(" ");
    },
    format: text,
  };
}

/** A name of a file or directory, without a path; `directive` and `what` are for the message. */
export function baseName(directive: string, what: "filename" | "dirname"): Kind<string, string> {
  return {
    parse(words) {
      const name = single(words);
      // An empty `dbfilename` is allowed, and names a file that never exists.
      if (name === "" && directive !== "dbfilename") {
        throw new ConfigError(`${directive} can't be empty`);
      }
      if (/[/\\]/.test(name)) {
        throw new ConfigError(`${directive} can't be a path, just a ${what}`);
      }
      return name;
    },
    format: text,
  };
}

/** A whole number within limits. */
export function integer(min: number, max: number): Kind<number, WrittenNumber> {
  return {
    parse(words) {
      const word = exact(words);
      const value = parseBigInt64(fromLatin1(word), 0, word.length);
      if (value === undefined) {
        throw new ConfigError("argument couldn't be parsed into an integer");
      }
      return within(value, min, max);
    },
    format: exactText,
  };
}

/** A whole number in base 8. */
export const octal: Kind<number, `${number}`> = {
  parse(words) {
    const word = single(words);
    if (!/^[0-7]+$/.test(word)) {
      throw new ConfigError("argument couldn't be parsed as an octal number");
    }
    return within(BigInt(`0o${word}`), 0, 0o777);
  },
  format: (value) => value.toString(8),
};

/** An amount of memory: a number with an optional unit. */
export function memory(min: number, max: number): Kind<number, WrittenBytes> {
  return {
    parse(words) {
      const value = parseExactMemory(single(words));
      if (value === undefined) throw new ConfigError("argument must be a memory value");
      return within(value, min, max);
    },
    format: exactText,
    lines: (value) => [formatMemory(value)],
  };
}

/** An amount of memory, or a share of `maxmemory` as a percentage (kept as a negative number). */
export const memoryOrPercent: Kind<number, WrittenBytes | `${number}%`> = {
  parse(words) {
    const word = single(words);
    const percent = /^(0|[1-9]\d*)%$/.exec(word);
    if (percent !== null) {
      if (Number(percent[1]) > 100) {
        throw new ConfigError("percentage argument must be less or equal to 100");
      }
      return -Number(percent[1]) || 0;
    }
    const value = parseMemory(word);
    if (value === undefined) throw new ConfigError("argument must be a memory or percent value");
    return value;
  },
  format: (value) => value < 0 ? `${-value}%` : text(value),
};

/** One of several words. */
export function oneOf<Choice extends string>(
  ...choices: readonly Choice[]
): Kind<Choice, Choice> {
  return {
    parse(words) {
      const word = single(words).toLowerCase();
      const choice = choices.find((known) => known === word);
      if (choice !== undefined) return choice;
      throw new ConfigError(
        `argument(s) must be one of the following: ${choices.join(", ")}`,
      );
    },
    format: text,
  };
}

/** One or more of several words; the first of them must stand alone. */
export function someOf(...choices: string[]): Kind<string, string> {
  return {
    parse(words) {
      const chosen = new Set(words.map((word) => word.toLowerCase()));
      if (chosen.size === 0 || ![...chosen].every((word) => choices.includes(word))) {
        throw new ConfigError(`argument(s) must be one of the following: ${choices.join(", ")}`);
      }
      const ordered = choices.filter((choice) => chosen.has(choice));
      if (ordered.includes("save") && ordered.includes("nosave")) {
        throw new ConfigError(
          "shutdown options SAVE and NOSAVE can't be used simultaneously",
        );
      }
      return ordered.filter((choice) => choice !== choices[0] || ordered.length === 1).join(" ");
    },
    format: text,
  };
}

const EVENT_CLASSES = "g$lshzxetd";

/** Letters of `notify-keyspace-events`, shown in order, with `A` in place of all classes that it stands for. */
export const eventClasses: Kind<string, string> = {
  parse(given) {
    const letters = single(given);
    if (!/^[Ag$lshzxeKEtmdn]*$/.test(letters)) {
      throw new ConfigError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    const isAll = letters.includes("A") ||
      [...EVENT_CLASSES].every((letter) => letters.includes(letter));
    const order = isAll ? "AnKEm" : `${EVENT_CLASSES}nKEm`;
    return [...order].filter((letter) => letter === "A" || letters.includes(letter)).join("");
  },
  format: text,
};

/** Numbers from 0 to 100, shown as short as possible. */
export const percentiles: Kind<string, string> = {
  parse(given) {
    const values = (given.length === 1 && given[0] === "" ? [] : given).map((word) =>
      readDouble(fromLatin1(word), 0, word.length)
    );
    if (values.some(Number.isNaN)) {
      throw new ConfigError("Invalid latency-tracking-info-percentiles parameters");
    }
    if (values.some((value) => value < 0 || value > 100)) {
      throw new ConfigError(
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
      );
    }
    return values.join(" ");
  },
  format: text,
};

/** Several words, shown as they were given, with one space between them. */
export const words: Kind<string, string> = {
  parse: (given) => given.join(" ").trim(),
  format: text,
};

/** The rules of `save`: pairs of seconds and changes. An empty word means no rules. */
export const saveRules: Kind<string, string> = {
  parse(given) {
    const parts = given.flatMap((word) => word.trim() === "" ? [] : word.trim().split(/\s+/));
    if (parts.length === 0) return "";
    const isValid = parts.length % 2 === 0 &&
      parts.every((part, i) => /^\d+$/.test(part) && Number(part) >= (i % 2 === 0 ? 1 : 0));
    if (!isValid) throw new ConfigError("Invalid save parameters");
    return parts.map(Number).join(" ");
  },
  format: text,
  lines: (value) => value === "" ? ['""'] : value.match(/\d+ \d+/g) ?? [],
};

/** The limits on the output that may wait for a client. */
export interface OutputLimit {
  /** Bytes at which a client is closed at once; 0 is no limit. */
  readonly hardBytes: number;
  /** Bytes above which a client may stay for {@link softSeconds}; 0 is no limit. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

const OUTPUT_CLASSES = ["normal", "slave", "pubsub"] as const;

/** The limits in a value of {@link outputLimits}. */
export function parseOutputLimits(value: string): Record<string, OutputLimit> {
  const parts = value.split(" ");
  const limits: Record<string, OutputLimit> = {};
  for (let i = 0; i + 3 < parts.length; i += 4) {
    const [hardBytes, softBytes, softSeconds] = parts.slice(i + 1, i + 4).map(Number);
    limits[parts[i]] = { hardBytes, softBytes, softSeconds };
  }
  return limits;
}

/** `client-output-buffer-limit`: one or more groups of class, hard limit, soft limit and seconds. */
export const outputLimits: Kind<string, string> = {
  parse(given) {
    const parts = given.flatMap((word) => word.trim().split(/\s+/));
    if (parts.length % 4 !== 0) {
      throw new ConfigError("Wrong number of arguments in buffer limit configuration.");
    }
    const quads: string[] = [];
    for (let i = 0; i < parts.length; i += 4) {
      const name = parts[i].toLowerCase().replace("replica", "slave");
      if (!OUTPUT_CLASSES.some((known) => known === name)) {
        throw new ConfigError("Invalid client class specified in buffer limit configuration.");
      }
      const hard = parseMemory(parts[i + 1]);
      const soft = parseMemory(parts[i + 2]);
      const seconds = Number(parts[i + 3]);
      if (hard === undefined || soft === undefined || !(seconds >= 0)) {
        throw new ConfigError(
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        );
      }
      quads.push(`${name} ${hard} ${soft} ${seconds}`);
    }
    return quads.join(" ");
  },
  format: text,
  lines: (value) =>
    Object.entries(parseOutputLimits(value)).map(([name, limit]) =>
      `${name} ${formatMemory(limit.hardBytes)} ${formatMemory(limit.softBytes)} ` +
      `${limit.softSeconds}`
    ),
};

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

/**
 * The bytes that a text like `100mb` means, or undefined. A text without digits means zero; too large a number means the largest of 64
 * bits.
 */
function parseExactMemory(word: string): bigint | undefined {
  const match = /^(\d*)([a-z]*)$/i.exec(word);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  if (unit === undefined) return undefined;
  const value = BigInt(match![1]) * BigInt(unit);
  return value > UINT64_MAX ? UINT64_MAX : value;
}

/** The bytes that a text like `100mb` means, rounded beyond 2^53, or undefined. */
export function parseMemory(word: string): number | undefined {
  const value = parseExactMemory(word);
  return value === undefined ? undefined : Number(value);
}

/** An amount of memory in the largest unit that divides it. */
export function formatMemory(bytes: number): string {
  for (const unit of ["gb", "mb", "kb"]) {
    if (bytes !== 0 && bytes % UNITS[unit] === 0) return `${bytes / UNITS[unit]}${unit}`;
  }
  return String(bytes);
}

/** A limit or value as an integer of 64 bits. 2^63 and 2^64 stand for the largest integers, which a double cannot hold. */
function toInt64(value: number): bigint {
  return value === INT64_LIMIT || value === 2 ** 64 ? BigInt(value) - 1n : BigInt(value);
}

function exactText(value: number): string {
  return toInt64(value).toString();
}

function within(value: bigint, min: number, max: number): number {
  const [least, most] = [toInt64(min), toInt64(max)];
  if (value < least || value > most) {
    throw new ConfigError(`argument must be between ${least} and ${most} inclusive`);
  }
  return Number(value);
}
