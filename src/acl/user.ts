/**
 * A user: passwords, and what the user may do.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fromLatin1, hexText, latin1, lowerAscii } from "../lib/bytes.ts";
import { splitWords } from "../lib/quoted_words.ts";
import { AclError, AclRuleError } from "./errors.ts";
import { type AclSettings, type Denial, Selector, type Wanted } from "./selector.ts";

const RANKS = ["command", "key", "channel"];

/** The SHA-256 of a password, which is all that is kept of it. */
function hashPassword(password: string): Uint8Array {
  return createHash("sha256").update(fromLatin1(password)).digest();
}

/**
 * Whether two hashes are the same, in a time that does not depend on where they differ. The runtime's own function takes so long for each
 * call that the time would reveal how many passwords a user has.
 */
function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** A hash to compare passwords with when a user has none. */
const NO_PASSWORD: readonly Uint8Array[] = [new Uint8Array(32)];

/** One user. */
export class User {
  isEnabled = false;
  /** Whether any password is accepted. */
  needsNoPassword = false;
  /** Whether RESTORE checks the payloads of this user. */
  sanitizesPayload = true;
  /** Whether everything is allowed, which is the quick answer for most users. */
  isUnrestricted = false;
  /** Hashes of the passwords, by their hexadecimal digits. */
  readonly #passwords = new Map<string, Uint8Array>();
  #selectors: Selector[];

  constructor(
    readonly name: string,
    private readonly settings: AclSettings,
  ) {
    this.#selectors = [new Selector(settings)];
  }

  /** A user with the same rules and passwords, which may change without this one. */
  clone(): User {
    const copy = new User(this.name, this.settings);
    copy.become(this);
    return copy;
  }

