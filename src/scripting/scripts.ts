/**
 * EVAL and its like, and the cache of scripts: what `commands/scripting` asks for.
 *
 *     EVAL ─▶ Scripts (which script?) ─▶ ScriptRunner (may it run?) ─▶ ScriptMachine (Lua)
 *                                                                         │ redis.call
 *                                             Executor.runScripted ◀──────┘
 *
 * The machine is made when the first script comes.
 *
 * @module
 */
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Monitors } from "../clients/monitors.ts";
import type { Call } from "../command/call.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { ScriptControl } from "../command/context.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import type { Config } from "../config/config.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Log } from "../telemetry/log.ts";
import { makeLibraries } from "./libraries.ts";
import { LuaRandom } from "./lua_random.ts";
import { digestOf, evalOnly, redisApi } from "./redis_api.ts";
import type { ScriptExecution } from "./redis_calls.ts";
import { type CachedScript, ScriptCache } from "./script_cache.ts";
import { readShebang } from "./script_flags.ts";
import { ScriptMachine } from "./script_machine.ts";
import { ScriptWatch } from "./script_watch.ts";
import { ScriptRunner, type ScriptRunnerParts } from "./script_runner.ts";

const DIGEST_LENGTH = 40;
const noScript = new ReplyError("NOSCRIPT No matching script. Please use EVAL.");
const negativeKeys = err("Number of keys can't be negative");

/** What scripts have to do with. */
export interface ScriptsParts extends ScriptRunnerParts {
  readonly commands: CommandTable;
  readonly config: Config;
  readonly executor: ScriptExecution;
  readonly log: Log;
  readonly monitors: Monitors;
}

/** The scripts of one server. */
export class Scripts implements ScriptControl {
  readonly #cache = new ScriptCache();
  readonly #watch: ScriptWatch;
  readonly #runner: ScriptRunner;
  readonly #random = new LuaRandom();
  #machine: ScriptMachine | undefined;
  /** What scripts set in them is there for the next one, on another machine too. */
  #libraries = makeLibraries();

  constructor(private readonly parts: ScriptsParts) {
    const { clock, config, log } = parts;
    this.#watch = new ScriptWatch(clock, log, () => config.number("busy-reply-threshold"));
    this.#runner = new ScriptRunner(parts, this.#watch);
  }

  get isPaused(): boolean {
    return this.#runner.isPaused;
  }

  get busyError(): ReplyError | undefined {
    return this.parts.admission.busyError;
  }

  whenOver(run: EndingReply): void {
    this.#runner.whenOver(run);
  }

  kill(isEval: boolean): void {
    this.#runner.kill(isEval);
  }

  /** Ends what goes on: the server stops. */
  stop(): void {
    this.#runner.stop();
  }

  /** How many scripts are in the cache. */
  get cachedCount(): number {
    return this.#cache.size;
  }

  /** Memory of the cache, about, in bytes. */
  get cacheBytes(): number {
    return this.#cache.usedBytes;
  }

  /** Memory that Lua uses, in bytes. */
  get machineBytes(): number {
    return this.#machine?.usedBytes ?? 0;
  }

  evaluate(call: Call, isReadOnly: boolean): undefined {
    this.#showToMonitors(call);
    const keyCount = readKeyCount(call);
    const { args } = call;
    const digest = digestOf(args.bytes, args.starts[1], args.lengths[1]);
    const script = this.#cache.get(digest) ?? this.#add(digest, args.copy(1), false);
    this.#run(call, script, keyCount, isReadOnly);
  }

  evaluateCached(call: Call, isReadOnly: boolean): undefined {
    this.#showToMonitors(call);
    const { args } = call;
    if (args.lengths[1] !== DIGEST_LENGTH) throw noScript;
    const keyCount = readKeyCount(call);
    const script = this.#cache.get(args.text(1)) ?? this.#cache.get(args.text(1).toLowerCase());
    if (script === undefined) throw noScript;
    this.#run(call, script, keyCount, isReadOnly);
  }

  load(args: Arguments, i: number): string {
    const digest = digestOf(args.bytes, args.starts[i], args.lengths[i]);
    const known = this.#cache.get(digest);
    if (known === undefined) this.#add(digest, args.copy(i), true);
    else this.#cache.keep(known);
    return digest;
  }

  has(digest: string): boolean {
    return this.#cache.get(digest.toLowerCase()) !== undefined;
  }

  flush(): void {
    this.#cache.clear();
    this.#machine = undefined;
    this.#libraries = makeLibraries();
  }

  #run(call: Call, script: CachedScript, keyCount: number, isReadOnly: boolean): void {
    if (script.reference < 0) script.reference = this.#compile(script.text, script.shebang.length);
    this.#cache.touch(script);
    const { digest, reference, shebang } = script;
    this.#runner.run(call, {
      machine: this.#machine!,
      reference,
      name: digest,
      flags: shebang.flags,
      isEval: true,
      firstKey: 3,
      keyCount,
      isReadOnly,
      onMachineBroken: () => this.#dropMachine(),
    });
  }

  /** Compiles a script and adds it to the cache. Throws an error to reply if it is none. */
  #add(digest: string, text: Uint8Array<ArrayBuffer>, isLoaded: boolean): CachedScript {
    const shebang = readShebang(text);
    const reference = this.#compile(text, shebang.length);
    const script = { digest, text, shebang, isLoaded, reference };
    const evicted = this.#cache.add(script);
    if (evicted !== undefined && evicted.reference >= 0) {
      this.#machine!.lua.release(evicted.reference);
    }
    return script;
  }

  #compile(text: Uint8Array, from: number): number {
    const machine = this.#machine ??= this.#makeMachine();
    const result = machine.compile(text.subarray(from));
    if (typeof result === "number") return result;
    if (machine.isBroken) this.#dropMachine();
    throw err(`Error compiling script (new function): ${result}`);
  }

  #makeMachine(): ScriptMachine {
    const { commands, executor, log } = this.parts;
    return new ScriptMachine(executor, commands, this.#watch, (calls) => ({
      ...this.#libraries,
      redis: { ...redisApi(calls, this.#runner, log), ...evalOnly },
      math: this.#random.library,
    }));
  }

  #dropMachine(): void {
    this.#machine = undefined;
    this.#cache.forgetCompiled();
  }

  /** A script is shown before the commands that it runs. */
  #showToMonitors({ args, client }: Call): void {
    const { monitors } = this.parts;
    if (monitors.size > 0) monitors.show(client, client.db.index, args, []);
  }
}

function readKeyCount(call: Call): number {
  const count = call.integer(2);
  if (count > call.args.count - 3) throw errors.numkeysTooLarge;
  if (count < 0) throw negativeKeys;
  return count;
}
