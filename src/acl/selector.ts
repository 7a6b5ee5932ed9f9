/**
 * A selector of an ACL user: which commands it lets run, on which keys and channels. A request is allowed if one of the user's selectors
 * allows all of it.
 *
 * @module
 */
import { fromLatin1, hasSpace, lowerAscii } from "../lib/bytes.ts";
import { matchesGlob } from "../lib/glob.ts";
import { AclRuleError } from "./errors.ts";

/** A command, as access rules see it. */
export interface AclCommand {
  /** A number that no other command or subcommand has. */
  readonly id: number;
  /** The name with the container's: `config|get`. */
  readonly fullName: string;
  /** The ACL categories, each with its `@`. */
  readonly categories: readonly string[];
  readonly parent?: AclCommand;
  readonly subcommands: ReadonlyMap<string, AclCommand> | undefined;
}

/** The commands that rules may name. */
export interface AclCommands {
  /** All commands, each followed by its subcommands. */
  withSubcommands(): Iterable<AclCommand>;
  /** The command of this name, or `container|subcommand`, in any case. */
  byName(name: string): AclCommand | undefined;
  /** The commands and subcommands of a category, which begins with `@`. */
  inCategory(category: string): readonly AclCommand[];
}

/** What applies to all users. */
export interface AclSettings {
  readonly catalog: AclCommands;
  /** Whether a new user, or one that is reset, may use all channels (`acl-pubsub-default`). */
  allChannelsByDefault: boolean;
}

/** The kinds of access to keys, as bits: what a request does, and what a pattern allows. */
export const KeyAccess = { Read: 1, Write: 2 } as const;

/** A key that a request touches. */
export interface TouchedKey {
  /** Index among the arguments. */
  readonly index: number;
  readonly key: string;
  /** {@link KeyAccess} bits. */
  readonly access: number;
}

/** A channel that a request sends to or listens to. */
export interface TouchedChannel {
  /** Index among the arguments. */
  readonly index: number;
  readonly channel: string;
  readonly isPattern: boolean;
}

/** Why a request is refused, in the order in which the checks are made. */
export type DenialKind = "command" | "key" | "channel";

/** A refusal by one selector. */
export interface Denial {
  readonly kind: DenialKind;
  /** Index of the argument that was refused; 0 for the command. */
  readonly index: number;
}

/** What a request asks to do. */
export interface Wanted {
  readonly command: AclCommand;
  /** The word behind the command, lower-case. */
  readonly firstArgument: string | undefined;
  readonly keys: readonly TouchedKey[];
  readonly channels: readonly TouchedChannel[];
}

interface KeyPattern {
  readonly text: string;
  readonly bytes: Uint8Array;
  access: number;
}

/** One set of rules about commands, keys and channels. */
export class Selector {
  /** Whether it allows every command, even those of later versions. */
  allCommands = false;
  allKeys = false;
  allChannels = false;
  #commands = new Set<number>();
  /** For commands that are not allowed as such, the first arguments with which they are. */
  #firstArguments = new Map<number, Set<string>>();
  #keys: KeyPattern[] = [];
  #channels: string[] = [];
  /** The rules about commands in the order in which they were given, without those that later rules override. */
  #commandRules: string[] = [];
  /** Whether these rules start from all commands, and not from none. */
  #startsWithAll = false;

  constructor(private readonly settings: AclSettings) {
    this.allChannels = settings.allChannelsByDefault;
  }

  /** A selector with the same rules, which may change without this one. */
  clone(): Selector {
    const copy = new Selector(this.settings);
    copy.allChannels = this.allChannels;
    copy.allCommands = this.allCommands;
    copy.allKeys = this.allKeys;
    copy.#commands = new Set(this.#commands);
    copy.#firstArguments = new Map(
      [...this.#firstArguments].map(([id, words]) => [id, new Set(words)]),
    );
    copy.#keys = this.#keys.map((pattern) => ({ ...pattern }));
    copy.#channels = [...this.#channels];
    copy.#commandRules = [...this.#commandRules];
    copy.#startsWithAll = this.#startsWithAll;
    return copy;
  }

