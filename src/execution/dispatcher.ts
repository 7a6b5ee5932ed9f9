/**
 * From a request to its command's body: finds the command, decides whether it may run, runs it, and turns what it throws into an
 * error reply.
 *
 * {@link Dispatcher.admit} is the one place where a command is refused; bodies hold no rules of that kind.
 *
 * @module
 */
import type { Denial } from "../acl/selector.ts";
import { OutOfMemoryError } from "../arena/memory.ts";
import { Call } from "../command/call.ts";
import { type Command, Flag } from "../command/command.ts";
import type { ServerContext } from "../command/context.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import { keyPositions } from "../command/key_positions.ts";
import { denialText, wantedBy } from "../command/request_access.ts";
import { secretWords } from "../command/secrets.ts";
import { type Client, ReplyMode } from "../clients/client.ts";
import type { PauseMode } from "../clients/client_registry.ts";
import type { Outcome } from "../clients/hold.ts";
import type { Transaction } from "../clients/transaction.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Propagation } from "../changes/propagation.ts";
import type { Monitors } from "../clients/monitors.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { CallTimer } from "./call_timer.ts";
import { CrossProtocolGuard } from "./cross_protocol.ts";

/** Bytes of a request that the error about an unknown command quotes at most. */
const QUOTED_BYTES = 128;

const MAY_CHANGE_DATA = Flag.Write | Flag.MayReplicate;
const MAY_USE_DATA = MAY_CHANGE_DATA | Flag.ReadOnly;

/** Runs requests. */
export class Dispatcher {
  /** Whether `maxmemory` limits anything. */
  isMemoryLimited = false;
  /** `min-replicas-to-write` asks for replicas, of which there are none: nothing may be written. */
  lacksReplicas = false;
  /** Data is being loaded: commands that need it have to wait. */
  isLoading = false;
  readonly #call: Call;
  // What every request looks at, one step away.
  readonly #keyspace: Keyspace;
  readonly #monitors: Monitors;
  readonly #stats: ServerStats;
  readonly #propagation: Propagation;
  readonly #crossProtocolGuard: CrossProtocolGuard;
  /** Error replies that some command is to blame for: those of a transaction's commands are not EXEC's. */
  #blamedErrors = 0;

  constructor(
    private readonly server: ServerContext,
    private readonly reply: ReplyWriter,
    private readonly timer: CallTimer,
  ) {
    this.#call = new Call(server, reply);
    this.#keyspace = server.keyspace;
    this.#monitors = server.monitors;
    this.#stats = server.stats;
    this.#propagation = server.propagation;
    this.#crossProtocolGuard = new CrossProtocolGuard(server.clock, server.log);
  }

  /** Runs the request that the client's reader holds. If it has to wait the client is held. */
  dispatch(client: Client): Outcome {
    const args = client.reader.args;
    if (args.count > 0) return this.#dispatchAudibly(client, args);
    client.advanceReplyMode();
    return "done";
  }

  /** Runs the request of a blocked client again. */
  retry(client: Client): Outcome {
    const request = client.blocked!;
    request.waitsOn = false;
    return this.#dispatchAudibly(client, request.args);
  }

  /** Ends the wait of a blocked client that no key has ended. Its request has run, as far as anybody counts. */
  giveUp(client: Client, release: "timeout" | "error"): Outcome {
    const { reply } = this;
    const { args, microseconds } = client.blocked!;
    const command = this.server.commands.resolve(args)!;
    if (client.isMuted) reply.mute();
    if (release === "timeout") reply.nullArray();
    else {
      this.#replyError(reply.length, errors.unblocked);
      command.failedCalls++;
    }
    reply.unmute();
    client.advanceReplyMode();
    command.calls++;
    this.#stats.commands++;
    this.timer.account(command, microseconds, 1);
    this.#noteSlow(client, command, args, microseconds);
    return "done";
  }

