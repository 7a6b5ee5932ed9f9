/**
 * Runs a script for a client: looks whether it may run at all, lets it run, and turns what it returns or raises into the client's reply.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { EndingReply } from "../clients/blocked_clients.ts";
import { Client } from "../clients/client.ts";
import type { Profile } from "../command/profile.ts";
import type { PausedRun, PersistenceControl, ScriptRequest } from "../command/context.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import type { Admission } from "../execution/admission.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { cText } from "../lib/bytes.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { ReplyWriter } from "../resp/reply_writer.ts";
import { NOWHERE } from "../session/replaying_client.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import { LuaType } from "./lua.ts";
import { type ReplyTarget, writeValue } from "./lua_to_reply.ts";
import { Replicate, type ScriptSettings } from "./redis_api.ts";
import type { CallingScript } from "./redis_calls.ts";
import { ScriptFlag } from "../command/script_flag.ts";
import {
  type ErrorPlace,
  RESULT_PLACE,
  type RunState,
  type ScriptMachine,
} from "./script_machine.ts";
import type { ScriptWatch } from "./script_watch.ts";

/** What scripts are run with. */
export interface ScriptRunnerParts {
  /** The server that this one is taken for. */
  readonly profile: Profile;
  readonly acl: Acl;
  readonly admission: Admission;
  /** Clients that were held up while the script ran go on behind it. */
  readonly clients: { letGo(): void };
  readonly keyspace: Keyspace;
  readonly persistence: Pick<PersistenceControl, "writeRefusal">;
  readonly propagation: ChangeStream;
  readonly stats: ServerStats;
  readonly clock: Clock;
  readonly log: Log;
  /** It has just asked for the time. */
  readonly timer: { readonly lastMs: number };
  readonly loop: ScriptLoop;
}

/** The loop of requests, as far as scripts have to do with it. */
export interface ScriptLoop {
  /** Runs a step of what a client's request has begun. */
  goOn(client: Client, step: () => void): void;
  /** Ends the request of a client that waits: `write` writes its reply. */
  answer(client: Client, write: EndingReply): void;
  /** Runs the requests again that wait for keys that have changed. */
  wakeBlocked(): void;
}

/** A script that is to run. */
export interface RunnableScript {
  readonly machine: ScriptMachine;
  /** What the machine keeps its function by. */
  readonly reference: number;
  /** How errors name it. */
  readonly name: string;
  /** Bits of {@link ScriptFlag}; undefined if it declares none, and is treated as those of older versions. */
  readonly flags: number | undefined;
  /** Its keys and arguments are globals; those of a function are its two arguments. */
  readonly isEval: boolean;
  /** Where its keys begin among the words of the request, and how many there are. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** It runs by a command that changes nothing. */
  readonly isReadOnly: boolean;
  /** Called when the machine cannot run anything any more. */
  onMachineBroken(): void;
  /** Set when it begins: its client can wait. */
  mayPause: boolean;
}

/** A script in the middle. */
interface PausedScript {
  readonly script: RunnableScript;
  /** The client that gets its reply. */
  readonly caller: Client;
  /** What is to be done behind its reply. */
  readonly followers: EndingReply[];
  /** The words of its request. */
  readonly words: readonly Uint8Array[];
  /** The time that it sees, in milliseconds since 1970. */
  readonly timeMs: number;
}

const scriptOnStaleReplica = new ReplyError(
  "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' " +
    "flag is not set on the script.",
);
const writerOnReplica = new ReplyError(
  "READONLY Can not run script with write flag on readonly replica.",
);
const notBusy = new ReplyError("NOTBUSY No scripts in execution right now.");
const unkillable = new ReplyError(
  "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either " +
    "wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
);
const busyWithEval = new ReplyError(
  "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
);
const busyWithFunction = new ReplyError(
  "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
);

