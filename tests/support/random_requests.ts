/**
 * Requests of every command by chance, made from the `syntax` of its spec: most make sense, many have their options in odd orders and
 * several times, and some hold words of options where others belong.
 *
 * @module
 */
import { commandSpecs } from "../../src/commands/mod.ts";
import type { CommandSpec } from "../../src/command/spec.ts";
import { type Argument, parseSyntax } from "../../src/command/syntax.ts";
import type { SeededRandom } from "../../src/lib/random.ts";

/** A command or subcommand with the words that name it. */
export interface NamedSpec {
  readonly words: readonly string[];
  readonly spec: CommandSpec;
}

/** All commands that can be run, and their subcommands. */
export function* namedSpecs(): Generator<NamedSpec> {
  for (const spec of commandSpecs) {
    if (spec.run !== undefined) yield { words: [spec.name], spec };
    for (const sub of spec.subcommands ?? []) yield { words: [spec.name, sub.name], spec: sub };
  }
}

/** Words that mean something somewhere, and shall not where an option's argument belongs. */
const ODD_WORDS =
  "STORE STOREDIST BY GET LIMIT STREAMS GROUP COUNT BLOCK NOACK KEYS AUTH AUTH2 COPY REPLACE WEIGHTS AGGREGATE WITHSCORES ASC ALPHA"
    .split(" ");

const NUMBERS =
  /threshold|score|radius|width|height|itude|weight|increment|numkeys|rank|value|min|max|start|stop|cursor|timeout|maxlen|len|db|seconds|time|count|offset|bit|index/;

/** Makes requests of one command. `keyOf` chooses a key, for a command of this group. */
export class RandomRequests {
  /** How often words are repeated: keys and what belongs to each, so that there are as many of both. */
  #repetitions = 1;

  constructor(
    private readonly random: SeededRandom,
    private readonly keyOf: (group: CommandSpec["group"]) => string,
  ) {}

  /** A request. */
  next({ words, spec }: NamedSpec): string[] {
    this.#repetitions = 1 + this.random.below(3);
    const request = [
      ...words,
      ...this.#sequence(parseSyntax(spec.syntax ?? ""), spec.group),
    ];
    for (let i = words.length; i < request.length; i++) {
      if (this.#chance(40)) request[i] = this.#pick(ODD_WORDS);
    }
    if (this.#chance(30)) request.splice(words.length + this.random.below(request.length), 1);
    return request;
  }

  #chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)];
  }

  /** The words of arguments that follow each other; optional ones among them in any order, left out or several times. */
  #sequence(parts: readonly Argument[], group: CommandSpec["group"]): string[] {
    const words: string[] = [];
    for (let i = 0; i < parts.length; i++) {
      if (!parts[i].isOptional) {
        words.push(...this.#argument(parts[i], group));
        continue;
      }
      const options = [];
      for (; i < parts.length && parts[i].isOptional; i++) options.push(parts[i]);
      i--;
      // Of many options few go together: half of the time one or two are meant, again and again.
      const kinds = this.#chance(2) ? options : [this.#pick(options), this.#pick(options)];
      for (let n = this.random.below(options.length + 2); n > 0; n--) {
        words.push(...this.#argument(this.#pick(kinds), group));
      }
    }
    return words;
  }

  #argument(part: Argument, group: CommandSpec["group"]): string[] {
    const words: string[] = [];
    if (part.token !== undefined) words.push(part.token);
    if (part.type === "pure-token") return words;
    for (let n = part.isMultiple ? this.#repetitions : 1; n > 0; n--) {
      words.push(...this.#value(part, group));
    }
    return words;
  }

  #value({ name, type, parts = [] }: Argument, group: CommandSpec["group"]): string[] {
    if (type === "oneof") return this.#argument(this.#pick(parts), group);
    if (type === "block") return this.#sequence(parts, group);
    if (type === "key" || name === '""') return [this.keyOf(group)];
    if (name === "numkeys" || name === "numfields") return [String(this.#repetitions)];
    if (/\bid$/.test(name)) return [this.#pick(["0", "0", ">", "$", "1-1", "5-0"])];
    if (name === "group" || name === "consumer") {
      return [this.#chance(3) ? this.#pick(ODD_WORDS) : "g"];
    }
    if (name === "min" || name === "max") return [this.#pick(["-", "+", "0", "1", "2"])];
    if (type !== "string" || NUMBERS.test(name)) return [String(this.random.below(4))];
    return [this.#pick(["m", "n", "f", "1", this.#pick(ODD_WORDS)])];
  }
}
