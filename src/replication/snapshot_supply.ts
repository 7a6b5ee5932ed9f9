/**
 * Full resynchronization, seen from the primary: replicas that have nothing to go on from get a snapshot, and the stream of changes from its moment on.
 *
 *     asks ──▶ waiting ──▶ snapshot ─────────────────────────▶ online      straight to the links
 *                              └──▶ memory or RDB file ──▶ file ──▶ online
 *
 * Only one snapshot is made at a time, for all replicas that wait and want the same. One that goes straight to the links begins a few seconds
 * after the first replica has asked (`repl-diskless-sync-delay`), so that others have time to come, because who comes later has to wait for
 * the next. The other two can be joined until they are complete: the backlog still holds the stream from their moment on.
 *
 * A snapshot in memory serves replicas that cannot find the end of one by a mark, though `repl-diskless-sync` wants no file, as long as there
 * is not much data.
 *
 * @module
 */
import type { ReplicaState } from "../clients/replica_state.ts";
import type { Config } from "../config/config.ts";
import { fromLatin1, hexText } from "../lib/bytes.ts";
import { messageOf } from "../lib/error_message.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Persistence } from "../persistence/persistence.ts";
import type { Clock } from "../ports/clock.ts";
import type { Host } from "../ports/host.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { ReplicationHistory } from "./history.ts";
import { replicaName } from "./replica_name.ts";
import type { Replica, Replicas } from "./replicas.ts";
import { type CompleteSnapshot, inFile, inMemory, sendSnapshot } from "./send_snapshot.ts";
import { MemorySnapshot, ReplicaLinks } from "./snapshot_sinks.ts";

const MARK_BYTES = 20;
/** Up to this much data a snapshot is made in memory where it would otherwise need a file. */
const SMALL_DATA_BYTES = 64 * 2 ** 20;

/** The parts that it uses. */
export interface SnapshotSupplyParts {
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly keyspace: { readonly arena: { readonly usedBytes: number } };
  readonly log: Log;
  readonly persistence: Pick<Persistence, "backgroundSave" | "isBusy" | "streamedSave">;
  readonly propagation: { selectAgain(): void };
  readonly random: RandomSource;
  readonly stats: ServerStats;
}

/** Where a snapshot goes, in the words of the log. */
type Target = "replicas sockets" | "memory" | "disk";

/** The snapshot that is being made. */
interface Round {
  readonly target: Target;
  /** The last byte of the stream that it holds. */
  readonly offset: number;
  readonly members: Replica[];
}

/** The snapshots that one server makes for replicas. */
export class SnapshotSupply {
  #round: Round | undefined;
  /** Whether the RDB file is there only because replicas needed it. */
  #hasLeftFile = false;

  constructor(
    private readonly parts: SnapshotSupplyParts,
    private readonly history: ReplicationHistory,
    private readonly replicas: Replicas,
  ) {}

  /** Takes care of a replica that has asked for a snapshot. */
  request(client: Replica): void {
    const { config, log, persistence } = this.parts;
    const { replica } = client;
    replica.phase = "waiting";
    replica.askedMs = this.parts.clock.now();
    if (this.#round !== undefined && this.#canJoin(this.#round, replica)) {
      this.#round.members.push(client);
      this.#begin(client, this.#round.offset);
      log.notice("Waiting for end of BGSAVE for SYNC");
    } else if (this.#round?.target === "replicas sockets") {
      log.notice("Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC");
    } else if (persistence.backgroundSave.isRunning || this.#round !== undefined) {
      log.notice(
        "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC",
      );
    } else if (
      config.flag("repl-diskless-sync") && replica.takesEndMark &&
      config.number("repl-diskless-sync-delay") > 0
    ) {
      log.notice("Delay next BGSAVE for diskless SYNC");
    } else if (persistence.isBusy) {
      log.notice(
        "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed",
      );
    } else this.#start([client]);
  }

