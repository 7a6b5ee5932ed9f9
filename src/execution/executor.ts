/**
 * Runs commands. Nothing else runs the body of a command:
 *
 *     execute     find ▸ admit ▸ queue, or run ▸ propagate     what a client sends: the request loop
 *     runQueued   find ▸ the user's rules ▸ run                what EXEC's client has queued
 *     runScripted find ▸ the script's rules ▸ run              what a script calls
 *     replay      find ▸ body                                  what ran before: the loader of the append-only file
 *
 *     run         count, time, body, what is thrown becomes an error reply
 *
 * Calls nest, because EXEC's body runs further commands. Each depth has a `Call` of its own, which is made once.
 *
 * @module
 */
import { OutOfMemoryError } from "../arena/memory.ts";
import type { Changes } from "../changes/changes.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { Outcome } from "../clients/hold.ts";
import type { Transaction } from "../clients/transaction.ts";
import { AdminCall, type Call, type NestedExecution } from "../command/call.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { AdminContext } from "../command/context.ts";
import { errors, ReplyError } from "../command/errors.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Arguments } from "../resp/arguments.ts";
import { ReplyTooLarge } from "../resp/reply_buffer.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import { Admission } from "./admission.ts";
import type { CallTimer } from "./call_timer.ts";
import { CrossProtocolGuard } from "./cross_protocol.ts";
import { reportDifference } from "./primary_errors.ts";
import { type CommandInspector, type RequestGate, runInspected } from "./test_hooks.ts";
import { flagsOf, touchesAnyKey } from "./request_flags.ts";
import { execAbort, unknownCommand, wrongArity } from "./request_errors.ts";
import { malformed, type RunningScript } from "./script_rules.ts";
import { stackOf, whatTears } from "./torn_data.ts";
import { endCaching, Witnesses } from "./witnesses.ts";

const MAY_CHANGE_DATA = Flag.write | Flag.may_replicate;
/** How the replay of a request ended: see {@link Executor.replay}. */
export type ReplayOutcome = "done" | "unknown" | "failed";

/** Runs the commands of one server. */
export class Executor implements NestedExecution {
  readonly admission: Admission;
  /** Only set in tests. */
  inspector: CommandInspector | undefined = undefined;
  #gate: RequestGate | undefined = undefined;
  /** The call of each depth. */
  readonly #calls: AdminCall[] = [];
  #depth = 0;
  /** Whether a command has ended in the middle of a change, and the server with it. What belongs to it must not go on. */
  #isTorn = false;
  readonly #crossProtocolGuard: CrossProtocolGuard;
  readonly #witnesses: Witnesses;
  // Every request needs these, so they are kept here.
  readonly #changes: Changes;
  readonly #commands: CommandTable;
  readonly #keyspace: Keyspace;
  readonly #propagation: ChangeStream;
  readonly #stats: ServerStats;

  constructor(private readonly server: AdminContext, private readonly timer: CallTimer) {
    this.admission = new Admission(server);
    this.#crossProtocolGuard = new CrossProtocolGuard(server.clock, server.log);
    this.#witnesses = new Witnesses(server);
    this.#changes = server.changes;
    this.#commands = server.commands;
    this.#keyspace = server.keyspace;
    this.#propagation = server.propagation;
    this.#stats = server.stats;
  }

  /** Only set in tests. */
  set gate(gate: RequestGate | undefined) {
    this.#gate = gate;
    this.admission.isGated = gate !== undefined;
  }

