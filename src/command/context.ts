/**
 * What a command may ask of the server around it: a command on data little, one of administration more. The server implements it; commands
 * know nothing else of the server.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { AclLog, AclLogEntry } from "../acl/acl_log.ts";
import type { BlockedClients, EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
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
import type { Arguments } from "../resp/arguments.ts";
import type { Call } from "./call.ts";
import type { ReplyError } from "./errors.ts";

/** How SHUTDOWN was called. */
export interface ShutdownRequest {
  /** Save, do not save, or as `save` says. */
  readonly save: boolean | undefined;
  /** Do not wait for replicas. */
  readonly now: boolean;
  /** Go on though saving fails. */
  readonly force: boolean;
}

/** Saving and loading, as far as commands see them. */
export interface PersistenceControl {
  /** Whether data is being loaded. */
  readonly isLoading: boolean;
  /** Whether the RDB file is written in the background. */
  readonly isSaving: boolean;
  /** Whether the append-only file is rewritten in the background. */
  readonly isRewriting: boolean;
  /** Before each write of the append-only file everybody waits so long, in milliseconds (DEBUG AOF-FLUSH-SLEEP). */
  flushDelayMs: number;
  /** When data was saved or loaded last, in milliseconds since 1970. */
  readonly lastSaveMs: number;
  /** Saves all data; returns a message if that fails. */
  save(): string | undefined;
  /** Begins to save all data in the background; returns a message if that fails. */
  saveInBackground(): string | undefined;
  /** Lets {@link saveInBackground} happen when nothing else is written. */
  scheduleSave(): void;
  /** Begins to rewrite the append-only file in the background; returns a message if that fails. */
  rewriteInBackground(): string | undefined;
  /** Lets {@link rewriteInBackground} happen when nothing else is written. */
  scheduleRewrite(): void;
  /** Ends {@link saveInBackground}, if it goes on. */
  abandonSave(): void;
  /** All data was deleted. */
  dataFlushed(): void;
  /** Why data must not change: it is meant to be kept, and that fails. Undefined if it may. */
  writeRefusal(): ReplyError | undefined;
  /** Whether all changes so far are safe on disk in the append-only file; with `sync` they are made so, if there is such a file. */
  isAppendedSafely(sync: boolean): boolean;
  /** Builds all data anew from an RDB file of it in memory. Throws an error to reply. */
  reload(): void;
  /** Forgets all data and loads the append-only file. Throws an error to reply. */
  reloadAof(): void;
}

/** Scripts, as far as commands see them. */
export interface ScriptControl {
  /** Runs the script whose text is argument 1 for the call's client, and writes its reply. `isReadOnly`: it must change nothing. */
  evaluate(call: Call, isReadOnly: boolean): undefined;
  /** As {@link evaluate}, a script of the cache by its digest, which is argument 1. */
  evaluateCached(call: Call, isReadOnly: boolean): undefined;
  /** Puts the script whose text is argument `i` into the cache; returns its digest. Throws an error to reply if it is none. */
  load(args: Arguments, i: number): string;
  /** Whether the cache holds a script with this digest, in hexadecimal digits of any case. */
  has(digest: string): boolean;
  /** Empties the cache. */
  flush(): void;
  /** Ends the script that runs: one of EVAL, or a function. Throws an error to reply if there is none, or it must not be ended. */
  kill(isEval: boolean): void;
  /** Whether a script runs for so long that clients are told that the server is busy. It is paused for a moment, and nothing may change. */
  readonly isPaused: boolean;
  /** The error of whoever wants anything else of the server meanwhile. */
  readonly busyError: ReplyError | undefined;
  /** Calls `run` when the script that is paused is over and its reply is written, to write what comes behind. */
  whenOver(run: EndingReply): void;
}

/** What becomes of users while the server runs, as far as commands see it. */
export interface UserControl {
  /** Remembers that a client was refused something. */
  noteRefusal(client: Client, reason: AclLogEntry["reason"], object: string, user?: string): void;
  /** Makes or changes a user, by all rules or by none, and closes its clients that listen to what they may not any more. Throws an `AclError`. */
  set(name: string, rules: readonly string[]): void;
  /** Removes users, and closes their clients; how many there were. */
  remove(names: readonly string[]): number;
  /** Reads the users from the ACL file, and closes the clients of those there were, but the default one; throws an `AclError`. */
  load(): void;
  /** Writes the users to the ACL file; throws the system's error. */
  save(): void;
}