  /** Takes over everything but the name from another user. */
  become(other: User): void {
    this.isEnabled = other.isEnabled;
    this.needsNoPassword = other.needsNoPassword;
    this.sanitizesPayload = other.sanitizesPayload;
    this.isUnrestricted = other.isUnrestricted;
    const passwords = [...other.#passwords];
    this.#passwords.clear();
    for (const [digits, hash] of passwords) this.#passwords.set(digits, hash);
    this.#selectors = other.#selectors.map((selector) => selector.clone());
  }

  /** Whether anybody may act as this user without a password. */
  get isOpen(): boolean {
    return this.isEnabled && this.needsNoPassword;
  }

  /** Hashes of the passwords, in hexadecimal digits. */
  get passwords(): readonly string[] {
    return [...this.#passwords.keys()];
  }

  /** The selectors; the root selector is the first. */
  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  /** Applies a rule of ACL SETUSER, or `(rules of a selector)`; throws {@link AclRuleError}. */
  apply(rule: string): void {
    this.#apply(rule);
    this.isUnrestricted = this.#selectors.some((selector) => selector.isUnrestricted);
  }

  /**
   * Whether this is a password of the user. The time that the check takes reveals neither why the password is wrong nor how nearly it is
   * right.
   */
  accepts(password: string): boolean {
    const given = hashPassword(password);
    let isRight = this.needsNoPassword;
    for (const hash of this.#passwords.size === 0 ? NO_PASSWORD : this.#passwords.values()) {
      if (isSameHash(given, hash)) isRight = true;
    }
    return isRight && this.isEnabled;
  }

  /** Why a request is refused, as the selector says that comes nearest to allowing it; undefined if a selector allows it. */
  check(wanted: Wanted, isOpen: boolean): Denial | undefined {
    let nearest: Denial | undefined;
    for (const selector of this.#selectors) {
      const denial = selector.check(wanted, isOpen);
      if (denial === undefined) return undefined;
      const distance = nearest === undefined
        ? 1
        : RANKS.indexOf(denial.kind) - RANKS.indexOf(nearest.kind) || denial.index - nearest.index;
      if (distance > 0) nearest = denial;
    }
    return nearest;
  }

  /** Whether some selector allows a channel, or a pattern of channels. */
  mayUseChannel(channel: string, isPattern: boolean): boolean {
    return this.#selectors.some((selector) => selector.mayUseChannel(channel, isPattern));
  }

  /**
   * Whether this user's selectors together name every channel that those of another user name, so that whoever may listen as the other user
   * may listen as this one.
   */
  hasChannelsOf(other: User): boolean {
    if (this.#selectors.some(({ allChannels }) => allChannels)) return true;
    const own = new Set(this.#selectors.flatMap(({ channels }) => channels));
    return other.#selectors.every(({ allChannels, channels }) =>
      !allChannels && channels.every((pattern) => own.has(pattern))
    );
  }

  /** The user's flags, as ACL GETUSER lists them. */
  get flags(): string[] {
    return [
      this.isEnabled ? "on" : "off",
      ...this.needsNoPassword ? ["nopass"] : [],
      this.sanitizesPayload ? "sanitize-payload" : "skip-sanitize-payload",
    ];
  }

  /** All rules that make such a user, in one line. */
  describe(): string {
    const [root, ...others] = this.#selectors.map((selector) => selector.describe());
    const passwords = this.passwords.map((digits) => `#${digits}`);
    return [...this.flags, ...passwords, root, ...others.map((rules) => `(${rules})`)].join(" ");
  }

  #apply(rule: string): void {
    const lower = lowerAscii(rule);
    const rest = rule.slice(1);
    if (lower === "on" || lower === "off") this.isEnabled = lower === "on";
    else if (lower === "nopass") {
      this.needsNoPassword = true;
      this.#passwords.clear();
    } else if (lower === "resetpass") {
      this.needsNoPassword = false;
      this.#passwords.clear();
    } else if (lower === "sanitize-payload" || lower === "skip-sanitize-payload") {
      this.sanitizesPayload = lower === "sanitize-payload";
    } else if (lower === "clearselectors") this.#selectors.length = 1;
    else if (lower === "reset") {
      this.become(new User(this.name, this.settings));
    } else if (rule[0] === ">" || rule[0] === "#") {
      this.#addPassword(rule[0] === ">" ? hashPassword(rest) : readHash(rest));
    } else if (rule[0] === "<" || rule[0] === "!") {
      this.#removePassword(rule[0] === "<" ? hashPassword(rest) : readHash(rest));
    } else if (rule[0] === "(" && rule.endsWith(")")) this.#addSelector(rule.slice(1, -1));
    else this.#selectors[0].apply(rule);
  }

  #addPassword(hash: Uint8Array): void {
    this.needsNoPassword = false;
    this.#passwords.set(hexText(hash), hash);
  }

  #removePassword(hash: Uint8Array): void {
    if (!this.#passwords.delete(hexText(hash))) throw new AclRuleError("unknown password");
  }

  #addSelector(rules: string): void {
    const selector = new Selector(this.settings);
    // If the quotes do not balance, Redis 7.2 reads no rule, and the selector allows nothing.
    for (const word of splitWords(fromLatin1(rules)) ?? []) {
      selector.apply(latin1(word, 0, word.length));
    }
    this.#selectors.push(selector);
  }
}

/** The hash that hexadecimal digits spell. */
function readHash(digits: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new AclRuleError("bad hash");
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

/** Joins the words of selectors in parentheses: `(+get` `~a)` is one rule. Throws {@link AclError}. */
export function joinSelectors(words: readonly string[]): string[] {
  const rules: string[] = [];
  let open: string | undefined;
  for (const word of words) {
    if (open !== undefined) open += ` ${word}`;
    else if (word.startsWith("(")) open = word;
    else rules.push(word);
    if (open?.endsWith(")")) {
      rules.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) {
    throw new AclError(
      `Unmatched parenthesis in acl selector starting at '${open.split(" ")[0]}'.`,
    );
  }
  return rules;
}