  /** As {@link #dispatch}, without a reply if the client wants none. */
  #dispatchAudibly(client: Client, args: Arguments): Outcome {
    if (client.replyMode === ReplyMode.On) {
      const outcome = this.#dispatch(client, args);
      if (client.replyMode === ReplyMode.On) return outcome;
      return this.#unmute(client, outcome);
    }
    if (client.isMuted) this.reply.mute();
    return this.#unmute(client, this.#dispatch(client, args));
  }

  #unmute(client: Client, outcome: Outcome): Outcome {
    this.reply.unmute();
    if (outcome === "done") client.advanceReplyMode();
    return outcome;
  }

  #dispatch(client: Client, args: Arguments): Outcome {
    const reply = this.reply;
    const command = this.server.commands.resolve(args);
    client.lastCommand = command?.fullName ?? "NULL";
    if (command === undefined) {
      if (this.#crossProtocolGuard.cutOff(client, args)) return "done";
      breakTransaction(client);
      endCaching(client, undefined);
      this.#replyError(reply.length, this.#unknownCommand(args));
    } else {
      const refusal = this.#checkArity(command, args) ??
        this.admit(client, command, args);
      if (refusal !== undefined) {
        command.rejectedCalls++;
        breakTransaction(client);
        endCaching(client, command);
        this.#replyError(reply.length, this.#refusalOf(client, command, refusal));
      } else if (client.blocked === undefined && this.#mustWait(client, command)) {
        this.server.clients.holdUp(client);
        return "waits";
      } else if (client.transaction !== undefined && (command.flags & Flag.NeverQueued) === 0) {
        this.#queue(client.transaction, client, command, args.clone());
      } else {
        this.#run(client, command, args);
        if (this.#propagation.isOn) this.#propagation.endUnit(!touchesAnyKey(command));
        if (client.blocked !== undefined && client.blocked.waitsOn) return "waits";
      }
    }
    return "done";
  }

  /**
   * Runs a request again that was run before. It is admitted, counted and shown to nobody; that it fails must not happen, and is logged. Tells if
   * there is no such command, and if it failed.
   */
  replay(client: Client, args: Arguments): "unknown" | "failed" | undefined {
    const command = this.server.commands.resolve(args);
    if (command === undefined || this.#checkArity(command, args) !== undefined) return "unknown";
    const { reply } = this;
    const start = reply.length;
    const errorsBefore = reply.errorCount;
    const call = this.#call;
    call.client = client;
    call.args = args;
    call.command = command;
    this.#runBody(call, start);
    const hasFailed = reply.errorCount !== errorsBefore;
    if (hasFailed) {
      this.server.log.warning(
        `== CRITICAL == This server is sending an error to its AOF-loading-client after processing ` +
          `the command '${command.fullName}'`,
      );
    }
    reply.truncate(start);
    return hasFailed ? "failed" : undefined;
  }

  /** Whether this client may run this command now: undefined, or the error to reply. The only place that decides it. */
  admit(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    const flags = command.flags;
    if (
      !client.isAuthenticated && (flags & Flag.NoAuth) === 0 && !this.server.acl.defaultUser.isOpen
    ) {
      return errors.noAuth;
    }
    if (client.transaction !== undefined && (flags & Flag.NoMulti) !== 0) {
      return errors.notInTransaction;
    }
    if (!client.user.isUnrestricted) {
      const denial = this.#checkAcl(client, command, args);
      if (denial !== undefined) {
        this.#noteDenial(client, command, args, denial);
        return new ReplyError(`NOPERM ${denialText(client.user, command, denial)}`);
      }
    }
    if (this.isMemoryLimited && !this.server.makeRoom() && mayNeedMemory(client, command)) {
      return errors.outOfMemory;
    }
    if (this.#stats.hasFailedToSave || this.#stats.hasFailedToAppend) {
      // PING too, so that whoever looks after the server learns of it.
      const isRefused = (flags & Flag.Write) !== 0 || command.spec.name === "ping";
      const refusal = isRefused ? this.server.persistence.writeRefusal() : undefined;
      if (refusal !== undefined) return refusal;
    }
    if (this.lacksReplicas && hasFlag(client, command, Flag.Write)) return errors.noReplicas;
    if (client.isSubscriber && client.resp === 2 && (flags & Flag.WhileSubscribed) === 0) {
      return err(
        `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / ` +
          "QUIT / RESET are allowed in this context",
      );
    }
    if (this.isLoading && (flags & Flag.Loading) === 0) return errors.loading;
    if (client.isMonitor && hasFlag(client, command, MAY_USE_DATA)) return errors.monitorUsesData;
    return undefined;
  }

  /** What the client's user may not do of this request: undefined if it may do all. */
  #checkAcl({ user }: Client, command: Command, args: Arguments): Denial | undefined {
    if (user.isUnrestricted) return undefined;
    return user.check(wantedBy(command, args), (command.flags & Flag.NoAuth) !== 0);
  }

  #noteDenial(client: Client, command: Command, args: Arguments, denial: Denial): void {
    const object = denial.kind === "command" ? command.fullName : args.text(denial.index);
    this.server.users.noteRefusal(client, denial.kind, object);
  }

  /** Keeps a request for EXEC. */
  #queue(transaction: Transaction, client: Client, command: Command, args: Arguments): void {
    const { reply } = this;
    const run = () => {
      // The user's rules may have changed since the request was queued.
      const denial = this.#checkAcl(client, command, args);
      if (denial === undefined) {
        return this.#run(client, command, args);
      }
      this.#noteDenial(client, command, args, denial);
      this.#replyError(reply.length, rulesHaveChanged(denial));
    };
    transaction.add({ args, flags: command.flags, run });
    reply.simple("QUEUED");
  }

  #run(client: Client, command: Command, args: Arguments): void {
    const { reply } = this;
    const start = reply.length;
    this.#blamedErrors = reply.errorCount;
    const call = this.#call;
    call.client = client;
    call.args = args;
    call.command = command;
    const isPropagated = this.#propagation.isOn;
    const changesBefore = this.server.changesSinceSave;
    if (isPropagated) this.#propagation.beginRequest();
    call.propagatesRequest = undefined;
    const isPlain = this.timer.isSharedBy(command, args.count) && client.tracking === undefined &&
      this.#monitors.size === 0 && this.#keyspace.snapshot === undefined;
    if (isPlain) {
      this.#runBody(call, start);
      this.timer.join(command);
    } else {
      this.#runWatched(call, start);
    }
    // Others move the count of changes too, by saving or loading, and must not be repeated by whoever reads the file.
    if (isPropagated && (command.flags & MAY_CHANGE_DATA) !== 0) {
      const hasChanged = this.server.changesSinceSave !== changesBefore;
      if (call.propagatesRequest ?? hasChanged) this.#propagation.addRequest(client.db.index, args);
    }
    // When it is over, also one that waits: INFO does not count itself, and what CONFIG RESETSTAT counts from is the call before it.
    if (client.blocked !== undefined && client.blocked.waitsOn) return;
    command.calls++;
    this.#stats.commands++;
    if (reply.errorCount === this.#blamedErrors) return;
    command.failedCalls++;
    this.#blamedErrors = reply.errorCount;
  }

  #runBody(call: Call, start: number): void {
    try {
      call.command.spec.run!(call);
    } catch (error) {
      this.#replyError(start, error);
    }
  }

  /** Runs a request that somebody wants to know of: how long it takes, which keys it reads or changes, that it was run at all. */
  #runWatched(call: Call, start: number): void {
    const { args, client, command } = call;
    const isFirstRun = client.blocked === undefined;
    if (this.#keyspace.snapshot !== undefined) this.#beforeChange(client, command, args);
    const startMs = this.timer.start(command, args.count);
    this.#runBody(call, start);
    if (startMs < 0) this.timer.join(command);
    else if (client.blocked?.waitsOn) client.blocked.microseconds += this.timer.lap(startMs);
    else {
      const microseconds = this.timer.stop(command, startMs, client.blocked?.microseconds ?? 0);
      this.#noteDuration(client, command, args, microseconds);
    }
    if (this.#monitors.size > 0 && isFirstRun) this.#showToMonitors(client, command, args);
    if (client.tracking !== undefined) this.#track(client, command, args);
  }

  /** Lets the snapshot that is being taken see the keys that a command may change. */
  #beforeChange(client: Client, command: Command, args: Arguments): undefined {
    const { keys } = command.spec;
    if (keys === undefined) return;
    const isWrite = (command.flags & Flag.Write) !== 0;
    if (isWrite && command.hasSingleKey) {
      return client.db.beforeChange(args.bytes, args.starts[1], args.lengths[1]);
    }
    for (const { index, flags } of keyPositions(command.spec, args)) {
      // Not by one of both alone: PFCOUNT only reads, but keeps the count with the value; XREADGROUP's key is read, but its group changes.
      if (!isWrite && flags.includes("RO")) continue;
      client.db.beforeChange(args.bytes, args.starts[index], args.lengths[index]);
    }
  }

  /** Tells those who collect slow requests how long one took. */
  #noteDuration(client: Client, command: Command, args: Arguments, microseconds: number): void {
    const event = (command.flags & Flag.Fast) === 0 ? "command" : "fast-command";
    this.server.latencyEvents.note(event, microseconds / 1000, this.#keyspace.nowMs);
    this.#noteSlow(client, command, args, microseconds);
  }

  #noteSlow(client: Client, command: Command, args: Arguments, microseconds: number): void {
    const { server } = this;
    if ((command.flags & Flag.SkipSlowlog) !== 0) return;
    if (!server.slowLog.wants(microseconds)) return;
    const secrets = secretWords(command.spec, args, server.commands);
    server.slowLog.add(args, secrets, client, microseconds, this.#keyspace.nowMs);
  }

  /** Remembers the keys that a client has read, if it wants to know of their changes. */
  #track(client: Client, command: Command, args: Arguments): void {
    const { tracking } = this.server;
    if ((command.flags & Flag.ReadOnly) !== 0 && tracking.remembers(client)) {
      for (const { index } of keyPositions(command.spec, args)) {
        tracking.remember(client, args.text(index));
      }
    }
    endCaching(client, command);
  }

  #showToMonitors(client: Client, command: Command, args: Arguments): void {
    // What administrators do is nobody else's business.
    if ((command.flags & (Flag.Admin | Flag.SkipMonitor)) !== 0) return;
    const secrets = secretWords(command.spec, args, this.server.commands);
    this.server.monitors.show(client, client.db.index, args, secrets);
  }

  #checkArity(command: Command, args: Arguments): ReplyError | undefined {
    const isContainer = command.spec.run === undefined;
    if (!isContainer && command.takes(args.count)) return undefined;
    return err(`wrong number of arguments for '${command.fullName}' command`);
  }

  #unknownCommand(args: Arguments): ReplyError {
    const container = this.server.commands.find(args);
    if (container !== undefined) {
      const name = container.spec.name.toUpperCase();
      return err(`unknown subcommand '${args.quoted(1)}'. Try ${name} HELP.`);
    }
    let quoted = "";
    for (let i = 1; i < args.count && quoted.length < QUOTED_BYTES; i++) {
      quoted += `'${args.quoted(i, QUOTED_BYTES - quoted.length)}' `;
    }
    return err(`unknown command '${args.quoted(0)}', with args beginning with: ${quoted}`);
  }

  /** The error of a request that was refused. A refused EXEC ends the transaction. */
  #refusalOf(client: Client, command: Command, refusal: ReplyError): ReplyError {
    if (command.spec.name !== "exec") return refusal;
    client.transaction = undefined;
    this.server.watched.unwatch(client);
    const reason = refusal.message.replace(/^ERR /, "");
    return new ReplyError(`EXECABORT Transaction discarded because of: ${reason}`);
  }

  /** Whether CLIENT PAUSE holds up a request of a client that waits for keys, and could now go on. */
  isPaused(client: Client, args: Arguments): boolean {
    const mode = this.server.clients.pauseMode;
    return mode !== undefined && isHeldUp(mode, client, this.server.commands.resolve(args)!);
  }

  /** Whether this command has to wait until a pause is over. */
  #mustWait(client: Client, command: Command): boolean {
    const mode = this.server.clients.holdMode;
    return mode !== undefined && isHeldUp(mode, client, command);
  }

  #replyError(start: number, error: unknown): void {
    const reply = this.reply;
    reply.truncate(start);
    let text: string;
    if (error instanceof ReplyError) {
      text = error.message;
    } else if (error instanceof OutOfMemoryError) {
      text = errors.outOfMemory.message;
    } else {
      const what = error instanceof Error ? error.stack ?? error.message : String(error);
      this.server.log.warning(`Internal error in '${this.#call.command.fullName}': ${what}`);
      text = "ERR internal error";
    }
    this.server.stats.countError(text);
    reply.error(text);
  }
}