/** What the keys of a database take besides themselves, in bytes. */
export interface DatabaseMemory {
  readonly index: number;
  /** For finding keys. */
  readonly dictBytes: number;
  /** For finding those with a TTL. */
  readonly volatileBytes: number;
}

/** Where memory goes, in bytes, at one moment. */
export interface MemoryFigures {
  /** All that is in use: `used_memory`. */
  readonly usedBytes: number;
  /** The most that ever was. */
  readonly peakBytes: number;
  /** What a server without keys and clients uses. */
  readonly startupBytes: number;
  /** Buffers of clients and what they make the server remember. */
  readonly clientBytes: number;
  readonly clientCount: number;
  /** Names of channels and of keys that clients cache. */
  readonly tableBytes: number;
  /** What waits for the append-only file. */
  readonly aofBytes: number;
  /** The cache of scripts. */
  readonly scriptCacheBytes: number;
  readonly scriptCount: number;
  /** What Lua uses besides; it is no part of what is in use, nor limited by `maxmemory`. */
  readonly luaBytes: number;
  /** The part of the used memory that `maxmemory` does not limit. */
  readonly uncountedBytes: number;
  /** Databases that hold keys. */
  readonly databases: readonly DatabaseMemory[];
  /** All that is in use but keys with their values. */
  readonly overheadBytes: number;
  /** Keys with their values. */
  readonly datasetBytes: number;
  /** The part that they are of what is in use since the start, in percent. */
  readonly datasetPercent: number;
  readonly keys: number;
  /** What of the arena is in use, and what it has of the system's memory. */
  readonly arenaBytes: number;
  readonly arenaCommittedBytes: number;
  /** What the process has of the system's memory. */
  readonly residentBytes: number;
}

/** What DEBUG turns off, for tests. */
export interface DebugSwitches {
  /** Whether RESTORE looks at checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION). */
  checksChecksums: boolean;
  /** Whether the active expire cycle runs (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpireEnabled: boolean;
  /** Whether scripts may run only what is meant for them (DEBUG SET-DISABLE-DENY-SCRIPTS). */
  deniesToScripts: boolean;
  /** Whether the housekeeping stands still (DEBUG PAUSE-CRON). */
  isCronPaused: boolean;
}

/** What administration may ask of the server as a whole. */
export interface ServerControl {
  /** INFO's text for these sections; none means the default ones. */
  info(sections: readonly string[]): string;
  /** Writes the configuration back to its file, with `writesAll` every directive; returns a message if that fails. */
  rewriteConfig(writesAll?: boolean): string | undefined;
  /** Begins to shut down; returns a message if it cannot. */
  shutdown(request: ShutdownRequest): string | undefined;
  /** Takes back a shutdown that a signal has asked for; false if there is none. */
  abortShutdown(): boolean;
  /** Counts CONFIG RESETSTAT's counters from zero. */
  resetStats(): void;
  /** Whether a local client may use what this directive guards: `no`, `yes` or `local`. */
  isAllowed(directive: GuardDirective, client: Client): boolean;
}

/** The server, as far as commands on data see it. */
export interface ServerContext {
  readonly keyspace: Keyspace;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  /** The one door that every change goes through. */
  readonly changes: Changes;
  /** Where changes go that others repeat. */
  readonly propagation: ChangeStream;
  readonly blocked: BlockedClients;
  readonly watched: WatchedKeys;
  readonly pubsub: PubSub;
  readonly persistence: Pick<PersistenceControl, "isAppendedSafely">;
  readonly scripts: ScriptControl;
  readonly switches: Readonly<DebugSwitches>;
  /** Ends the request of a client that waits for it (`Call.waitForAnswer`): `write` writes the reply, or throws the error to reply. */
  answer(client: Client, write: EndingReply): void;
}

/** The server, as far as its administration sees it: connections, users, saving, figures. */
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
  /** Connections to other servers, for use again. */
  readonly keptConnections: KeptConnections;
  readonly persistence: PersistenceControl;
  readonly switches: DebugSwitches;
  readonly control: ServerControl;
  /** Where memory goes. */
  readonly memory: { figures(): MemoryFigures };
  /** Deletes keys if more memory is in use than `maxmemory` allows; whether there is room now or will be soon. */
  makeRoom(): boolean;
  /** Forgets keys that are remembered for clients beyond `tracking-table-max-keys`, and tells the clients. */
  trimTracking(): void;
  /** Ends the server at once, with a line in the log: nobody may be told, and nothing kept, of what is in memory. */
  fail(message: string): void;
}