  /** Begins a snapshot if one is due. Called every second, and when something else was written. */
  startDue(): void {
    const { clock, config, persistence } = this.parts;
    if (persistence.isBusy || this.#round !== undefined) return;
    const group: Replica[] = [];
    let waitedMs = 0;
    for (const client of this.replicas) {
      const { replica } = client;
      if (replica.phase !== "waiting") continue;
      if (group.length > 0 && !wantsTheSame(replica, group[0].replica)) continue;
      group.push(client);
      waitedMs = Math.max(waitedMs, clock.now() - replica.askedMs);
    }
    if (group.length === 0) return;
    const enough = config.number("repl-diskless-sync-max-replicas");
    const isDue = !config.flag("repl-diskless-sync") || enough > 0 && group.length >= enough ||
      waitedMs >= config.number("repl-diskless-sync-delay") * 1000;
    if (isDue) this.#start(group);
  }

  /** Lets those that wait know that somebody is there, disconnects those that take nothing, and removes a file that nobody needs. Called every second. */
  tend(): void {
    for (const client of [...this.replicas]) {
      const { phase } = client.replica;
      const isStreamed = this.#round?.target === "replicas sockets";
      if (phase === "waiting" || phase === "snapshot" && !isStreamed) {
        client.connection.send(fromLatin1("\n"));
      } else if (phase === "snapshot") this.#closeIfStuck(client);
    }
    if (this.#hasLeftFile && this.#round === undefined) this.#removeFile();
  }

  /** Gives up a snapshot that nobody wants any more. Call it when a replica has gone. */
  memberGone(): void {
    const round = this.#round;
    if (round === undefined || round.members.some(({ isClosed }) => !isClosed)) return;
    // What is written to the RDB file is worth keeping.
    if (round.target === "disk") return;
    if (round.target === "replicas sockets") {
      this.parts.log.warning("Diskless rdb transfer, last replica dropped, killing fork child.");
    }
    this.#round = undefined;
    this.parts.persistence.streamedSave.abort();
  }

  #canJoin({ members, target }: Round, replica: ReplicaState): boolean {
    if (target === "replicas sockets") return false;
    // The stream from the snapshot's moment on is there as long as somebody else needs it.
    const other = members.find(({ isClosed, replica }) => !isClosed && replica.needsStream) ??
      (replica.wantsSnapshotOnly ? members.find(({ isClosed }) => !isClosed) : undefined);
    return other !== undefined && wantsTheSame(replica, other.replica);
  }

  #start(members: Replica[]): void {
    const { log } = this.parts;
    const { offset } = this.history;
    const target = this.#targetFor(members);
    log.notice(`Starting BGSAVE for SYNC with target: ${target}`);
    const round = { target, offset, members };
    this.#round = round;
    for (const client of members) this.#begin(client, offset);
    try {
      if (target === "replicas sockets") this.#toLinks(round);
      else if (target === "memory") this.#toMemory(round);
      else this.#toFile(round);
    } catch (error) {
      this.#failed(round, messageOf(error));
    }
  }

