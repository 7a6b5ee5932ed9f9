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
import type { PausedRun, ScriptControl, ScriptRequest } from "../command/context.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import type { Config } from "../config/config.ts";
import { hexText } from "../lib/bytes.ts";
import type { Arguments } from "../resp/arguments.ts";
import { Functions, type FunctionsParts } from "./functions.ts";
import { makeLibraries } from "./libraries.ts";
import { LuaRandom } from "./lua_random.ts";
import { evalOnly, redisApi } from "./redis_api.ts";
import { DIGEST_DIGITS, digestOf, readDigest } from "./script_digest.ts";
import { type CachedScript, ScriptCache } from "./script_cache.ts";
import { declaredFlags, readShebang } from "./script_flags.ts";
import { ScriptMachine } from "./script_machine.ts";
import { ScriptWatch } from "./script_watch.ts";
import { type RunnableScript, ScriptRunner, type ScriptRunnerParts } from "./script_runner.ts";

const noScript = new ReplyError("NOSCRIPT No matching script. Please use EVAL.");
const negativeKeys = err("Number of keys can't be negative");

/** What scripts have to do with. */
export interface ScriptsParts extends ScriptRunnerParts, FunctionsParts {
  readonly config: Config;
}

/** The scripts of one server. */
export class Scripts implements ScriptControl {
  readonly #cache = new ScriptCache();
  readonly #watch: ScriptWatch;
  readonly #runner: ScriptRunner;
  readonly #random = new LuaRandom();
  #machine: ScriptMachine | undefined;
  readonly functions: Functions;
  /** What scripts set in them is there for the next one, on another machine too. */
  #libraries = makeLibraries();
  /** The script that runs; they do not nest, so there is one object for all. */
  readonly #running: { -readonly [Name in keyof RunnableScript]: RunnableScript[Name] } = {
    machine: undefined!,
    reference: 0,
    name: "",
    flags: undefined,
    isEval: true,
    mayPause: true,
    firstKey: 3,
    keyCount: 0,
    isReadOnly: false,
    onMachineBroken: () => this.#dropMachine(),
  };

  constructor(private readonly parts: ScriptsParts) {
    const { clock, config, log } = parts;
    this.#watch = new ScriptWatch(clock, log, () => config.number("busy-reply-threshold"));
    this.#runner = new ScriptRunner(parts, this.#watch);
    this.functions = new Functions(parts, this.#watch, this.#runner, this.#random);
  }

  get isPaused(): boolean {
    return this.#runner.isPaused;
  }

  get busyError(): ReplyError | undefined {
    return this.parts.admission.busyError;
  }

  get paused(): PausedRun | undefined {
    return this.#runner.paused;
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

  evaluate(call: ScriptRequest, isReadOnly: boolean): undefined {
    this.#showToMonitors(call);
    const keyCount = readKeyCount(call);
    const script = this.#find(call.args, 1) ?? this.#add(call.args, 1, false);
    this.#run(call, script, keyCount, isReadOnly);
  }

  evaluateCached(call: ScriptRequest, isReadOnly: boolean): undefined {
    this.#showToMonitors(call);
    const { bytes, lengths, starts } = call.args;
    if (lengths[1] !== DIGEST_DIGITS) throw noScript;
    const keyCount = readKeyCount(call);
    const digest = readDigest(bytes, starts[1], lengths[1]);
    const script = digest === undefined ? undefined : this.#cache.get(digest);
    if (script === undefined) throw noScript;
    this.#run(call, script, keyCount, isReadOnly);
  }

  load(args: Arguments, i: number): string {
    const script = this.#find(args, i) ?? this.#add(args, i, true);
    if (!script.isLoaded) this.#cache.keep(script);
    return script.name;
  }

  has({ bytes, lengths, starts }: Arguments, i: number): boolean {
    const digest = readDigest(bytes, starts[i], lengths[i]);
    return digest !== undefined && this.#cache.get(digest) !== undefined;
  }

  declaredBy(args: Arguments, i: number, isCached: boolean): number | undefined {
    const { bytes, lengths, starts } = args;
    if (!isCached) return declaredFlags(bytes.subarray(starts[i], starts[i] + lengths[i]));
    const digest = readDigest(bytes, starts[i], lengths[i]);
    return digest === undefined ? undefined : this.#cache.get(digest)?.shebang.flags;
  }

  flush(): void {
    this.#cache.clear();
    this.#machine = undefined;
    this.#libraries = makeLibraries();
  }

  #run(call: ScriptRequest, script: CachedScript, keyCount: number, isReadOnly: boolean): void {
    if (script.reference < 0) script.reference = this.#compile(script.text, script.shebang.length);
    this.#cache.touch(script);
    const running = this.#running;
    running.machine = this.#machine!;
    running.reference = script.reference;
    running.name = script.name;
    running.flags = script.shebang.flags;
    running.keyCount = keyCount;
    running.isReadOnly = isReadOnly;
    this.#runner.run(call, running);
  }

  #find({ bytes, lengths, starts }: Arguments, i: number): CachedScript | undefined {
    return this.#cache.get(digestOf(bytes, starts[i], lengths[i]));
  }

  /** Compiles a script and adds it to the cache. Throws an error to reply if it is none. */
  #add(args: Arguments, i: number, isLoaded: boolean): CachedScript {
    const text = args.copy(i);
    const digest = digestOf(text, 0, text.length).slice();
    const shebang = readShebang(text);
    const reference = this.#compile(text, shebang.length);
    const script = { digest, name: hexText(digest), text, shebang, isLoaded, reference };
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
    const { commands, executor, log, profile } = this.parts;
    return new ScriptMachine(executor, commands, this.#watch, (calls) => ({
      ...this.#libraries,
      redis: { ...redisApi(calls, this.#runner, log, profile), ...evalOnly },
      math: this.#random.library,
    }));
  }

  #dropMachine(): void {
    this.#machine = undefined;
    this.#cache.forgetCompiled();
  }

  /** A script is shown before the commands that it runs. */
  #showToMonitors({ args, client }: ScriptRequest): void {
    const { monitors } = this.parts;
    if (monitors.size > 0) monitors.show(client, client.db.index, args, []);
  }
}

function readKeyCount(call: ScriptRequest): number {
  const count = call.integer(2);
  if (count > call.args.count - 3) throw errors.numkeysTooLarge;
  if (count < 0) throw negativeKeys;
  return count;
}
