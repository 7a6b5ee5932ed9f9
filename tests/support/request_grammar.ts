/**
 * Random requests from a grammar that is data. A grammar has a line for each form of request, and names for the words in it:
 *
 *     words:                                       requests:
 *       key:     "k | l | m"                         RPUSH <key> <element*1..4>
 *       end:     "LEFT | RIGHT"                      1/12 LTRIM <key> <-30..29> <-30..29>
 *       element: "e<0..19> | <x^0..200> | \"\""      ~ SUNION <key> <key>
 *
 *     a | b         one of these; each may be several words, or none
 *     ""            an empty word
 *     <name>        what the name stands for
 *     <2..9>        a whole number, both limits included
 *     <name*2..9>   so many words, each chosen anew
 *     <text^2..9>   one word: the text so many times
 *     <int32>       a number of 32 bits
 *     <later>       a number larger than all before, <past> one up to a little more than that
 *     1/12          the line is chosen a twelfth as often as others
 *     ~ ? @         how replies compare: see `differential.ts`
 *
 * @module
 */
import type { SeededRandom } from "../../src/lib/random.ts";

/** Forms of requests, and the words in them. */
export interface RequestGrammar {
  readonly words: Readonly<Record<string, string>>;
  readonly requests: string;
}

/** A request and how its replies compare. */
export interface MarkedRequest {
  readonly mark: string;
  readonly words: readonly string[];
}

interface Form {
  readonly mark: string;
  readonly oneIn: number;
  readonly template: string;
}

const LARGEST_STEP = 3;
const AHEAD = 4;

/** Makes requests of one grammar. */
export class GrammarRequests {
  readonly #forms: readonly Form[];
  readonly #choices = new Map<string, readonly string[]>();
  #latest = 0;

  constructor(private readonly grammar: RequestGrammar, private readonly random: SeededRandom) {
    this.#forms = grammar.requests.trim().split("\n").map(parseForm);
  }

  /** A request. */
  next(): MarkedRequest {
    for (;;) {
      const { mark, oneIn, template } = this.#pick(this.#forms);
      if (this.random.below(oneIn) === 0) return { mark, words: this.#expand(template) };
    }
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)];
  }

  #between(low: string, high: string): number {
    return Number(low) + this.random.below(Number(high) - Number(low) + 1);
  }

  #expand(template: string): string[] {
    if (template === "") return [];
    return template.split(" ").flatMap((part) => {
      const [, name, low, high] = /^<([^<>]+?)(?:\*(\d+)\.\.(\d+))?>$/.exec(part) ?? [];
      if (name === undefined) return [part === '""' ? "" : this.#fill(part)];
      const times = low === undefined ? 1 : this.#between(low, high);
      return Array.from({ length: times }, () => this.#named(name)).flat();
    });
  }

  /** A word with names inside. */
  #fill(part: string): string {
    return part.replaceAll(/<([^<>]+)>/g, (_, name) => this.#named(name).join(" "));
  }

  #named(name: string): string[] {
    const choices = this.#choicesOf(name);
    if (choices !== undefined) return this.#expand(this.#pick(choices));
    const [, text, low, high] = /^(?:(.+)\^)?(-?\d+)\.\.(-?\d+)$/s.exec(name) ?? [];
    if (low !== undefined) {
      const number = this.#between(low, high);
      return [text === undefined ? String(number) : this.#text(text).repeat(number)];
    }
    if (name === "int32") return [String(this.random.int32())];
    if (name === "later") return [String(this.#latest += 1 + this.random.below(LARGEST_STEP))];
    if (name === "past") return [String(this.random.below(this.#latest + AHEAD + 1))];
    throw new Error(`The grammar has no word <${name}>`);
  }

  #text(text: string): string {
    return this.#choicesOf(text) === undefined ? text : this.#named(text).join("");
  }

  #choicesOf(name: string): readonly string[] | undefined {
    let choices = this.#choices.get(name);
    if (choices !== undefined || !Object.hasOwn(this.grammar.words, name)) return choices;
    choices = this.grammar.words[name].split("|").map((choice) => choice.replace(/^ +| +$/g, ""));
    this.#choices.set(name, choices);
    return choices;
  }
}

function parseForm(line: string): Form {
  const [, mark = "", oneIn = "1", template] = /^ *(?:([~?@]) )?(?:1\/(\d+) )?(.+?) *$/s.exec(
    line,
  )!;
  return { mark, oneIn: Number(oneIn), template };
}
