/**
 * FCALL and the libraries of functions: what `commands/scripting` asks for, and what files hold of them.
 *
 *     FCALL ─▶ Functions (which function?) ─▶ ScriptRunner (may it run?) ─▶ ScriptMachine (Lua)
 *
 * @module
 */
import type { Monitors } from "../clients/monitors.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { FunctionControl, RestorePolicy, ScriptRequest } from "../command/context.ts";
import { err, ReplyError } from "../command/errors.ts";
import type { Profile } from "../command/profile.ts";
import type { FunctionStore } from "../rdb/function_store.ts";
import { RdbError } from "../rdb/format.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Log } from "../telemetry/log.ts";
import { FunctionLibraries, type FunctionLibrary } from "./function_libraries.ts";
import { FunctionMachine } from "./function_machine.ts";
import { readLibraryHead } from "./library_head.ts";
import { makeLibraries } from "./libraries.ts";
import type { LuaRandom } from "./lua_random.ts";
import { redisApi } from "./redis_api.ts";
import type { ScriptExecution } from "./redis_calls.ts";
import { ScriptMachine } from "./script_machine.ts";
import type { RunnableScript, ScriptRunner } from "./script_runner.ts";
import type { ScriptWatch } from "./script_watch.ts";

/** What functions have to do with. */
export interface FunctionsParts {
  readonly commands: CommandTable;
  readonly executor: ScriptExecution;
  readonly log: Log;
  readonly monitors: Monitors;
  /** The server that this one is taken for. */
  readonly profile: Profile;
}

/** A library may take so long to register its functions, in milliseconds. */
const LOAD_LIMIT_MS = 500;

const unknownFunction = err("Function not found");
const badKeyCount = err("Bad number of keys provided");
const tooManyKeys = err("Number of keys can't be greater than number of args");
const negativeKeys = err("Number of keys can't be negative");

/** The functions of one server. */
export class Functions implements FunctionControl, FunctionStore {
  readonly libraries: FunctionLibraries = new FunctionLibraries();
  /** Made when the first library comes. */
  #machine: FunctionMachine | undefined;
  /** What functions set in them is there for the next one, on another machine too. */
  #scriptLibraries = makeLibraries();
  /** The function that runs; they do not nest, so there is one object for all. */
  readonly #running: { -readonly [Name in keyof RunnableScript]: RunnableScript[Name] } = {
    machine: undefined!,
    reference: 0,
    name: "",
    flags: 0,
    isEval: false,
    mayPause: true,
    firstKey: 3,
    keyCount: 0,
    isReadOnly: false,
    onMachineBroken: () => this.#machine = undefined,
  };

  constructor(
    private readonly parts: FunctionsParts,
    private readonly watch: ScriptWatch,
    private readonly runner: ScriptRunner,
    private readonly random: LuaRandom,
  ) {}

  /** Memory that Lua uses, in bytes. */
  get machineBytes(): number {
    return this.#machine?.machine.usedBytes ?? 0;
  }

  call(call: ScriptRequest, isReadOnly: boolean): undefined {
    const { args, client } = call;
    const { monitors } = this.parts;
    // A function is shown before the commands that it runs.
    if (monitors.size > 0) monitors.show(client, client.db.index, args, []);
    const called = this.libraries.find(args.bytes, args.starts[1], args.lengths[1]);
    if (called === undefined) throw unknownFunction;
    const keyCount = call.integer(2, badKeyCount);
    if (keyCount > args.count - 3) throw tooManyKeys;
    if (keyCount < 0) throw negativeKeys;
    const running = this.#running;
    // It may be a new one, where the function has another reference.
    running.machine = this.#present().machine;
    running.reference = called.reference;
    running.name = called.name;
    running.flags = called.flags;
    running.keyCount = keyCount;
    running.isReadOnly = isReadOnly;
    this.runner.run(call, running);
  }

  declaredBy({ bytes, lengths, starts }: Arguments, i: number): number | undefined {
    return this.libraries.find(bytes, starts[i], lengths[i])?.flags;
  }

  load(text: Uint8Array<ArrayBuffer>, replaces: boolean, isReplay: boolean): string {
    const old = this.libraries.get(readLibraryHead(text).name);
    if (old !== undefined && !replaces) throw err(`Library '${old.name}' already exists`);
    const library = this.#load(text, isReplay ? Infinity : LOAD_LIMIT_MS);
    if (old !== undefined) this.libraries.remove(old);
    try {
      this.libraries.add(library);
    } catch (error) {
      this.#release(library);
      if (old !== undefined) this.libraries.add(old);
      throw error;
    }
    if (old !== undefined) this.#release(old);
    return library.name;
  }

  delete(name: string): boolean {
    const library = this.libraries.get(name);
    if (library === undefined) return false;
    this.libraries.remove(library);
    this.#release(library);
    return true;
  }

  restore(texts: Iterable<Uint8Array<ArrayBuffer>>, policy: RestorePolicy): void {
    const restored = new FunctionLibraries();
    try {
      for (const text of texts) this.#addTo(restored, text);
      const gone = policy === "flush"
        ? [...this.libraries.all]
        : this.libraries.join(restored, policy === "replace");
      if (policy === "flush") {
        this.libraries.clear();
        this.libraries.join(restored, false);
      }
      for (const library of gone) this.#release(library);
    } catch (error) {
      for (const library of restored.all) this.#release(library);
      throw error;
    }
  }

  /** The memory goes back with the machine. */
  clear(): void {
    this.libraries.clear();
    this.#machine = undefined;
    this.#scriptLibraries = makeLibraries();
  }

  texts(): readonly Uint8Array<ArrayBuffer>[] {
    return Array.from(this.libraries.all, ({ text }) => text);
  }

  addText(text: Uint8Array<ArrayBuffer>): void {
    try {
      this.#addTo(this.libraries, text);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      throw new RdbError(`Failed creating function, ${error.message.replace(/^ERR /, "")}`);
    }
  }

  #addTo(libraries: FunctionLibraries, text: Uint8Array<ArrayBuffer>): void {
    const { name } = readLibraryHead(text);
    if (libraries.get(name) !== undefined) throw err(`Library '${name}' already exists`);
    const library = this.#load(text, Infinity);
    try {
      libraries.add(library);
    } catch (error) {
      this.#release(library);
      throw error;
    }
  }

  #load(text: Uint8Array<ArrayBuffer>, limitMs: number): FunctionLibrary {
    const present = this.#present();
    try {
      return present.load(text, limitMs);
    } finally {
      if (present.machine.isBroken) this.#machine = undefined;
    }
  }

  #release({ functions }: FunctionLibrary): void {
    if (this.libraries.size === 0) this.#machine = undefined;
    else this.#machine?.release(functions.values());
  }

  /** The machine with all libraries. */
  #present(): FunctionMachine {
    if (this.#machine !== undefined) return this.#machine;
    const { commands, executor, log, profile } = this.parts;
    const machine = new ScriptMachine(executor, commands, this.watch, (calls) => ({
      ...this.#scriptLibraries,
      redis: redisApi(calls, this.runner, log, profile),
      math: this.random.library,
    }));
    const redis = redisApi(machine.calls, this.runner, log, profile);
    const present = new FunctionMachine(machine, this.watch, redis);
    for (const library of this.libraries.all) present.loadAgain(library);
    return this.#machine = present;
  }
}
