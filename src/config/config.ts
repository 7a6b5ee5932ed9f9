/**
 * The configuration of a running server: the value of every directive, and the listeners that follow it.
 *
 * @module
 */
import { matchesGlob } from "../lib/glob.ts";
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { splitWords } from "../lib/quoted_words.ts";
import {
  type Directive,
  type DirectiveName,
  directives,
  type DirectiveValues,
  type FlagDirective,
  type NumberDirective,
  type TextDirective,
} from "./directives.ts";
import { ConfigError, type ConfigValue } from "./kinds.ts";

/** Called with a directive's new value; may refuse it by throwing {@link ConfigError}. */
export type ChangeListener<Value extends ConfigValue = ConfigValue> = (value: Value) => void;

/** A change of one directive, as CONFIG SET asks for it. */
export interface Change {
  readonly name: string;
  readonly words: readonly string[];
}

/** Thrown by {@link Config.setAll}; says which directive could not be set, and why. */
export class ChangeError extends Error {
  override name = "ChangeError";

  constructor(readonly directive: string, message: string) {
    super(message);
  }
}

const byName: ReadonlyMap<string, Directive> = new Map(
  directives.flatMap((directive) => [
    [directive.name, directive],
    ...(directive.alias === undefined ? [] : [[directive.alias, directive] as const]),
  ]),
);

/** The directive of this name or alias, in any case. */
export function findDirective(name: string): Directive | undefined {
  return byName.get(name.toLowerCase());
}

/** The values of all directives. */
export class Config {
  /** The file that the configuration came from, to which CONFIG REWRITE writes; empty if there is none. */
  file = "";
  readonly #values = new Map<string, ConfigValue>(directives.map((d) => [d.name, d.default]));
  readonly #listeners = new Map<string, (() => void)[]>();

  /** A configuration with the same values, which nobody follows yet. */
  copy(): Config {
    const copy = new Config();
    for (const [name, value] of this.#values) copy.#values.set(name, value);
    return copy;
  }

  /** The value of a directive that takes a number. */
  number(name: NumberDirective): number {
    return Number(this.#values.get(name));
  }

  /** The value of a directive that takes yes or no. */
  flag(name: FlagDirective): boolean {
    return this.#values.get(name) === true;
  }

  /** The value of a directive that takes words. */
  text<Name extends TextDirective>(name: Name): DirectiveValues[Name] {
    return this.#values.get(name) as DirectiveValues[Name];
  }

  /** The directive's value as CONFIG GET shows it. */
  format(directive: Directive): string {
    return directive.kind.format(this.#values.get(directive.name)!);
  }

  /** Whether the directive has its default value. */
  isDefault(directive: Directive): boolean {
    return this.#values.get(directive.name) === directive.default;
  }

  /** The directive's value as lines of a configuration file, without the name. */
  lines(directive: Directive): string[] {
    const value = this.#values.get(directive.name)!;
    return directive.kind.lines?.(value) ?? [directive.kind.format(value)];
  }

  /** Calls `listener` with the directive's value now and whenever it changes. */
  follow<Name extends DirectiveName>(
    name: Name,
    listener: ChangeListener<DirectiveValues[Name]>,
  ): void {
    const tell = () => listener(this.#values.get(name) as DirectiveValues[Name]);
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(tell);
    this.#listeners.set(name, listeners);
    tell();
  }

  /** Sets a directive, even an immutable one, while the server starts. Repeated `save` lines add up. Throws {@link ConfigError}. */
  load(directive: Directive, words: readonly string[], isRepeated: boolean): void {
    if (!directive.takesWords && words.length !== 1) {
      throw new ConfigError("wrong number of arguments");
    }
    let value = this.#parse(directive, directive.takesWords ? separate(words) : words);
    if (directive.name === "save" && isRepeated && value !== "") {
      value = `${this.#values.get("save")} ${value}`.trim();
    }
    this.#values.set(directive.name, value);
  }

  /** Changes a directive's value without a CONFIG SET. */
  assign<Name extends DirectiveName>(name: Name, value: DirectiveValues[Name]): void {
    this.#values.set(name, value);
  }

  /**
   * Makes all of several changes, or none. Throws {@link ChangeError}. `mayChangeProtected` says whether `enable-protected-configs` lets
   * this client change protected directives.
   */
  setAll(changes: readonly Change[], mayChangeProtected: boolean): void {
    const parsed = changes.map((change, i) => {
      const directive = findDirective(change.name)!;
      const fail = (message: string) => new ChangeError(change.name, message);
      if (directive.isImmutable) throw fail("can't set immutable config");
      if (directive.isProtected && !mayChangeProtected) throw fail("can't set protected config");
      if (changes.findIndex((c) => findDirective(c.name) === directive) !== i) {
        throw fail("duplicate parameter");
      }
      try {
        return { change, directive, value: this.#parse(directive, change.words) };
      } catch (error) {
        throw error instanceof ConfigError ? fail(error.message) : error;
      }
    });
    const before = parsed.map(({ directive }) => this.#values.get(directive.name)!);
    for (const { directive, value } of parsed) this.#values.set(directive.name, value);
    for (let i = 0; i < parsed.length; i++) {
      try {
        if (parsed[i].value !== before[i]) this.#tell(parsed[i].directive.name);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        parsed.forEach(({ directive }, j) => this.#values.set(directive.name, before[j]));
        for (let j = 0; j < i; j++) this.#tell(parsed[j].directive.name);
        throw new ChangeError(parsed[i].change.name, error.message);
      }
    }
  }

  /** The directives that do nothing here but have another value than their default. */
  get ineffective(): Directive[] {
    return directives.filter((d) => d.support === "accepted" && !this.isDefault(d));
  }

  /** Names (and aliases) that match a glob, each with its value. */
  match(glob: string): [name: string, value: string][] {
    const pattern = fromLatin1(glob.toLowerCase());
    // A name without wildcards comes back in the case in which it was given.
    const isExact = !/[*?[\\]/.test(glob);
    if (isExact) {
      const directive = findDirective(glob);
      return directive === undefined ? [] : [[glob, this.format(directive)]];
    }
    const found: [string, string][] = [];
    for (const directive of directives) {
      for (const name of [directive.name, directive.alias]) {
        if (name === undefined || directive.isHidden) continue;
        if (matchesGlob(pattern, fromLatin1(name))) found.push([name, this.format(directive)]);
      }
    }
    return found;
  }

  #parse(directive: Directive, words: readonly string[]): ConfigValue {
    const value = directive.kind.parse(words);
    const current = this.#values.get(directive.name);
    // Classes of clients that are not named keep their limits.
    if (directive.name === "client-output-buffer-limit") {
      return mergeOutputLimits(String(current), String(value));
    }
    return value;
  }

  #tell(name: string): void {
    for (const tell of this.#listeners.get(name) ?? []) tell();
  }
}

/** The words of a list; a single word may hold all of them. */
function separate(words: readonly string[]): readonly string[] {
  if (words.length !== 1 || words[0] === "") return words;
  return splitWords(fromLatin1(words[0]))?.map((word) => latin1(word, 0, word.length)) ?? [];
}

function mergeOutputLimits(before: string, changed: string): string {
  const quads = new Map<string, string>();
  for (const quad of `${before} ${changed}`.match(/\S+ \d+ \d+ \d+/g) ?? []) {
    quads.set(quad.split(" ", 1)[0], quad);
  }
  return [...quads.values()].join(" ");
}
