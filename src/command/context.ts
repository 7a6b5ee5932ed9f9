/**
 * What commands see of the server: commands on data see little, commands of administration more. The server implements these interfaces,
 * and commands know nothing else of it.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { AclLog, AclLogEntry } from "../acl/acl_log.ts";
import type { BlockedClients, EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { LatencyEvents } from "../telemetry/latency_events.ts";
import type { Monitors } from "../clients/monitors.ts";
import type { SlowLog } from "../telemetry/slow_log.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { KeptConnections } from "../ports/kept_connections.ts";
import type { Host } from "../ports/host.ts";
import type { Changes } from "../changes/changes.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { PubSub } from "../clients/channels.ts";
import type { WatchedKeys } from "../clients/watched_keys.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { Config } from "../config/config.ts";
import type { GuardDirective } from "../config/directives.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock } from "../ports/clock.ts";
import type { RandomSource } from "../lib/random.ts";
import type { CommandTable } from "./command_table.ts";
import type { FailoverControl } from "./failover_control.ts";
import type { FaultControl } from "./fault_control.ts";
import type { Profile } from "./profile.ts";
import type { FollowingControl } from "./following_control.ts";
import type { ReplicationControl } from "./replication_control.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { FunctionDeclarations, ScriptDeclarations } from "./spec_for.ts";
import type { ReplyError } from "./errors.ts";

/** What becomes of a shutdown: the server ends, it waits for replicas, or it could not save what it should. */
export type ShutdownOutcome = "ends" | "waits" | "failed";

/** The options of SHUTDOWN. */
export interface ShutdownRequest {
  /** Whether to save; undefined means as the directive `save` says. */
  readonly save: boolean | undefined;
  /** Whether not to wait for replicas. */
  readonly now: boolean;
  /** Whether to end even if saving fails. */
  readonly force: boolean;
}

/** Saving and loading, as commands see them. */
export interface PersistenceControl {
  /** Whether data is being loaded. */
  readonly isLoading: boolean;
  /** Whether the RDB file is being written in the background. */
  readonly isSaving: boolean;
  /** Whether the append-only file is being rewritten in the background. */
  readonly isRewriting: boolean;
  /** How long the server blocks before each write of the append-only file, in milliseconds (DEBUG AOF-FLUSH-SLEEP). */
  flushDelayMs: number;
  /** When data was last saved or loaded, in milliseconds since 1970. */
  readonly lastSaveMs: number;
  /** Saves all data; returns a message if that fails. */
  save(): string | undefined;
  /** Begins to save all data in the background; returns a message if that fails. */
  saveInBackground(): string | undefined;
  /** Schedules {@link saveInBackground} for when nothing else is being written. */
  scheduleSave(): void;
  /** Begins to rewrite the append-only file in the background; returns a message if that fails. */
  rewriteInBackground(): string | undefined;
  /** Schedules {@link rewriteInBackground} for when nothing else is being written. */
  scheduleRewrite(): void;
  /** Ends a background save, if one is running. */
  abandonSave(): void;
  /** Call it after all data was deleted. */
  dataFlushed(): void;
  /** Why data must not change: it could not be written to disk as configured. Undefined if data may change. */
  writeRefusal(): ReplyError | undefined;
  /** Whether all changes so far are safe on disk in the append-only file. With `sync` it syncs the file first, if there is one. */
  isAppendedSafely(sync: boolean): boolean;
  /** Rebuilds all data from an RDB file in memory. Throws an error to reply. */
  reload(): void;
  /** Deletes all data and loads the append-only file. Throws an error to reply. */
  reloadAof(): void;
}

/** The call that runs a script or a function, as the script sees it. */
export interface ScriptRequest {
  readonly client: Client;
  readonly args: Arguments;
  readonly reply: ReplyWriter;
  propagatesRequest: boolean | undefined;
  /** Argument `i` as an integer; throws the error if it is none. */
  integer(i: number, error?: ReplyError): number;
  /** Makes the client wait until the script has been paused for the last time. */
  waitForAnswer(): undefined;
}

/** Scripts, as commands see them. */
export interface ScriptControl extends ScriptDeclarations {
  /** Runs the script whose text is argument 1 for the call's client, and writes its reply. `isReadOnly`: it must change nothing. */
  evaluate(call: ScriptRequest, isReadOnly: boolean): undefined;
  /** As {@link evaluate}, for a script of the cache, whose digest is argument 1. */
  evaluateCached(call: ScriptRequest, isReadOnly: boolean): undefined;
  /** Puts the script whose text is argument `i` into the cache; returns its digest. Throws an error to reply if the text is no script. */
  load(args: Arguments, i: number): string;
  /** Whether the cache holds a script with the digest that argument `i` is, in hexadecimal digits of any case. */
  has(args: Arguments, i: number): boolean;
  /** Empties the cache. */
  flush(): void;
  /** Ends the running script, which is one of EVAL or a function. Throws an error to reply if none is running, or it must not be ended. */
  kill(isEval: boolean): void;
  /**
   * Whether a script has run for so long that clients are told that the server is busy. The script is paused for a moment, and nothing may
   * change.
   */
  readonly isPaused: boolean;
  /** The error for all other requests meanwhile. */
  readonly busyError: ReplyError | undefined;
  /** What is known of it. */
  readonly paused: PausedRun | undefined;
  /** Calls `run` when the script that is paused is over and its reply is written, to write what comes behind. */
  whenOver(run: EndingReply): void;
}

