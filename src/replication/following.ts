/**
 * Whom this server follows: makes a replica of a primary and a primary of a replica, and tells the other parts what that means for them.
 *
 * @module
 */
import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { ChangeStream } from "../changes/stream.ts";
import { ReplyError } from "../command/errors.ts";
import type { FollowingControl, PrimaryAddress } from "../command/following_control.ts";
import type { Admission } from "../execution/admission.ts";
import type { Database } from "../keyspace/database.ts";
import type { AppendOnlyFile } from "../persistence/append_only_file.ts";
import type { RoleHandover } from "./role_handover.ts";
import {
  type LinkOwner,
  type LinkStart,
  PrimaryLink,
  type PrimaryLinkParts,
} from "./primary_link.ts";
import type { Replication } from "./replication.ts";

const ID = /^[0-9a-f]{40}$/;
const unblocked = new ReplyError(
  "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
);

/** The parts that it uses. */
export interface FollowingParts extends PrimaryLinkParts {
  readonly admission:
    & PrimaryLinkParts["admission"]
    & Pick<Admission, "isReadOnly" | "isStale">;
  readonly blocked: BlockedClients;
  readonly failover: RoleHandover;
  readonly persistence: PrimaryLinkParts["persistence"] & {
    readonly aof: Pick<AppendOnlyFile, "position">;
  };
  readonly propagation: Pick<ChangeStream, "add" | "selected">;
  readonly replication: Replication;
  /** Called when the server has become a replica or a primary. */
  roleChanged(): void;
}

/** The primary that one server follows. */
export class Following implements FollowingControl, LinkOwner {
  link: PrimaryLink | undefined = undefined;

  constructor(private readonly parts: FollowingParts) {
    const { config, persistence, replication } = parts;
    persistence.aof.position = () => replication.history.offset;
    config.follow("replica-serve-stale-data", () => this.#judge());
    config.follow("replica-read-only", () => this.#judge());
  }

  /** Whether the configuration makes the server a replica, or a command has. */
  get isReplica(): boolean {
    return this.parts.config.text("replicaof") !== "";
  }

  /**
   * Begins to follow the primary that the configuration names, if it names one. `facts` stand in the file that the data was loaded from: they
   * may say which history it is, and how far, so that what is missing is enough.
   */
  start(facts: ReadonlyMap<string, string>): void {
    const { history } = this.parts.replication;
    const id = facts.get("repl-id") ?? "";
    const offset = Number(facts.get("repl-offset") ?? NaN);
    const isKnown = ID.test(id) && Number.isSafeInteger(offset) && offset >= 0;
    if (this.isReplica) {
      const [host, port] = this.parts.config.text("replicaof").split(" ");
      if (isKnown) this.enterHistory(id, offset);
      const database = this.#databaseOf(facts);
      const start = { canContinue: isKnown, database };
      this.#begin({ host, port: Number(port) }, start);
    } else if (isKnown) {
      // The replicas of this server may go on after its restart.
      history.resume(id, offset);
      this.parts.replication.startBacklog();
      this.#tellExpired();
    }
  }

  /** Tells the replicas which keys have expired while the server was not there. */
  #tellExpired(): void {
    const { config, persistence: { loader }, propagation } = this.parts;
    const name = config.flag("lazyfree-lazy-expire") ? "UNLINK" : "DEL";
    for (const { database, key } of loader.expiredKeys) propagation.add(database, [name, key]);
    loader.expiredKeys = [];
  }

  follow(address: PrimaryAddress): void {
    const { config, keyspace, log, replication } = this.parts;
    const { link } = this;
    config.assign("replicaof", `${address.host} ${address.port}`);
    if (link !== undefined) {
      link.stop();
      const { canContinue, database } = link;
      return this.#begin(address, { canContinue, database });
    }
    this.#unblockClients();
    log.notice(
      "Before turning into a replica, using my own master parameters to synthesize a cached master: " +
        "I may be able to synchronize with the new master with just a partial transfer.",
    );
    replication.startBacklog();
    const [database] = keyspace.databases;
    this.#begin(address, { canContinue: true, database });
  }

  unfollow(): void {
    const { config, log, persistence, replication } = this.parts;
    const { link } = this;
    config.assign("replicaof", "");
    if (link === undefined) return;
    link.stop();
    this.link = undefined;
    if (link.canContinue) log.notice("Discarding previously cached master state.");
    replication.history.promote();
    const { id, secondId, secondOffset } = replication.history;
    log.notice(
      `Setting secondary replication ID to ${secondId}, valid up to offset: ${secondOffset}. ` +
        `New replication ID is ${id}`,
    );
    // They must ask again, because their history has another name now.
    replication.replicas.disconnectAll();
    replication.role = "master";
    this.#roleChanged();
    persistence.keepAgain();
  }

  acknowledge(): void {
    this.link?.acknowledge();
  }

  /** Ends the link, because the server ends. */
  stop(): void {
    this.link?.stop();
  }

  get isFailingOver(): boolean {
    return this.parts.failover.state === "failover-in-progress";
  }

  failoverAnswered(hasAccepted: boolean): void {
    this.parts.failover.answered(hasAccepted);
  }

  leaveHistory(): void {
    const { replication } = this.parts;
    replication.replicas.disconnectAll();
    replication.stopBacklog();
  }

  enterHistory(id: string | undefined, offset: number): void {
    const { replication } = this.parts;
    replication.stopBacklog();
    if (id === undefined) replication.history.restart();
    else replication.history.follow(id, offset);
    replication.startBacklog();
  }

  linkChanged(): void {
    this.#judge();
  }

  /** Facts for files of the present data, by which a server that loads one knows which history it is, and how far. */
  facts(): Record<string, string> {
    const { propagation, replication: { history, replicas } } = this.parts;
    const { link } = this;
    const isKnown = link === undefined ? replicas.backlog !== undefined : link.canContinue;
    if (!isKnown) return {};
    const selected = link === undefined ? propagation.selected : link.selected;
    return {
      "repl-stream-db": String(Math.max(0, selected)),
      "repl-id": history.id,
      "repl-offset": String(history.offset),
    };
  }

  #begin(address: PrimaryAddress, start: LinkStart): void {
    this.link = new PrimaryLink(this.parts, this, address, start);
    this.parts.replication.role = "slave";
    this.#roleChanged();
    this.link.start();
  }

  #databaseOf(facts: ReadonlyMap<string, string>): Database {
    const { databases } = this.parts.keyspace;
    return databases[Number(facts.get("repl-stream-db") ?? 0)] ?? databases[0];
  }

  #roleChanged(): void {
    this.#judge();
    this.parts.roleChanged();
  }

  /** Decides what clients may do on a replica. */
  #judge(): void {
    const { admission, config } = this.parts;
    const isReplica = this.link !== undefined;
    admission.isReadOnly = isReplica && config.flag("replica-read-only");
    admission.isStale = isReplica && !this.link!.isUp && !config.flag("replica-serve-stale-data");
  }

  /** Nobody may wait for keys any more, because only the primary changes them. */
  #unblockClients(): void {
    const { blocked, clients } = this.parts;
    for (const client of clients) {
      if (client.blocked === undefined) continue;
      blocked.release(client, () => {
        client.closesAfterReply = true;
        throw unblocked;
      });
    }
  }
}
