/**
 * All users, where they come from and go to: the `user` lines of a configuration, or a file of such lines (`aclfile`).
 *
 * @module
 */
import { AclError, AclRuleError } from "./errors.ts";
import type { AclCommands } from "./selector.ts";
import { joinSelectors, User } from "./user.ts";

/** The user that clients are before they authenticate; it cannot be removed. */
const DEFAULT = "default";
const UNRESTRICTED = ["on", "nopass", "~*", "&*", "+@all"];

/** Users by name. */
export class Acl {
  /** Whether new users may use all channels (`acl-pubsub-default`). */
  allChannelsByDefault = false;
  #users = new Map<string, User>();

  constructor(readonly catalog: AclCommands) {
    this.#users.set(DEFAULT, this.#makeDefault());
  }

  /** The user of clients that have not authenticated. */
  get defaultUser(): User {
    return this.#users.get(DEFAULT)!;
  }

  /** A user that may do everything, for what the server does itself. Nobody can become it. */
  makeUnrestricted(): User {
    return this.#makeDefault();
  }

  /** All users, by name. */
  get users(): User[] {
    return [...this.#users.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** The user of this name. */
  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Makes or changes a user, by all rules or by none. Throws {@link AclError}. */
  set(name: string, words: readonly string[]): User {
    checkName(name);
    const changed = this.#users.get(name)?.clone() ?? this.#make(name);
    for (const rule of joinSelectors(words)) {
      try {
        changed.apply(rule);
      } catch (error) {
        if (!(error instanceof AclRuleError)) throw error;
        throw new AclError(`Error in ACL SETUSER modifier '${rule}': ${error.message}`);
      }
    }
    const user = this.#users.get(name);
    if (user === undefined) this.#users.set(name, changed);
    else user.become(changed);
    return this.#users.get(name)!;
  }

  /** Removes a user; returns it if it was there. */
  remove(name: string): User | undefined {
    const user = this.#users.get(name);
    this.#users.delete(name);
    return user;
  }

  /** Gives the default user this password and no other, or makes it need none: `requirepass`. */
  setDefaultPassword(password: string): void {
    this.defaultUser.apply("resetpass");
    this.defaultUser.apply(password === "" ? "nopass" : `>${password}`);
  }

  /** The user with these credentials, if they are right. */
  authenticate(name: string, password: string): User | undefined {
    const user = this.#users.get(name);
    return user?.accepts(password) ? user : undefined;
  }

  /** Reads users, one a line: those there were are gone, unless something is wrong. Throws {@link AclError}. Returns the users that are gone. */
  load(text: string, file: string): User[] {
    const loaded = new Acl(this.catalog);
    loaded.allChannelsByDefault = this.allChannelsByDefault;
    const seen = new Set<string>();
    text.split("\n").forEach((line, i) => {
      const words = line.trim().split(/[ \t]+/);
      if (words[0] === "" || words[0].startsWith("#")) return;
      const fail = (reason: string) => new AclError(`${file}:${i + 1}: ${reason}`);
      if (words[0] !== "user" || words.length < 2) {
        throw fail("line should start with user keyword followed by the username.");
      }
      if (seen.has(words[1])) throw fail(`user '${words[1]}' is defined more than once.`);
      seen.add(words[1]);
      try {
        // What a line says is all that holds for its user.
        loaded.set(words[1], ["reset", ...words.slice(2)]);
      } catch (error) {
        throw error instanceof AclError ? fail(error.message) : error;
      }
    });
    const gone = [...this.#users.values()].filter(({ name }) => !loaded.#users.has(name));
    for (const user of loaded.#users.values()) {
      const known = this.#users.get(user.name);
      if (known === undefined) this.#users.set(user.name, user);
      else known.become(user);
    }
    for (const { name } of gone) this.#users.delete(name);
    return gone;
  }

  /** All users, one a line, as {@link load} reads them. */
  describe(): string[] {
    return this.users.map((user) => `user ${user.name} ${user.describe()}`);
  }

  #make(name: string): User {
    return new User(name, this.catalog, this.allChannelsByDefault);
  }

  #makeDefault(): User {
    const user = this.#make(DEFAULT);
    for (const rule of UNRESTRICTED) user.apply(rule);
    return user;
  }
}

function checkName(name: string): void {
  if (/[\s\0]/.test(name)) {
    throw new AclError("Usernames can't contain spaces or null characters");
  }
}