  /** Runs a request of a client, and writes its reply. If the request has to wait, the client is held. */
  execute(client: Client, args: Arguments, reply: ReplyWriter): Outcome {
    if (args.count === 0) return "done";
    const command = this.#commands.resolve(args);
    if (command === undefined) return this.#refuseUnknown(client, args, reply);
    client.lastCommand = command.fullName;
    if (!command.takes(args.count)) {
      return this.#refuse(client, command, reply, wrongArity(command));
    }
    if (!this.admission.isPlain(client, args)) {
      const refusal = this.admission.refusal(client, command, args);
      if (refusal !== undefined) return this.#refuse(client, command, reply, refusal);
      if (client.blocked === undefined && this.#isHeldUp(client, command, args)) return "waits";
      if (client.transaction !== undefined && (command.flags & Flag.never_queued) === 0) {
        return this.#queue(client, client.transaction, command, args, reply);
      }
    }
    this.#run(client, command, args, reply);
    if (this.#propagation.isOn) this.#endUnit(client, command);
    return client.blocked?.waitsOn ? "waits" : "done";
  }

  /** Runs the request of a client that has waited again. */
  resume(client: Client, reply: ReplyWriter): Outcome {
    const request = client.blocked!;
    request.waitsOn = false;
    return this.execute(client, request.args, reply);
  }

  /**
   * Ends the request of a client that has waited, without running it again. It counts as a run of the command. It goes on waiting if the
   * function that writes the reply has to wait again.
   */
  finish(client: Client, write: EndingReply, reply: ReplyWriter): Outcome {
    const { args, microseconds } = client.blocked!;
    const command = this.#commands.resolve(args)!;
    const start = reply.length;
    try {
      write(reply);
    } catch (error) {
      this.#replyError(command, reply, start, error);
      command.failedCalls++;
    }
    if (this.server.scripts.isPaused) return "waits";
    this.#endUnit(client, command);
    command.calls++;
    this.#stats.commands++;
    this.timer.account(command, microseconds, 1);
    this.#witnesses.noteSlow(client, command, args, microseconds);
    return "done";
  }

  /** Ends the unit of changes, unless a script is paused, which may add more to it. */
  #endUnit(client: Client, command: Command): void {
    if (!this.#propagation.isOn || this.server.scripts.isPaused) return;
    if (!this.#propagation.endUnit(!touchesAnyKey(command))) return;
    client.changesOffset = this.server.replication.history.offset;
  }

  /** Whether CLIENT PAUSE holds up the request of a client that has waited for keys and could go on now. */
  isPaused(client: Client): boolean {
    return this.admission.isPaused(client, this.#commands.resolve(client.blocked!.args)!);
  }

  runQueued(client: Client, args: Arguments, reply: ReplyWriter): void {
    if (this.#isTorn) return;
    const command = this.#commands.resolve(args)!;
    const refusal = this.admission.refusalAtExec(client, command, args);
    if (refusal === undefined) return this.#run(client, command, args, reply);
    this.#replyError(command, reply, reply.length, refusal);
  }

  /** Runs a request of a script and writes its reply, or returns why the script may not run it. */
  runScripted(script: RunningScript, args: Arguments, reply: ReplyWriter): ReplyError | undefined {
    if (this.#isTorn) return errors.outOfMemory;
    const command = this.#commands.resolve(args);
    const refusal = malformed(command, args, this.server.switches.deniesToScripts) ??
      this.admission.refusalInScript(script, command!, args);
    if (refusal !== undefined) {
      this.#stats.countError(refusal.message);
      if (command !== undefined) command.rejectedCalls++;
      return refusal;
    }
    if ((command!.flags & Flag.write) !== 0) script.hasWritten = true;
    this.#run(script.client, command!, args, reply);
    return undefined;
  }

  /**
   * Runs a request from the append-only file again. It is neither admitted, nor counted, nor shown to anybody, and its reply is dropped. An
   * error is not expected, and is logged.
   */
  replay(client: Client, args: Arguments, reply: ReplyWriter): ReplayOutcome {
    const command = this.#commands.resolve(args);
    if (command === undefined || !command.takes(args.count)) return "unknown";
    const errorsBefore = reply.errorCount;
    const call = this.#callFor(client, command, args, reply);
    reply.mute();
    this.#enter(call);
    try {
      call.command.spec.run!(call);
    } catch (error) {
      this.#bodyThrew(call, error);
    } finally {
      this.#leave(call);
    }
    const hasFailed = reply.errorCount !== errorsBefore;
    if (hasFailed) {
      this.server.log.warning(
        `== CRITICAL == This server is sending an error to its AOF-loading-client after processing ` +
          `the command '${command.fullName}'`,
      );
    }
    reply.truncate(call.replyStart);
    reply.unmute();
    return hasFailed ? "failed" : "done";
  }

  #refuseUnknown(client: Client, args: Arguments, reply: ReplyWriter): Outcome {
    client.lastCommand = "NULL";
    if (this.#crossProtocolGuard.cutOff(client, args)) return "done";
    return this.#refuse(client, undefined, reply, unknownCommand(this.#commands, args));
  }

  /** Whether a request may not run yet. Then its client is held until it may. */
  #isHeldUp(client: Client, command: Command, args: Arguments): boolean {
    if (!this.admission.isHeldUp(client, command, args)) {
      return this.#gate !== undefined && this.#gate.holdsUp(client, command, args);
    }
    this.server.clients.holdUp(client);
    return true;
  }

  #queue(
    client: Client,
    transaction: Transaction,
    command: Command,
    args: Arguments,
    reply: ReplyWriter,
  ): Outcome {
    // If it is already known that EXEC will fail, there is no need to keep the request.
    const willFail = transaction.isBroken || client.watchedHaveChanged;
    if (!willFail) transaction.add(args, flagsOf(command, args, this.server.scripts));
    reply.simple("QUEUED");
    return "done";
  }

  /** Runs a command that has been admitted. */
  #run(client: Client, command: Command, args: Arguments, reply: ReplyWriter): void {
    const call = this.#callFor(client, command, args, reply);
    const isPropagated = this.#propagation.isOn;
    if (isPropagated) this.#propagation.beginRequest();
    const isFirstRun = client.blocked === undefined;
    const isWatched = !this.timer.isSharedBy(command, args.count) || this.#witnesses.watch(client);
    const startMs = isWatched ? this.#beginWatched(call) : -1;
    this.#enter(call);
    try {
      if (this.inspector === undefined) call.command.spec.run!(call);
      else runInspected(this.inspector, call);
    } catch (error) {
      this.#bodyThrew(call, error);
    } finally {
      this.#leave(call);
    }
    if (isWatched) this.#endWatched(call, startMs, isFirstRun);
    else this.timer.join(command);
    // Saving and loading change the count of changes too, and must not be repeated by whoever reads the stream.
    if (isPropagated && (command.flags & MAY_CHANGE_DATA) !== 0) {
      const hasChanged = this.#changes.sinceSave !== call.changesBefore;
      if (call.propagatesRequest ?? hasChanged) this.#propagation.addRequest(client.db.index, args);
    }
    // A run counts when it is over, and a waiting request when its wait is over. So INFO does not count itself, and CONFIG RESETSTAT is the
    // first call that counts again.
    if (client.blocked !== undefined && client.blocked.waitsOn) return;
    command.calls++;
    this.#stats.commands++;
    if (reply.errorCount !== call.excusedErrors) this.#countFailure(call);
  }

  /** Counts the failure of a command. A command that runs it, such as EXEC, has not failed. */
  #countFailure({ client, command, reply }: Call): void {
    command.failedCalls++;
    if (client.upstream !== undefined) reportDifference(this.server, command, reply.lastError);
    const outer = this.#depth > 0 ? this.#calls[this.#depth - 1] : undefined;
    if (outer?.reply === reply) outer.excusedErrors = reply.errorCount;
  }

  #callFor(client: Client, command: Command, args: Arguments, reply: ReplyWriter): AdminCall {
    const call = this.#calls[this.#depth] ??= new AdminCall(this.server, this);
    call.client = client;
    call.command = command;
    call.args = args;
    call.reply = reply;
    call.propagatesRequest = undefined;
    call.excusedErrors = reply.errorCount;
    return call;
  }

  /** Call it before the body, and {@link #leave} after it. */
  #enter(call: AdminCall): void {
    call.replyStart = call.reply.length;
    call.usedBefore = this.#keyspace.arena.usedBytes;
    call.changesBefore = this.#changes.sinceSave;
    this.#depth++;
    // A command that only reads may be stopped in the middle. One that changes something runs to its end, even if nobody sees its reply.
    call.reply.mayStop = (call.command.flags & Flag.readonly) !== 0;
  }

