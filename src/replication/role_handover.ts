/**
 * FAILOVER: hands the role of the primary over to a replica, and loses nothing.
 *
 *     no-failover ──FAILOVER──▶ waiting-for-sync ── the replica has everything ──▶ failover-in-progress ── it has taken over ──▶ no-failover
 *          ▲                         │ ABORT, or time is up                             │ it refuses, or ABORT
 *          └─────────────────────────┴───────────────────────────────────────────────────┘
 *
 * From the beginning writes are held up, so the stream stands still and a replica can have all of it. Then this server becomes a replica of
 * that replica, and asks it to take over: `PSYNC <history> <offset> FAILOVER`.
 *
 * @module
 */
import type { ClientRegistry } from "../clients/client_registry.ts";
import type {
  FailoverControl,
  FailoverRequest,
  FailoverState,
} from "../command/failover_control.ts";
import type { PrimaryAddress } from "../command/following_control.ts";
import type { ReplicaFigures } from "../command/replication_control.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";

const CHECK_MS = 100;

/** The parts that it uses. */
export interface RoleHandoverParts {
  readonly clients: Pick<ClientRegistry, "holdUpWrites" | "letWritesGo">;
  readonly clock: Clock;
  readonly log: Log;
  readonly replication: {
    readonly history: { readonly offset: number };
    replicaFigures(): readonly ReplicaFigures[];
  };
  readonly following: {
    follow(address: PrimaryAddress): void;
    unfollow(): void;
  };
}

/** The failover of one server. */
export class RoleHandover implements FailoverControl {
  state: FailoverState = "no-failover";
  #target: PrimaryAddress | undefined;
  /** When its time is up, in milliseconds since 1970; 0 if it has any time. */
  #deadlineMs = 0;
  #isForced = false;
  #timer: Timer | undefined;

  constructor(private readonly parts: RoleHandoverParts) {}

  begin({ target, timeoutMs, isForced }: FailoverRequest): void {
    const { clients, clock, log } = this.parts;
    log.notice(
      target === undefined
        ? "FAILOVER requested to any replica."
        : `FAILOVER requested to ${nameOf(target)}.`,
    );
    this.#target = target;
    this.#isForced = isForced;
    this.#deadlineMs = timeoutMs === 0 ? 0 : clock.now() + timeoutMs;
    this.state = "waiting-for-sync";
    clients.holdUpWrites(this);
    this.#checkLater();
  }

  abort(reason: string): void {
    const { following, log } = this.parts;
    if (this.state === "no-failover") return;
    const whom = this.#target === undefined ? "any replica" : nameOf(this.#target);
    log.notice(`FAILOVER to ${whom} aborted: ${reason}`);
    if (this.state === "failover-in-progress") following.unfollow();
    this.#end();
  }

  /** Call it when the target has answered the request to take over. */
  answered(hasAccepted: boolean): void {
    if (this.state !== "failover-in-progress") return;
    if (hasAccepted) this.#end();
    else this.abort("Failover target rejected psync request");
  }

  /** Ends all checks, because the server ends. */
  stop(): void {
    this.#timer?.cancel();
  }

  #end(): void {
    this.#timer?.cancel();
    this.#target = undefined;
    this.state = "no-failover";
    this.parts.clients.letWritesGo(this);
  }

  #checkLater(): void {
    this.#timer = this.parts.clock.after(CHECK_MS, () => {
      this.#check();
      if (this.state === "waiting-for-sync") this.#checkLater();
    });
  }

  #check(): void {
    const { clock, log } = this.parts;
    if (this.#deadlineMs !== 0 && clock.now() >= this.#deadlineMs) {
      if (!this.#isForced) return this.abort("Replica never caught up before timeout");
      log.notice(`FAILOVER to ${nameOf(this.#target!)} time out exceeded, failing over.`);
      return this.#handOver(this.#target!);
    }
    const replica = this.#syncedReplica();
    if (replica === undefined) return;
    log.notice(`Failover target ${nameOf(replica)} is synced, failing over.`);
    this.#handOver(replica);
  }

  /** The replica that is to take over, if it has the whole stream. */
  #syncedReplica(): PrimaryAddress | undefined {
    const { replication } = this.parts;
    const target = this.#target;
    for (const { ip, port, offset } of replication.replicaFigures()) {
      const isWanted = target === undefined || target.port === port &&
          target.host.toLowerCase() === ip.toLowerCase();
      if (isWanted && offset === replication.history.offset) {
        return { host: target?.host ?? ip, port };
      }
    }
    return undefined;
  }

  #handOver(target: PrimaryAddress): void {
    this.#target = target;
    this.state = "failover-in-progress";
    this.parts.following.follow(target);
  }
}

function nameOf({ host, port }: PrimaryAddress): string {
  return `${host}:${port}`;
}