  /** Whether it allows everything. */
  get isUnrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  /** Applies a rule; throws {@link AclRuleError}. */
  apply(rule: string): void {
    const lower = lowerAscii(rule);
    if (lower === "allkeys" || lower === "~*") {
      this.allKeys = true;
      this.#keys = [];
    } else if (lower === "resetkeys") {
      this.allKeys = false;
      this.#keys = [];
    } else if (lower === "allchannels" || lower === "&*") {
      this.allChannels = true;
      this.#channels = [];
    } else if (lower === "resetchannels") {
      this.allChannels = false;
      this.#channels = [];
    } else if (lower === "allcommands" || lower === "+@all") this.#setAll(true);
    else if (lower === "nocommands" || lower === "-@all") this.#setAll(false);
    else if (rule[0] === "~" || rule[0] === "%") this.#addKeys(rule);
    else if (rule[0] === "&") this.#addChannels(rule.slice(1));
    else if (rule[0] === "+" || rule[0] === "-") {
      this.#changeCommands(rule[0] === "+", lower.slice(1));
    } // An empty word means nothing, as in Redis 7.2.
    else if (rule !== "") throw new AclRuleError("syntax");
  }

  /** Why it refuses a request; undefined if it does not. `isOpen`: the command needs no permission. */
  check({ command, firstArgument, keys, channels }: Wanted, isOpen: boolean): Denial | undefined {
    if (!isOpen && !this.mayRun(command, firstArgument)) return { kind: "command", index: 0 };
    if (!this.allKeys) {
      const denied = keys.find(({ key, access }) => !this.mayTouch(key, access));
      if (denied !== undefined) return { kind: "key", index: denied.index };
    }
    if (!this.allChannels) {
      const denied = channels.find(({ channel, isPattern }) =>
        !this.mayUseChannel(channel, isPattern)
      );
      if (denied !== undefined) return { kind: "channel", index: denied.index };
    }
    return undefined;
  }

  /** Whether a command may run at all. */
  mayRun(command: AclCommand, firstArgument: string | undefined): boolean {
    if (this.allCommands || this.#commands.has(command.id)) return true;
    const words = this.#firstArguments.get(command.id);
    return words !== undefined && firstArgument !== undefined && words.has(firstArgument);
  }

  /** Whether a key may be accessed in this way; `access` is {@link KeyAccess} bits. */
  mayTouch(key: string, access: number): boolean {
    if (this.allKeys) return true;
    const bytes = fromLatin1(key);
    return this.#keys.some((pattern) =>
      (pattern.access & access) === access && matchesGlob(pattern.bytes, bytes)
    );
  }

  /** Whether any key at all may be read. */
  get mayReadAnyKey(): boolean {
    return this.allKeys ||
      this.#keys.some(({ text, access }) => text === "*" && (access & KeyAccess.Read) !== 0);
  }

  /** The patterns of allowed channels; empty if {@link allChannels}. */
  get channels(): readonly string[] {
    return this.#channels;
  }

  /** Whether a client may send or listen to a channel. A pattern must be exactly one of the selector's patterns. */
  mayUseChannel(channel: string, isPattern: boolean): boolean {
    if (this.allChannels) return true;
    if (isPattern) return this.#channels.includes(channel);
    const bytes = fromLatin1(channel);
    return this.#channels.some((pattern) => matchesGlob(fromLatin1(pattern), bytes));
  }

