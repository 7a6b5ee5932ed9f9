/**
 * A user: passwords, and what it may do.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { fromLatin1 } from "../lib/bytes.ts";
import { AclError, AclRuleError } from "./errors.ts";
import { type AclCommands, type Denial, Selector, type Wanted } from "./selector.ts";

const RANKS = ["command", "key", "channel"];

/** SHA-256 of a password, in hexadecimal digits: all that is kept of it. */
export function hashPassword(password: string): string {
  return createHash("sha256").update(fromLatin1(password)).digest("hex");
}

/** One user. */
export class User {
  isEnabled = false;
  /** Any password will do. */
  needsNoPassword = false;
  /** RESTORE checks what this user sends. */
  sanitizesPayload = true;
  /** Everything is allowed: the quick answer for most users. */
  isUnrestricted = false;
  #passwords: string[] = [];
  #selectors: Selector[];

  constructor(
    readonly name: string,
    private readonly catalog: AclCommands,
    private readonly allChannelsByDefault: boolean,
  ) {
    this.#selectors = [new Selector(catalog, allChannelsByDefault)];
  }

  /** A copy that can change without this one. */
  clone(): User {
    const copy = new User(this.name, this.catalog, this.allChannelsByDefault);
    copy.become(this);
    return copy;
  }

  /** Takes over everything from another user but the name. */
  become(other: User): void {
    this.isEnabled = other.isEnabled;
    this.needsNoPassword = other.needsNoPassword;
    this.sanitizesPayload = other.sanitizesPayload;
    this.isUnrestricted = other.isUnrestricted;
    this.#passwords = [...other.#passwords];
    this.#selectors = other.#selectors.map((selector) => selector.clone());
  }

  /** Whether anybody may act as this user without a password. */
  get isOpen(): boolean {
    return this.isEnabled && this.needsNoPassword;
  }

  /** Hashes of the passwords. */
  get passwords(): readonly string[] {
    return this.#passwords;
  }

  /** The root selector first. */
  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  /** Applies a rule of ACL SETUSER, or `(rules of a selector)`; throws {@link AclRuleError}. */
  apply(rule: string): void {
    this.#apply(rule);
    this.isUnrestricted = this.#selectors.some((selector) => selector.isUnrestricted);
  }

  /** Whether this is a password of the user, in a time that does not tell how nearly. */
  accepts(password: string): boolean {
    if (!this.isEnabled) return false;
    if (this.needsNoPassword) return true;
    const given = fromLatin1(hashPassword(password));
    let isRight = false;
    for (const hash of this.#passwords) {
      if (timingSafeEqual(given, fromLatin1(hash))) isRight = true;
    }
    return isRight;
  }

  /** Why a request is refused: what the selector says that comes nearest to allowing it. Undefined if one allows it. */
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

  /** The user's flags, as ACL GETUSER lists them. */
  get flags(): string[] {
    return [
      this.isEnabled ? "on" : "off",
      ...this.needsNoPassword ? ["nopass"] : [],
      this.sanitizesPayload ? "sanitize-payload" : "skip-sanitize-payload",
    ];
  }

  /** All rules that make a user like this, in one line. */
  describe(): string {
    const [root, ...others] = this.#selectors.map((selector) => selector.describe());
    const passwords = this.#passwords.map((hash) => `#${hash}`);
    return [...this.flags, ...passwords, root, ...others.map((rules) => `(${rules})`)].join(" ");
  }

  #apply(rule: string): void {
    const lower = rule.toLowerCase();
    const rest = rule.slice(1);
    if (lower === "on" || lower === "off") this.isEnabled = lower === "on";
    else if (lower === "nopass") {
      this.needsNoPassword = true;
      this.#passwords = [];
    } else if (lower === "resetpass") {
      this.needsNoPassword = false;
      this.#passwords = [];
    } else if (lower === "sanitize-payload" || lower === "skip-sanitize-payload") {
      this.sanitizesPayload = lower === "sanitize-payload";
    } else if (lower === "clearselectors") this.#selectors.length = 1;
    else if (lower === "reset") {
      this.become(new User(this.name, this.catalog, this.allChannelsByDefault));
    } else if (rule[0] === ">" || rule[0] === "#") {
      this.#addPassword(rule[0] === ">" ? hashPassword(rest) : checkHash(rest));
    } else if (rule[0] === "<" || rule[0] === "!") {
      this.#removePassword(rule[0] === "<" ? hashPassword(rest) : checkHash(rest));
    } else if (rule[0] === "(" && rule.endsWith(")")) this.#addSelector(rule.slice(1, -1));
    else this.#selectors[0].apply(rule);
  }

  #addPassword(hash: string): void {
    this.needsNoPassword = false;
    if (!this.#passwords.includes(hash)) this.#passwords.push(hash);
  }

  #removePassword(hash: string): void {
    if (!this.#passwords.includes(hash)) throw new AclRuleError("unknown password");
    this.#passwords = this.#passwords.filter((known) => known !== hash);
  }

  #addSelector(rules: string): void {
    const selector = new Selector(this.catalog, this.allChannelsByDefault);
    for (const rule of rules.split(/ +/).filter((word) => word !== "")) selector.apply(rule);
    this.#selectors.push(selector);
  }
}

function checkHash(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new AclRuleError("bad hash");
  return hash;
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