/** Whether a command has one of these flags, or a command of the transaction that it runs. */
function hasFlag({ transaction }: Client, { flags, spec }: Command, wanted: number): boolean {
  if ((flags & wanted) !== 0) return true;
  return spec.name === "exec" &&
    (transaction?.queue.some((queued) => (queued.flags & wanted) !== 0) ?? false);
}

/** Whether a pause of this mode holds up a command. */
function isHeldUp(mode: PauseMode, client: Client, command: Command): boolean {
  return mode === "all" || hasFlag(client, command, MAY_CHANGE_DATA);
}

/** Why a request is refused that was allowed when it was queued. */
const REASON_AT_EXEC = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments to the command",
};

function rulesHaveChanged({ kind }: Denial): ReplyError {
  return new ReplyError(
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC " +
      `call. This command is no longer allowed for the following reason: ${REASON_AT_EXEC[kind]}`,
  );
}

/** A refused request makes EXEC refuse the whole transaction. */
function breakTransaction(client: Client): void {
  if (client.transaction !== undefined) client.transaction.isBroken = true;
}

/** What CLIENT CACHING said is about one command, run or refused, or about one transaction; other words of CLIENT do not count. */
function endCaching(client: Client, command: Command | undefined): void {
  const isOver = client.transaction === undefined && !client.mustNotBlock;
  if (client.tracking === undefined || !isOver) return;
  if (command?.parent?.spec.name !== "client") client.tracking.caching = undefined;
}

/**
 * Whether a command deletes whatever expired key it comes across (SCAN): those deletions do not belong together, and there may be many.
 */
function touchesAnyKey({ flags, spec }: Command): boolean {
  return (flags & Flag.ReadOnly) !== 0 && spec.keys === undefined;
}

/** Whether a command may need more memory, or the transaction that it runs, or its place in one. */
function mayNeedMemory(client: Client, command: Command): boolean {
  return hasFlag(client, command, Flag.DenyOom) ||
    client.transaction !== undefined && (command.flags & Flag.NeverQueued) === 0;
}