  #targetFor(members: readonly Replica[]): Target {
    const { config, keyspace } = this.parts;
    const [{ replica }] = members;
    const isFiltered = replica.withoutData || replica.withoutFunctions;
    const isDiskless = config.flag("repl-diskless-sync");
    const takeMark = members.every(({ replica }) => replica.takesEndMark);
    if ((isDiskless || isFiltered) && takeMark) return "replicas sockets";
    return isDiskless && keyspace.arena.usedBytes <= SMALL_DATA_BYTES ? "memory" : "disk";
  }

  /** Keeps the stream from the snapshot's moment on for a replica, and tells it which moment that is. */
  #begin({ connection, replica }: Replica, offset: number): void {
    replica.phase = "snapshot";
    replica.next = offset + 1;
    replica.progressMs = this.parts.clock.now();
    this.parts.propagation.selectAgain();
    if (replica.isOld) return;
    connection.send(fromLatin1(`+FULLRESYNC ${this.history.id} ${offset}\r\n`));
  }

  #toLinks(round: Round): void {
    const { random, stats } = this.parts;
    const mark = hexText(random.secureBytes(MARK_BYTES));
    for (const { connection, replica } of round.members) {
      replica.waitsForAck = !replica.isOld;
      connection.send(fromLatin1(`$EOF:${mark}\r\n`));
    }
    this.#stream(round, new ReplicaLinks(round.members, fromLatin1(mark), stats), () => {
      for (const client of membersOf(round)) {
        this.parts.log.notice(
          `Streamed RDB transfer with replica ${replicaName(client)} succeeded (socket). Waiting ` +
            "for REPLCONF ACK from replica to enable streaming",
        );
        this.#putOnline(client);
      }
    });
  }

  #toMemory(round: Round): void {
    const snapshot = new MemorySnapshot();
    this.#stream(round, snapshot, () => {
      for (const client of membersOf(round)) this.#send(client, () => inMemory(snapshot));
    });
  }

  #stream(round: Round, sink: ReplicaLinks | MemorySnapshot, complete: () => void): void {
    const { withoutData, withoutFunctions } = round.members[0].replica;
    this.parts.persistence.streamedSave.start({
      sink,
      withoutData,
      withoutFunctions,
      ended: (failure) => this.#ended(round, failure, complete),
      aborted: () => this.#failed(round, "It was given up"),
    });
  }

  #toFile(round: Round): void {
    const { config, host, persistence } = this.parts;
    const name = config.text("dbfilename");
    const failure = persistence.backgroundSave.start((failure) => {
      this.#ended(round, failure, () => {
        this.#hasLeftFile ||= config.flag("rdb-del-sync-files");
        for (const client of membersOf(round)) {
          this.#send(client, () => inFile(host.openToRead(name)));
        }
      });
    });
    if (failure !== undefined) throw new Error(failure);
  }

  #ended(round: Round, failure: string | undefined, complete: () => void): void {
    if (this.#round !== round) return;
    if (failure !== undefined) return this.#failed(round, failure);
    this.#round = undefined;
    complete();
    this.startDue();
  }

  #failed(round: Round, reason: string): void {
    if (this.#round !== round) return;
    this.#round = undefined;
    for (const client of membersOf(round)) {
      this.parts.log.warning(`SYNC failed. BGSAVE for replication failed: ${reason}`);
      client.close();
    }
  }

  /** Sends a complete snapshot to a replica. */
  async #send(client: Replica, open: () => CompleteSnapshot): Promise<void> {
    const { log, stats } = this.parts;
    client.replica.phase = "file";
    try {
      const isSent = await sendSnapshot(client, open(), stats);
      if (isSent && !client.isClosed) this.#putOnline(client);
      else client.close();
    } catch (error) {
      log.warning(`SYNC failed. Cannot read the RDB file: ${messageOf(error)}`);
      client.close();
    }
  }

  #putOnline(client: Replica): void {
    const { log } = this.parts;
    if (!client.replica.wantsSnapshotOnly) {
      this.replicas.putOnline(client, client.replica.next);
      log.notice(`Synchronization with replica ${replicaName(client)} succeeded`);
      return;
    }
    log.notice(
      `RDB transfer completed, rdb only replica (${
        replicaName(client)
      }) should be disconnected asap`,
    );
    client.connection.drained().then(() => client.close());
  }

  /** Disconnects a replica that has taken nothing of its snapshot for longer than `repl-timeout`, since all others wait for it. */
  #closeIfStuck(client: Replica): void {
    const { clock, config, log } = this.parts;
    const { connection: { pendingBytes }, replica } = client;
    const nowMs = clock.now();
    if (pendingBytes === 0 || pendingBytes < replica.unsentBytes) replica.progressMs = nowMs;
    replica.unsentBytes = pendingBytes;
    if (nowMs - replica.progressMs <= config.number("repl-timeout") * 1000) return;
    log.warning(`Disconnecting timedout replica (full sync): ${replicaName(client)}`);
    client.close();
  }

  /** Removes the RDB file if this server keeps no data on disk, and no replica is being sent it. */
  #removeFile(): void {
    const { config, host, log } = this.parts;
    for (const { replica } of this.replicas) if (replica.phase === "file") return;
    this.#hasLeftFile = false;
    const keepsData = config.flag("appendonly") || config.text("save") !== "";
    if (keepsData || !config.flag("rdb-del-sync-files")) return;
    log.notice(
      "Removing the RDB file used to feed replicas in a persistence-less instance",
    );
    host.removeFile(config.text("dbfilename"));
  }
}

function wantsTheSame(a: ReplicaState, b: ReplicaState): boolean {
  return a.withoutData === b.withoutData && a.withoutFunctions === b.withoutFunctions;
}

/** Those that are still there. */
function membersOf({ members }: Round): Replica[] {
  return members.filter(({ isClosed }) => !isClosed);
}
