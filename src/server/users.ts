/**
 * What becomes of users while the server runs: their file, clients that act as users who are gone, refusals that are remembered.
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

/** What users are looked after with. */
export interface UsersParts {
  readonly acl: Acl;
  readonly aclLog: AclLog;
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Pick<Host, "readFile" | "replaceFile">;
  readonly delivery: {
    /** The client whose requests run now. */
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
    const clientInfo = client.describe(nowMs);
    this.parts.aclLog.add({ reason, context, object, username, clientInfo }, nowMs);
  }

  changed(gone: readonly User[]): void {
    for (const client of [...this.parts.clients]) {
      const { user, subscriptions } = client;
      const mayListen = user.isUnrestricted || subscriptions === undefined ||
        user.selectors.some((selector) => subscriptions.areAllowedBy(selector));
      if (mayListen && !gone.includes(user)) continue;
      // The one whose request runs gets its reply first.
      if (client === this.parts.delivery.current) client.closesAfterReply = true;
      else client.close();
    }
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
    this.changed(acl.load(latin1(contents, 0, contents.length), file));
  }

  save(): void {
    const { acl, config, host } = this.parts;
    const text = acl.describe().map((line) => `${line}\n`).join("");
    host.replaceFile(config.text("aclfile"), fromLatin1(text));
  }
}
