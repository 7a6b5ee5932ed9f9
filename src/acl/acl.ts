/**
 * All users, and reading and writing them as `user` lines of a configuration or as a file of such lines (`aclfile`).
 *
 * @module
 */
import { hasSpace } from "../lib/bytes.ts";
import { AclError, AclRuleError } from "./errors.ts";
import type { AclCommands, AclSettings } from "./selector.ts";
import { joinSelectors, User } from "./user.ts";

/** The user of clients that have not authenticated; it cannot be removed. */
const DEFAULT = "default";
const NOTHING_CHANGED =
  "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
const UNRESTRICTED = ["on", "nopass", "~*", "&*", "+@all"];

/** Users by name. */
export class Acl {
  /** What applies to all users; it may change while the server runs. */
  readonly settings: AclSettings;
  readonly #users = new Map<string, User>();
  /** The model for new users: disabled, without a password. */
  readonly #nobody: User;

  constructor(catalog: AclCommands, allChannelsByDefault = false) {
    this.settings = { catalog, allChannelsByDefault };
    this.#nobody = this.#make("nobody");
    this.#users.set(DEFAULT, this.#makeDefault());
  }

  /** The user of clients that have not authenticated. */
  get defaultUser(): User {
    return this.#users.get(DEFAULT)!;
  }

  /** A user who may do everything, for the server's own requests. No client can become it. */
  makeUnrestricted(): User {
    return this.#makeDefault();
  }

  /** A user by these rules whom no client can become by a password. Throws {@link AclError}. */
  makeUser(name: string, rules: readonly string[]): User {
    const user = this.#make(name);
    for (const rule of rules) user.apply(rule);
    return user;
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
    if (hasSpaces(name)) throw new AclError("Usernames can't contain spaces or null characters");
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

  /** Removes a user; returns it if it existed. */
  remove(name: string): User | undefined {
    const user = this.#users.get(name);
    this.#users.delete(name);
    return user;
  }

  /** Makes this the only password of the default user, or lets the user in without one if it is empty: `requirepass`. */
  setDefaultPassword(password: string): void {
    this.defaultUser.apply("resetpass");
    this.defaultUser.apply(password === "" ? "nopass" : `>${password}`);
  }

  /** The user with these credentials, if they are right. Refusing an unknown name takes as long as refusing a wrong password. */
  authenticate(name: string, password: string): User | undefined {
    const user = this.#users.get(name) ?? this.#nobody;
    return user.accepts(password) ? user : undefined;
  }

  /**
   * Replaces all users by those of a text, one a line. The default user stays the same object, with new rules. If something is wrong it
   * changes nothing and throws an {@link AclError} that names every fault. Returns the users that are gone: all but the default user.
   */
  load(text: string, file: string): User[] {
    const gone = [...this.#users.values()].filter(({ name }) => name !== DEFAULT);
    const loaded = this.#read(text, file);
    this.defaultUser.become(loaded.get(DEFAULT) ?? this.#makeDefault());
    for (const { name } of gone) this.#users.delete(name);
    for (const [name, user] of loaded) if (name !== DEFAULT) this.#users.set(name, user);
    return gone;
  }

  /** All users, one a line, as {@link load} reads them. */
  describe(): string[] {
    return this.users.map((user) => `user ${user.name} ${user.describe()}`);
  }

  /** The users of a file. */
  #read(text: string, file: string): Map<string, User> {
    const users = new Map<string, User>();
    let problems = "";
    text.split("\n").forEach((untrimmed, i) => {
      const line = untrimmed.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
      if (line === "") return;
      const [keyword, name, ...words] = line.split(" ");
      const place = `${file}:${i + 1}`;
      if (keyword !== "user" || name === undefined) {
        problems += `${place} should start with user keyword followed by the username. `;
      } else if (hasSpaces(name)) {
        problems += `'${place}: username '${name}' contains invalid characters. `;
      } else if (users.has(name)) {
        problems += `WARNING: Duplicate user '${name}' found on line ${i + 1}. `;
      } else {
        const user = this.#make(name);
        users.set(name, user);
        problems += applyLine(user, words, place);
      }
    });
    if (problems !== "") throw new AclError(problems + NOTHING_CHANGED);
    return users;
  }

  #make(name: string): User {
    return new User(name, this.settings);
  }

  #makeDefault(): User {
    const user = this.#make(DEFAULT);
    for (const rule of UNRESTRICTED) user.apply(rule);
    return user;
  }
}

const hasSpaces = (name: string) => hasSpace(name) || name.includes("\0");

/** Applies the rules of a line; returns what is wrong with them. */
function applyLine(user: User, words: readonly string[], place: string): string {
  let rules: string[];
  try {
    rules = joinSelectors(words);
  } catch (error) {
    if (!(error instanceof AclError)) throw error;
    return `${place}: Unmatched parenthesis in selector definition. `;
  }
  let problems = "";
  let hasOther = false;
  for (const untrimmed of rules) {
    const rule = untrimmed.replace(/^[\t\r]+|[\t\r]+$/g, "");
    try {
      user.apply(rule);
    } catch (error) {
      if (!(error instanceof AclRuleError)) throw error;
      // Every unknown name is reported, with its rule, which cannot hold a secret. Of other mistakes only the first is reported, because
      // the next may follow from it.
      if (error.reason === "unknown command") {
        problems += `${place}: Error in applying operation '${rule}': ${error.message}. `;
      } else if (!hasOther) {
        problems += `${place}: ${error.message}. `;
        hasOther = true;
      }
    }
  }
  return problems;
}