  #leave(call: AdminCall): void {
    call.reply.mayStop = false;
    this.#depth--;
  }

  /** Replies with what the body of a command has thrown, unless that ends the server. */
  #bodyThrew(call: AdminCall, error: unknown): void {
    const { command, reply } = call;
    reply.mayStop = false;
    const isUntouched = this.#keyspace.arena.usedBytes === call.usedBefore &&
      this.#changes.sinceSave === call.changesBefore;
    this.#endIfTorn(call, error, isUntouched);
    if (!(error instanceof ReplyTooLarge)) {
      this.#replyError(command, reply, call.replyStart, error);
    }
  }

  /**
   * Handles a body that has ended where nobody expected it. What it has half changed can be neither finished nor undone, so the server
   * ends, as Redis 7.2 does, and what is on disk stays true. The server goes on only if it is sure that nothing was changed.
   */
  #endIfTorn({ client, command }: Call, error: unknown, isUntouched: boolean): void {
    const reason = whatTears(command, error, isUntouched);
    if (reason === undefined) return;
    if (client.isReplay) throw error;
    // Nothing of the unit that is being collected may be written.
    this.#propagation.pause();
    this.#isTorn = true;
    this.server.fail(`${reason}. Exiting...`);
  }

  /** Prepares for a command that is timed by itself or that a witness wants to know of. Returns the argument for {@link #endWatched}. */
  #beginWatched(call: AdminCall): number {
    this.#witnesses.beforeRun(call);
    return this.timer.start(call.command, call.args.count);
  }

  #endWatched(call: AdminCall, startMs: number, isFirstRun: boolean): void {
    const { client, command } = call;
    if (startMs < 0) this.timer.join(command);
    else if (client.blocked?.waitsOn) client.blocked.microseconds += this.timer.lap(startMs);
    else {
      const before = client.blocked?.microseconds ?? 0;
      this.#witnesses.noteDuration(call, this.timer.stop(command, startMs, before));
    }
    this.#witnesses.afterRun(call, isFirstRun);
  }

  #refuse(
    client: Client,
    command: Command | undefined,
    reply: ReplyWriter,
    reason: ReplyError,
  ): Outcome {
    if (command !== undefined) command.rejectedCalls++;
    const refusal = this.#refusalOf(client, command, reason);
    // A refused request makes EXEC refuse the whole transaction.
    if (client.transaction !== undefined) client.transaction.isBroken = true;
    endCaching(client, command);
    client.endAsking();
    this.#replyError(command, reply, reply.length, refusal);
    if (client.upstream !== undefined) reportDifference(this.server, command, refusal.message);
    return "done";
  }

  /** The error for a refused request. A refused EXEC ends the transaction. */
  #refusalOf(client: Client, command: Command | undefined, refusal: ReplyError): ReplyError {
    if (command?.spec.name !== "exec") return refusal;
    client.transaction = undefined;
    this.server.watched.unwatch(client);
    return execAbort(refusal);
  }

  /** Replies with the error that was thrown, in place of what was written since the reply was `start` long. */
  #replyError(
    command: Command | undefined,
    reply: ReplyWriter,
    start: number,
    error: unknown,
  ): void {
    reply.truncate(start);
    let text: string;
    if (error instanceof ReplyError) {
      text = error.message;
    } else if (error instanceof OutOfMemoryError) {
      text = errors.outOfMemory.message;
    } else {
      this.server.log.warning(`Internal error in '${command?.fullName}': ${stackOf(error)}`);
      text = "ERR internal error";
    }
    this.#stats.countError(text);
    reply.error(text);
  }
}