  /** The rules about commands: `-@all +get`. */
  describeCommands(): string {
    return [this.#startsWithAll ? "+@all" : "-@all", ...this.#commandRules].join(" ");
  }

  /** The rules about keys: `~a* %R~b*`. */
  describeKeys(): string {
    if (this.allKeys) return "~*";
    const prefix = ["", "%R", "%W", ""];
    return this.#keys.map(({ text, access }) => `${prefix[access]}~${text}`).join(" ");
  }

  /** The rules about channels: `&a* &b`. */
  describeChannels(): string {
    return this.allChannels ? "&*" : this.#channels.map((pattern) => `&${pattern}`).join(" ");
  }

  /** All rules, in the form of a file of users. */
  describe(): string {
    const channels = this.allChannels ? "" : "resetchannels ";
    return [
      this.describeKeys(),
      (channels + this.describeChannels()).trim(),
      this.describeCommands(),
    ]
      .filter((part) => part !== "").join(" ");
  }

  #setAll(allow: boolean): void {
    this.allCommands = this.#startsWithAll = allow;
    this.#commands.clear();
    this.#firstArguments.clear();
    this.#commandRules = [];
    if (!allow) return;
    for (const { id } of this.settings.catalog.withSubcommands()) this.#commands.add(id);
  }

  #addKeys(rule: string): void {
    if (this.allKeys) throw new AclRuleError("all keys");
    let access: number = KeyAccess.Read | KeyAccess.Write;
    let at = 0;
    if (rule[0] === "%") {
      access = 0;
      for (at = 1; at < rule.length && rule[at] !== "~"; at++) {
        const letter = rule[at].toUpperCase();
        const bit = letter === "R" ? KeyAccess.Read : letter === "W" ? KeyAccess.Write : 0;
        if (bit === 0 || (access & bit) !== 0) throw new AclRuleError("syntax");
        access |= bit;
      }
      if (access === 0) throw new AclRuleError("syntax");
    }
    const text = rule.slice(at + 1);
    checkPattern(text);
    const known = this.#keys.find((pattern) => pattern.text === text);
    if (known !== undefined) known.access |= access;
    else this.#keys.push({ text, bytes: fromLatin1(text), access });
  }

  #addChannels(pattern: string): void {
    if (this.allChannels) throw new AclRuleError("all channels");
    checkPattern(pattern);
    if (!this.#channels.includes(pattern)) this.#channels.push(pattern);
  }

  #changeCommands(allow: boolean, name: string): void {
    if (name.startsWith("@")) this.#changeCategory(allow, name);
    else if (allow && name.includes("|")) this.#allowSubcommand(name);
    else {
      const command = this.settings.catalog.byName(name);
      if (command === undefined) throw new AclRuleError("unknown command");
      this.#change(allow, command);
    }
    this.#addCommandRule(allow, name);
  }

  #changeCategory(allow: boolean, category: string): void {
    const members = this.settings.catalog.inCategory(category);
    if (members.length === 0) throw new AclRuleError("unknown command");
    for (const command of members) this.#change(allow, command);
  }

  #allowSubcommand(name: string): void {
    const bar = name.lastIndexOf("|");
    const [container, word] = [name.slice(0, bar), name.slice(bar + 1)];
    const command = this.settings.catalog.byName(container);
    if (command === undefined) throw new AclRuleError("unknown command");
    if (command.parent !== undefined) throw new AclRuleError("nested first argument");
    if (word === "") throw new AclRuleError("syntax");
    const subcommand = command.subcommands?.get(word);
    if (subcommand !== undefined) this.#change(true, subcommand);
    else if (command.subcommands !== undefined) throw new AclRuleError("unknown command");
    else {
      const words = this.#firstArguments.get(command.id) ?? new Set();
      this.#firstArguments.set(command.id, words.add(word));
    }
  }

  #change(allow: boolean, command: AclCommand): void {
    this.#firstArguments.delete(command.id);
    if (allow) this.#commands.add(command.id);
    else {
      this.#commands.delete(command.id);
      this.allCommands = false;
    }
    for (const subcommand of command.subcommands?.values() ?? []) this.#change(allow, subcommand);
  }

  #addCommandRule(allow: boolean, name: string): void {
    this.#commandRules = this.#commandRules.filter((rule) => {
      const old = rule.slice(1);
      return old !== name && !old.startsWith(`${name}|`);
    });
    this.#commandRules.push((allow ? "+" : "-") + name);
  }
}

function checkPattern(pattern: string): void {
  if (hasSpace(pattern) || pattern.includes("\0")) throw new AclRuleError("syntax");
}
