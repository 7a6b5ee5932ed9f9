/**
 * Changes of users while the server runs: their file, the clients of removed users, and the log of refusals.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { AclLog, AclLogEntry } from "../acl/acl_log.ts";
import { AclError } from "../acl/errors.ts";
import type { User } from "../acl/user.ts";
import type { UserControl } from "../command/context.ts";
import type { Client } from "../clients/client.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Config } from "../config/config.ts";
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Clock } from "../ports/clock.ts";
import type { Host } from "../ports/host.ts";

/** The parts that a change of users affects. */
export interface UsersParts {
  readonly acl: Acl;
  readonly aclLog: AclLog;
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Pick<Host, "readFile" | "replaceFile">;
  readonly delivery: {
    /** The client whose requests are running. */
    readonly current: Client | undefined;
  };
}

/** The users of one server. */
export class Users implements UserControl {
  constructor(private readonly parts: UsersParts) {}

  noteRefusal(
    client: Client,
    reason: AclLogEntry["reason"],
    object: string,
    username: string = client.user.name,
  ): void {
    const nowMs = this.parts.clock.now();
    const isInTransaction = client.transaction !== undefined || client.mustNotBlock;
    const context = client.runsScript ? "lua" : isInTransaction ? "multi" : "toplevel";
    const clientInfo = (client.caller ?? client).describe(nowMs);
    this.parts.aclLog.add({ reason, context, object, username, clientInfo }, nowMs);
  }

  set(name: string, rules: readonly string[]): void {
    const { acl } = this.parts;
    const before = acl.get(name)?.clone();
    const user = acl.set(name, rules);
    if (before !== undefined) this.#closeListeners(user, before);
  }

  remove(names: readonly string[]): number {
    const { acl } = this.parts;
    const gone = names.map((name) => acl.remove(name)).filter((user) => user !== undefined);
    this.#closeClientsOf(gone);
    return gone.length;
  }

  load(): void {
    const { acl, config, host } = this.parts;
    const file = config.text("aclfile");
    let contents: Uint8Array;
    try {
      contents = host.readFile(file);
    } catch (error) {
      throw new AclError(`Error loading ACLs, opening file '${file}': ${messageOf(error)}`);
    }
    const before = acl.defaultUser.clone();
    this.#closeClientsOf(acl.load(latin1(contents, 0, contents.length), file));
    this.#closeListeners(acl.defaultUser, before);
  }

  save(): void {
    const { acl, config, host } = this.parts;
    const text = acl.describe().map((line) => `${line}\n`).join("");
    host.replaceFile(config.text("aclfile"), fromLatin1(text));
  }
  /** Closes the clients of removed users. */
  #closeClientsOf(gone: readonly User[]): void {
    this.#close((client) => gone.includes(client.user));
  }

  /** Closes the clients of a user that listen to channels which no selector of the user allows any more. */
  #closeListeners(user: User, before: User): void {
    if (user.hasChannelsOf(before)) return;
    this.#close((client) =>
      client.user === user && client.subscriptions?.areAllowedTo(user) === false
    );
  }

  #close(isMeant: (client: Client) => boolean): void {
    for (const client of [...this.parts.clients].filter(isMeant)) {
      // The client whose request is running gets its reply first.
      if (client === this.parts.delivery.current) client.closesAfterReply = true;
      else client.close();
    }
  }
}