/** A script or function that is paused. */
export interface PausedRun {
  /** It runs by EVAL and its like. */
  readonly isEval: boolean;
  /** Its digest, or its function's name. */
  readonly name: string;
  /** The request that runs it. */
  readonly words: readonly Uint8Array[];
  readonly durationMs: number;
}

/** What becomes of libraries whose names those of a payload have. */
export type RestorePolicy = "flush" | "append" | "replace";

/** Functions and their libraries, as far as commands see them. */
export interface FunctionControl extends FunctionDeclarations {
  readonly libraries: {
    readonly size: number;
    readonly functionCount: number;
    readonly all: Iterable<{
      readonly name: string;
      readonly text: Uint8Array;
      readonly functions: ReadonlyMap<string, FunctionInfo>;
    }>;
  };
  /** Runs the function that argument 1 names, and writes its reply. `isReadOnly`: it must change nothing. */
  call(call: ScriptRequest, isReadOnly: boolean): undefined;
  /** Adds a library, in the place of one of the same name if `replaces`; returns its name. Throws an error to reply if it is none. */
  load(text: Uint8Array<ArrayBuffer>, replaces: boolean, isReplay: boolean): string;
  /** Removes a library; false if there is none of this name. */
  delete(name: string): boolean;
  /** Adds libraries, all or none. Throws an error to reply, or what `texts` throws. */
  restore(texts: Iterable<Uint8Array<ArrayBuffer>>, policy: RestorePolicy): void;
  /** Removes all libraries. */
  clear(): void;
  /** The texts of all libraries. */
  texts(): readonly Uint8Array<ArrayBuffer>[];
}

/** What is told of a function. */
export interface FunctionInfo {
  readonly name: string;
  readonly description: string | undefined;
  /** Names of its flags. */
  readonly flagNames: readonly string[];
}

/** Changing users while the server runs, as commands see it. */
export interface UserControl {
  /** Adds a refusal to the ACL log. */
  noteRefusal(client: Client, reason: AclLogEntry["reason"], object: string, user?: string): void;
  /**
   * Makes or changes a user, by all rules or by none. Closes the user's clients that listen to channels which are no longer allowed. Throws
   * an `AclError`.
   */
  set(name: string, rules: readonly string[]): void;
  /** Removes users and closes their clients; returns how many users were removed. */
  remove(names: readonly string[]): number;
  /** Replaces the users by those of the ACL file, and closes the clients of all old users but the default one. Throws an `AclError`. */
  load(): void;
  /** Writes the users to the ACL file; throws the system's error. */
  save(): void;
}

/** The memory that a database needs besides its entries, in bytes. */
export interface DatabaseMemory {
  readonly index: number;
  /** Memory of the dict of keys. */
  readonly dictBytes: number;
  /** Memory of the vector of keys with a TTL. */
  readonly volatileBytes: number;
}

/** What memory is used for, in bytes, at one moment. */
export interface MemoryFigures {
  /** All memory in use: `used_memory`. */
  readonly usedBytes: number;
  /** The most memory that was ever in use. */
  readonly peakBytes: number;
  /** The memory of a server without keys and clients. */
  readonly startupBytes: number;
  /** The buffers of clients and what the server remembers for them. */
  readonly clientBytes: number;
  readonly clientCount: number;
  /** The backlog for replicas, and what is kept besides because replicas are behind. */
  readonly backlogBytes: number;
  readonly replicaBytes: number;
  /** The names of channels, and of keys that clients cache. */
  readonly tableBytes: number;
  /** The bytes that wait to be written to the append-only file. */
  readonly aofBytes: number;
  /** The cache of scripts. */
  readonly scriptCacheBytes: number;
  readonly scriptCount: number;
  /** Libraries of functions. */
  readonly functionCacheBytes: number;
  readonly functionCount: number;
  readonly libraryCount: number;
  /** The memory of Lua, which does not count as memory in use and which `maxmemory` does not limit. */
  readonly luaBytes: number;
  /** The same for the machine that runs functions. */
  readonly functionLuaBytes: number;
  /** The part of the memory in use that `maxmemory` does not limit. */
  readonly uncountedBytes: number;
  /** The databases that hold keys. */
  readonly databases: readonly DatabaseMemory[];
  /** All memory in use except keys with their values. */
  readonly overheadBytes: number;
  /** Keys with their values. */
  readonly datasetBytes: number;
  /** The share of {@link datasetBytes} in the memory that was taken since the start, in percent. */
  readonly datasetPercent: number;
  readonly keys: number;
  /** The part of the arena that is in use, and what the arena has taken from the system. */
  readonly arenaBytes: number;
  readonly arenaCommittedBytes: number;
  /** The resident memory of the process. */
  readonly residentBytes: number;
}