/** Runs one script at a time: they do not nest. */
export class ScriptRunner implements CallingScript, ScriptSettings {
  readonly client: Client;
  readonly #watch: ScriptWatch;
  isReadOnly = false;
  allowsOom = false;
  mayCrossSlots = true;
  lacksMemory = false;
  hasWritten = false;
  #paused: PausedScript | undefined;
  #timer: Timer | undefined;
  #replicates: number = Replicate.All;
  readonly #onError: ReplyTarget["onError"] = (text, isCounted) => {
    if (!isCounted) this.parts.stats.countError(text);
  };
  /** There is one for all replies: they are written one after another. */
  readonly #target: ReplyTarget = { reply: undefined!, resp: 2, onError: this.#onError };

  constructor(private readonly parts: ScriptRunnerParts, watch: ScriptWatch) {
    this.#watch = watch;
    const [database] = parts.keyspace.databases;
    this.client = new Client(0, NOWHERE, database, 0, parts.acl.makeUnrestricted());
    this.client.runsScript = true;
    this.client.mustNotBlock = true;
  }

  get resp(): 2 | 3 {
    return this.client.resp;
  }

  set resp(resp: 2 | 3) {
    this.client.resp = resp;
  }

  set replicates(bits: number) {
    this.#replicates = bits;
    this.parts.propagation.kinds = bits;
  }

  get replicates(): number {
    return this.#replicates;
  }

  /** Whether a script is paused. */
  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  /** The script that is paused, if one is. */
  get paused(): PausedRun | undefined {
    if (this.#paused === undefined) return undefined;
    const { script: { isEval, name }, words } = this.#paused;
    return { isEval, name, words, durationMs: Math.floor(this.#watch.durationMs) };
  }

  /** Calls `run` behind the reply of the script that is paused. */
  whenOver(run: EndingReply): void {
    this.#paused!.followers.push(run);
  }

  /** Ends the script that runs. Throws an error to reply if there is none, or it must not be ended. */
  kill(isEval: boolean): void {
    const { script } = this.#watch;
    if (script === undefined) throw notBusy;
    if (this.hasWritten) throw unkillable;
    if (script.isEval !== isEval) throw script.isEval ? busyWithEval : busyWithFunction;
    const command = isEval ? "SCRIPT KILL" : "FUNCTION KILL";
    this.parts.log.notice(`Lua script killed by user with ${command}.`);
    this.#watch.kill("ERR Script killed by user with SCRIPT KILL...");
  }

  /** Forgets the script that is paused: the server stops. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** Runs a script and writes its reply, or makes its client wait for it. Throws an error to reply if it must not run. */
  run(call: ScriptRequest, script: RunnableScript): void {
    const { machine } = script;
    const { client } = call;
    this.#checkFlags(client, script);
    this.#prepare(client, script);
    call.propagatesRequest = false;
    script.mayPause = !client.isReplay;
    this.#watch.begin(script, this.parts.timer.lastMs);
    machine.calls.script = this;
    const { args } = call;
    const { firstKey, keyCount, reference } = script;
    const state = machine.begin(reference, args, firstKey, keyCount, script.isEval);
    if (state === "paused") {
      this.#pause(call, script);
      // Within a transaction it is the transaction that waits.
      if (!client.mustNotBlock) call.waitForAnswer();
      return;
    }
    this.#finish(script, state, call.reply);
  }

  #pause({ args, client: caller }: ScriptRequest, script: RunnableScript): void {
    const words = Array.from({ length: args.count }, (_, i) => args.copy(i));
    const { nowMs: timeMs } = this.parts.keyspace;
    this.#paused = { caller, script, followers: [], words, timeMs };
    this.parts.admission.busyError = script.isEval ? busyWithEval : busyWithFunction;
    this.#goOnSoon();
  }

  /** Others have a turn first. */
  #goOnSoon(): void {
    this.#timer = this.parts.clock.after(0, () => {
      let state: RunState = "paused";
      this.parts.loop.goOn(this.#paused!.caller, () => state = this.#goOn());
      if (state === "paused") this.#goOnSoon();
      else this.#end(state);
    });
  }

  #goOn(): RunState {
    const { script, timeMs } = this.#paused!;
    // Keys do not expire while a script runs, however long that takes.
    this.parts.keyspace.setTime(timeMs);
    this.#watch.goOn();
    return script.machine.resume(0);
  }

  /** A script that was paused is over. */
  #end(state: RunState): void {
    const { admission, clients, clock, keyspace, loop, propagation } = this.parts;
    const { caller, followers, script } = this.#paused!;
    const write = (reply: ReplyWriter) => {
      this.#paused = undefined;
      admission.busyError = undefined;
      clients.letGo();
      this.#finish(script, state, reply);
      for (const follow of followers) follow(reply);
    };
    keyspace.setTime(clock.now());
    if (caller.blocked !== undefined) return loop.answer(caller, write);
    // The client has gone, but what it has begun is done.
    write(new ReplyWriter());
    if (this.isPaused) return;
    if (propagation.isOn) propagation.endUnit(true);
    loop.wakeBlocked();
  }

  /** The rules of scripts that say what they do. */
  #checkFlags(caller: Client, { flags, isReadOnly }: RunnableScript): void {
    const { admission } = this.parts;
    if (
      flags !== undefined && (flags & ScriptFlag.NoCluster) !== 0 &&
      admission.slotRules !== undefined
    ) throw err("Can not run script on cluster, 'no-cluster' flag is set.");
    if (caller.upstream !== undefined) return;
    if (flags === undefined) {
      if (admission.isStale) throw errors.masterDown;
      return;
    }
    if (admission.isStale && (flags & ScriptFlag.AllowStale) === 0) throw scriptOnStaleReplica;
    if ((flags & ScriptFlag.NoWrites) === 0) {
      if (admission.isReadOnly) throw writerOnReplica;
      const refusal = this.#writeRefusal();
      if (refusal !== undefined) throw refusal;
      if (isReadOnly) throw err("Can not execute a script with write flag using *_ro command.");
      if (admission.lacksReplicas) throw errors.noReplicas;
    }
    if (admission.lacksMemory && (flags & (ScriptFlag.AllowOom | ScriptFlag.NoWrites)) === 0) {
      throw new ReplyError(
        "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
      );
    }
  }

  #writeRefusal(): ReplyError | undefined {
    const { persistence, stats } = this.parts;
    if (!stats.cannotKeepChanges) return undefined;
    const refusal = persistence.writeRefusal();
    if (refusal === undefined) return undefined;
    const reason = /AOF: (.*)$/.exec(refusal.message);
    return new ReplyError(
      reason === null
        ? "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist " +
          "to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts."
        : "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist " +
          "to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. " +
          `AOF error: ${reason[1]}`,
    );
  }

  #prepare(caller: Client, { flags, isReadOnly }: RunnableScript): void {
    const { client, parts } = this;
    client.caller = caller;
    client.user = caller.user;
    client.db = caller.db;
    client.tracking = caller.tracking;
    client.noTouch = caller.noTouch;
    this.resp = 2;
    this.#replicates = Replicate.All;
    this.isReadOnly = isReadOnly ||
      flags !== undefined && (flags & ScriptFlag.NoWrites) !== 0;
    this.allowsOom = flags !== undefined && (flags & ScriptFlag.AllowOom) !== 0;
    this.mayCrossSlots = flags === undefined || (flags & ScriptFlag.AllowCrossSlotKeys) !== 0;
    this.lacksMemory = parts.admission.lacksMemory;
    this.hasWritten = false;
  }

  #finish(
    script: RunnableScript,
    state: RunState,
    reply: ReplyWriter,
  ): void {
    const { machine } = script;
    const { lua } = machine;
    machine.calls.script = undefined;
    this.#watch.end();
    if (this.#replicates !== Replicate.All) this.replicates = Replicate.All;
    if (state === "done") {
      // One value is the reply, whatever comes behind it.
      lua.setTop(RESULT_PLACE);
      this.#target.reply = reply;
      this.#target.resp = this.resp;
      writeValue(lua, this.#target);
    } else if (state === "failed") {
      this.#writeFailure(script, reply);
    } else {
      const reason = state === "outOfMemory" ? "not enough memory" : "stack overflow";
      const text = `ERR Error running script ${script.name}, ${reason}`;
      reply.error(text);
      this.#onError(text, false);
    }
    this.client.caller = undefined;
    this.client.tracking = undefined;
    if (!machine.end(state)) script.onMachineBroken();
  }

  /** Replies with the error that is on top of the stack. */
  #writeFailure(
    { machine, name }: RunnableScript,
    reply: ReplyWriter,
  ): void {
    const { lua } = machine;
    const place = machine.errorPlace();
    let text: string;
    let isCounted = false;
    if (lua.isTable(-1)) {
      lua.rawGetField(-1, "err");
      text = lua.text(-1) ?? "ERR the script has raised a table without an error message";
      lua.rawGetField(-2, "ignore_error_stats_update");
      isCounted = lua.type(-1) === LuaType.Boolean && lua.boolean(-1);
    } else text = `ERR ${lua.describe(-1)}`;
    const full = cText(text) + (place === undefined ? "" : placeText(name, place));
    reply.error(full);
    this.#onError(full, isCounted);
  }
}

function placeText(name: string, { source, line }: ErrorPlace): string {
  return ` script: ${name}, on ${source}:${line}.`;
}
