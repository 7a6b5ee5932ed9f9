/**
 * Decides whether a request may run now. Every rule that a command's flags can express is here, and no body holds such a rule.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { Denial } from "../acl/selector.ts";
import type { Client } from "../clients/client.ts";
import type { ClientRegistry, PauseMode } from "../clients/client_registry.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { PersistenceControl, ScriptControl, UserControl } from "../command/context.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import { denialText, wantedBy } from "../command/request_access.ts";
import type { Arguments } from "../resp/arguments.ts";
import { flagsOf, hasFlag, isExec, mayNeedMemory } from "./request_flags.ts";
import { ServerConditions } from "./server_conditions.ts";
import { fits, isLarge, isManyOrLong, type RoomForRequests } from "./room_for_requests.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import { refusalInScript, type RunningScript } from "./script_rules.ts";

const MAY_CHANGE_DATA = Flag.write | Flag.may_replicate;
const MAY_USE_DATA = MAY_CHANGE_DATA | Flag.readonly;

/** An error that persists is logged once in this time. */
const LOG_INTERVAL_MS = 10_000;

/** The texts for a request that was allowed when it was queued and is refused at EXEC. */
const REASON_AT_EXEC = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments to the command",
};

/** What the rules depend on. */
export interface AdmissionParts {
  readonly acl: Acl;
  readonly keyspace: { readonly arena: RoomForRequests; readonly nowMs: number };
  readonly clients: ClientRegistry;
  readonly scripts: ScriptControl;
  readonly stats: ServerStats;
  readonly users: Pick<UserControl, "noteRefusal">;
  readonly persistence: Pick<PersistenceControl, "writeRefusal">;
  readonly tracking: Pick<Tracking, "isOverfull">;
  readonly config: Config;
  readonly log: Log;
  /** Ends the server, with a line in the log. */
  fail(message: string): void;
  /** Forgets keys that are remembered beyond the limit, and tells the clients that have read them. */
  trimTracking(): void;
  /** Deletes keys if more memory is in use than `maxmemory` allows; returns whether there is room, now or soon. */
  makeRoom(): boolean;
}

/** The rules of one server. */
export class Admission extends ServerConditions {
  /** Whether there was no room for the last request that was checked, and none could be made. */
  lacksMemory = false;
  /** When the log last said that a change is not kept, in milliseconds since 1970. */
  #ignoredErrorMs = -Infinity;

  constructor(private readonly parts: AdmissionParts) {
    super();
  }

  /**
   * Whether no rule needs to be asked about a request: its client is in no special state, the server is in none, and it is not large. Such
   * a request is neither refused nor held up nor queued. Nearly every request is of this kind, and this is what all rules together cost it.
   */
  isPlain(client: Client, args: Arguments): boolean {
    const { clients, keyspace, stats, tracking } = this.parts;
    return this.areOrdinary && client.user.isUnrestricted && client.isAuthenticated &&
      client.transaction === undefined && client.subscriptions === undefined &&
      client.upstream === undefined && !client.isMonitor && clients.holdMode === undefined &&
      !keyspace.arena.isExhausted && !tracking.isOverfull && !stats.cannotKeepChanges &&
      !isManyOrLong(args);
  }