/** States of the data that were remembered under a name and can be had back, for tests. */
export interface BranchControl {
  /** The names of the branches, oldest first. */
  readonly names: readonly string[];
  /** Remembers the present state; a branch of the same name is forgotten. Throws an error to reply if that is not possible. */
  create(name: string): void;
  /** Makes the data what it was, and tells everybody concerned; `current` is the client that asks for it. Throws an error to reply. */
  restore(name: string, current: Client | undefined): void;
  /** Forgets a branch. Throws an error to reply if there is none of this name. */
  drop(name: string): void;
}

/** Further servers in the same process, for tests that run at the same time and must not meet. */
export interface IsolateControl {
  /** Their names, oldest first. */
  readonly names: readonly string[];
  /** The port of the isolate with this name, which is started if there is none. Throws an error to reply if that fails. */
  open(name: string): number;
  /** Stops an isolate. Throws an error to reply if there is none of this name. */
  close(name: string): void;
}

/** What DEBUG can turn off, for tests. */
export interface DebugSwitches {
  /** Whether RESTORE checks checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION). */
  checksChecksums: boolean;
  /** Whether the active expire cycle runs (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpireEnabled: boolean;
  /** Whether commands that are not meant for scripts are refused there (DEBUG SET-DISABLE-DENY-SCRIPTS). */
  deniesToScripts: boolean;
  /** Whether the housekeeping stands still (DEBUG PAUSE-CRON). */
  isCronPaused: boolean;
}

/** What commands of administration may ask of the server as a whole. */
export interface ServerControl {
  /** INFO's text for these sections; none means the default ones. */
  info(sections: readonly string[]): string;
  /** Writes the configuration back to its file, every directive with `writesAll`; returns a message if that fails. */
  rewriteConfig(writesAll?: boolean): string | undefined;
  /** Begins to shut down. If the outcome is `waits`, `client` waits for an answer, which comes only if nothing comes of the shutdown. */
  shutdown(request: ShutdownRequest, client: Client): ShutdownOutcome;
  /** Cancels a shutdown that a signal has asked for; false if there is none. */
  abortShutdown(): boolean;
  /** Sets the counters of CONFIG RESETSTAT to zero. */
  resetStats(): void;
  /** Whether a client may use what this directive (`no`, `yes` or `local`) guards. */
  isAllowed(directive: GuardDirective, client: Client): boolean;
}

/** The server, as commands on data see it. */
export interface ServerContext {
  readonly keyspace: Keyspace;
  readonly config: Config;
  /** The server that this one is taken for. */
  readonly profile: Profile;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  /** The door that every change goes through. */
  readonly changes: Changes;
  /** The stream of changes. */
  readonly propagation: ChangeStream;
  readonly blocked: BlockedClients;
  readonly watched: WatchedKeys;
  readonly pubsub: PubSub;
  readonly persistence: Pick<PersistenceControl, "isAppendedSafely">;
  /** The cluster as this node sees it; undefined if the server is no node of one. */
  readonly cluster: Cluster | undefined;
  readonly scripts: ScriptControl;
  readonly functions: FunctionControl;
  readonly replication: ReplicationControl;
  /** Whether data is being loaded in place of the present data, or beside it. */
  readonly admission: { readonly isLoading: boolean; readonly isLoadingAside: boolean };
  readonly following: FollowingControl;
  readonly failover: FailoverControl;
  readonly switches: Readonly<DebugSwitches>;
  /** Ends the request of a client that waits for an answer (`Call.waitForAnswer`). `write` writes the reply, or throws the error to reply. */
  answer(client: Client, write: EndingReply): void;
}

/** The server, as commands of administration see it: connections, users, saving, figures. */
export interface AdminContext extends ServerContext {
  readonly clients: ClientRegistry;
  readonly monitors: Monitors;
  readonly tracking: Tracking;
  readonly acl: Acl;
  readonly aclLog: AclLog;
  readonly users: UserControl;
  readonly commands: CommandTable;
  readonly slowLog: SlowLog;
  readonly latencyEvents: LatencyEvents;
  readonly stats: ServerStats;
  /** The machine. */
  readonly host: Host;
  /** Connections to other servers that are kept for reuse. */
  readonly keptConnections: KeptConnections;
  readonly persistence: PersistenceControl;
  readonly switches: DebugSwitches;
  readonly control: ServerControl;
  readonly branches: BranchControl;
  readonly faults: FaultControl;
  /** Undefined where nobody can start further servers. */
  readonly isolates: IsolateControl | undefined;
  /** The memory in use. */
  readonly memory: { figures(): MemoryFigures };
  /** Deletes keys if more memory is in use than `maxmemory` allows; returns whether there is room, now or soon. */
  makeRoom(): boolean;
  /** Forgets the keys beyond `tracking-table-max-keys` that are remembered for clients, and tells the clients. */
  trimTracking(): void;
  /** Stops the server at once, with a line in the log. What is in memory must be neither replied nor written any more. */
  fail(message: string): void;
}