  /** Why this client may not run this command now, as the error to reply; undefined if it may. */
  refusal(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    const { flags } = command;
    const { acl, keyspace: { arena }, persistence, stats } = this.parts;
    if (client.upstream !== undefined) return this.#obey(command);
    if (!client.isAuthenticated && (flags & Flag.no_auth) === 0 && !acl.defaultUser.isOpen) {
      return errors.noAuth;
    }
    if (client.transaction !== undefined && (flags & Flag.no_multi) !== 0) {
      return errors.notInTransaction;
    }
    if (!client.user.isUnrestricted || this.slotRules !== undefined) {
      const refusal = this.#refusalOfKeys(client, command, args);
      if (refusal !== undefined) return refusal;
    }
    this.lacksMemory = this.isMemoryLimited && this.busyError === undefined &&
      !this.parts.makeRoom();
    if (
      this.lacksMemory &&
      (mayNeedMemory(client, command) || this.#declares(command, args, Flag.denyoom))
    ) {
      return errors.outOfMemory;
    }
    if (
      (arena.isExhausted || isLarge(client, command, args)) && !fits(arena, client, command, args)
    ) {
      return errors.outOfMemory;
    }
    if (this.parts.tracking.isOverfull) this.parts.trimTracking();
    if (stats.cannotKeepChanges) {
      // PING is refused too, so that whoever monitors the server notices.
      const isRefused = (flags & Flag.write) !== 0 || command.spec.name === "ping" ||
        this.#declares(command, args, Flag.write);
      const refusal = isRefused ? persistence.writeRefusal() : undefined;
      if (refusal !== undefined) return refusal;
    }
    if (this.lacksReplicas || this.isReadOnly) {
      const isWrite = hasFlag(client, command, Flag.write) ||
        this.#declares(command, args, Flag.write);
      if (isWrite) return this.lacksReplicas ? errors.noReplicas : errors.readOnlyReplica;
    }
    if (client.isSubscriber && client.resp === 2 && (flags & Flag.for_subscribers) === 0) {
      return err(
        `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / ` +
          "QUIT / RESET are allowed in this context",
      );
    }
    if (
      this.isStale && needsFreshData(client, command, flagsOf(command, args, this.parts.scripts))
    ) {
      return errors.masterDown;
    }
    if (this.isLoading && (flags & Flag.loading) === 0) return errors.loading;
    if (this.isLoadingAside && (flags & Flag.no_async_loading) !== 0) return errors.loading;
    if (this.busyError !== undefined && (flags & Flag.allow_busy) === 0) return this.busyError;
    if (client.isMonitor && hasFlag(client, command, MAY_USE_DATA)) return errors.monitorUsesData;
    return undefined;
  }

  /**
   * As {@link refusal}, for a request of the primary. It is obeyed, because its data is what this server's data must be. Only if the change
   * cannot be kept on disk, the server ends, unless `replica-ignore-disk-write-errors` says otherwise.
   */
  #obey({ flags }: Command): undefined {
    const { config, keyspace, log, persistence, stats } = this.parts;
    if (this.isMemoryLimited) this.parts.makeRoom();
    if ((flags & Flag.write) === 0 || !stats.cannotKeepChanges) return;
    if (persistence.writeRefusal() === undefined) return;
    if (!config.flag("replica-ignore-disk-write-errors")) {
      this.parts.fail("Replica was unable to write command to disk.");
      return;
    }
    if (keyspace.nowMs - this.#ignoredErrorMs < LOG_INTERVAL_MS) return;
    this.#ignoredErrorMs = keyspace.nowMs;
    log.warning("Replica is applying a command even though it is unable to write to disk.");
  }

  /** Why the client's user may not make this request, or this node does not serve it. */
  #refusalOfKeys(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    if (!client.user.isUnrestricted) {
      const denial = this.#denial(client, command, args);
      if (denial !== undefined) {
        return new ReplyError(`NOPERM ${denialText(client.user, command, denial)}`);
      }
    }
    return this.slotRules?.refusal(client, command, args);
  }

  /** As {@link refusal}, for a request that was admitted when it was queued: the rules of its user may have changed since. */
  refusalAtExec(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    if (client.user.isUnrestricted) return undefined;
    const denial = this.#denial(client, command, args);
    if (denial === undefined) return undefined;
    return new ReplyError(
      "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC " +
        "call. This command is no longer allowed for the following reason: " +
        REASON_AT_EXEC[denial.kind],
    );
  }

  /** Why a script may not run a request; undefined if it may. */
  refusalInScript(
    script: RunningScript,
    command: Command,
    args: Arguments,
  ): ReplyError | undefined {
    const { client } = script;
    if (!client.user.isUnrestricted) {
      const denial = this.#denial(client, command, args);
      if (denial !== undefined) {
        return err(`ACL failure in script: ${denialText(client.user, command, denial)}`);
      }
    }
    if (this.isStale && (command.flags & Flag.stale) === 0) {
      return err("Can not execute the command on a stale replica");
    }
    const isObeyed = client.caller?.upstream !== undefined;
    return refusalInScript(script, command, () => isObeyed ? undefined : this.#writeRefusal()) ??
      this.slotRules?.refusalInScript(script, command, args);
  }

  /** Why nobody may change data now; undefined if data may change. */
  #writeRefusal(): ReplyError | undefined {
    if (this.isReadOnly) return errors.readOnlyReplica;
    const { persistence, stats } = this.parts;
    const refusal = stats.cannotKeepChanges ? persistence.writeRefusal() : undefined;
    return refusal ?? (this.lacksReplicas ? errors.noReplicas : undefined);
  }

  /** Whether the script that a request runs declares what amounts to this flag. */
  #declares(command: Command, args: Arguments, flag: number): boolean {
    return command.spec.flagsOf !== undefined &&
      (flagsOf(command, args, this.parts.scripts) & flag) !== 0;
  }

  /**
   * Whether this command has to wait until CLIENT PAUSE, or what else holds everything up, is over. What the primary sends waits for a script
   * that runs for too long, too: it cannot be refused.
   */
  isHeldUp(client: Client, command: Command, args: Arguments): boolean {
    if (this.busyError !== undefined && client.upstream !== undefined) return true;
    const mode = this.parts.clients.holdMode;
    // A replica must be able to tell how far it is.
    if (mode === undefined || client.isReplica) return false;
    if (command.spec.flagsOf === undefined) return holds(mode, client, command);
    const flags = flagsOf(command, args, this.parts.scripts);
    return mode === "all" || (flags & MAY_CHANGE_DATA) !== 0;
  }

  /** Whether CLIENT PAUSE holds up a command that has waited for keys and could go on now. */
  isPaused(client: Client, command: Command): boolean {
    const mode = this.parts.clients.pauseMode;
    return mode !== undefined && holds(mode, client, command);
  }

  /** Why the client's user may not make this request, which is then added to the ACL log; undefined if the user may. */
  #denial(client: Client, command: Command, args: Arguments): Denial | undefined {
    const needsNoUser = (command.flags & Flag.no_auth) !== 0;
    const denial = client.user.check(wantedBy(command, args), needsNoUser);
    if (denial === undefined) return undefined;
    const object = denial.kind === "command" ? command.fullName : args.text(denial.index);
    this.parts.users.noteRefusal(client, denial.kind, object);
    return denial;
  }
}

/** Whether a request, whose flags are given, must not run on data that may be out of date. */
function needsFreshData(client: Client, command: Command, flags: number): boolean {
  const common = isExec(client, command) ? client.transaction!.commonFlags : flags;
  return (flags & common & Flag.stale) === 0;
}

/** Whether a pause of this mode holds up a command, or the transaction that it runs. */
function holds(mode: PauseMode, client: Client, command: Command): boolean {
  return mode === "all" || hasFlag(client, command, MAY_CHANGE_DATA);
}
