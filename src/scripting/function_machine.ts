/**
 * The machine that functions run on: one of their own, so that SCRIPT FLUSH and what EVAL's scripts do to theirs does not concern it.
 *
 * Loading a library runs it once, with globals in which there is `redis.register_function`, `redis.log` and nothing else. What it registers is called
 * later with the globals that scripts have.
 *
 * When the machine is given up, its libraries are loaded again by the next one. What they had put into their local variables is lost then.
 *
 * @module
 */
import { err } from "../command/errors.ts";
import { cText } from "../lib/bytes.ts";
import type { FunctionLibrary, LibraryFunction } from "./function_libraries.ts";
import { readLibraryHead } from "./library_head.ts";
import { registerFunction } from "./register_function.ts";
import type { Library } from "./sandbox.ts";
import type { ScriptMachine } from "./script_machine.ts";
import type { ScriptWatch } from "./script_watch.ts";

const LIBRARY_NAME = "@user_function";
/** What of `redis` a library finds while it is loaded, besides `register_function`. */
const SEEN_BY_LIBRARIES =
  "log LOG_DEBUG LOG_VERBOSE LOG_NOTICE LOG_WARNING REDIS_VERSION REDIS_VERSION_NUM".split(" ");
/** A machine may keep twice as much memory after a function as its libraries have needed, but no more than this share of its limit. */
const SLACK = 2;
const KEPT_SHARE = 3 / 4;

/** Loads libraries into one machine. */
export class FunctionMachine {
  /** What the library that is being loaded has registered. */
  #registered: Map<string, LibraryFunction> | undefined;
  readonly #loadGlobals: number;

  /** `redis` is what scripts find under this name. */
  constructor(
    readonly machine: ScriptMachine,
    private readonly watch: ScriptWatch,
    redis: Library,
  ) {
    // What only EVAL's scripts find in the globals.
    machine.sandbox.pushRealGlobals();
    machine.lua.pushNil();
    machine.lua.setField(-2, "__redis__err__handler");
    machine.lua.pop();
    const seen = SEEN_BY_LIBRARIES.map((name) => [name, redis[name]]);
    this.#loadGlobals = machine.sandbox.makeGlobals({
      redis: {
        ...Object.fromEntries(seen),
        register_function: registerFunction(() => this.#registered),
      },
    });
  }

  /** Loads a library, for `limitMs` milliseconds at most. Throws an error to reply if it is none. */
  load(text: Uint8Array<ArrayBuffer>, limitMs: number): FunctionLibrary {
    const { length, name } = readLibraryHead(text);
    return { name, text, functions: this.#run(text.subarray(length), limitMs) };
  }

  /** Loads a library of a machine that was given up. Throws an error to reply if that fails. */
  loadAgain({ functions, text }: FunctionLibrary): void {
    const loaded = this.load(text, Infinity).functions;
    for (const known of functions.values()) known.reference = loaded.get(known.name)!.reference;
  }

  /** Frees what functions of libraries have that nobody can call any more. */
  release(functions: Iterable<LibraryFunction>): void {
    for (const { reference } of functions) this.machine.lua.release(reference);
  }

  #run(code: Uint8Array, limitMs: number): ReadonlyMap<string, LibraryFunction> {
    const { machine } = this;
    const compiled = machine.compile(code, LIBRARY_NAME);
    if (typeof compiled === "string") throw err(`Error compiling function: ${cText(compiled)}`);
    const registered = this.#registered = new Map<string, LibraryFunction>();
    const problem = this.#runWithItsGlobals(compiled, limitMs);
    this.#registered = undefined;
    if (machine.isBroken) throw err(`Error registering functions: ${problem}`);
    machine.lua.release(compiled);
    const { limitBytes, memoryBytes } = machine.lua.engine;
    const wantedBytes = Math.min(SLACK * memoryBytes, KEPT_SHARE * limitBytes);
    machine.keptBytes = Math.max(machine.keptBytes, wantedBytes);
    if (problem === undefined && registered.size > 0) return registered;
    this.release(registered.values());
    throw err(
      problem === undefined
        ? "No functions registered"
        : `Error registering functions: ${cText(problem)}`,
    );
  }

  /** Returns the message of its error, if it fails. */
  #runWithItsGlobals(compiled: number, limitMs: number): string | undefined {
    const { machine, watch } = this;
    machine.sandbox.replaceGlobals(this.#loadGlobals);
    watch.beginLoad(limitMs);
    const problem = machine.runAside(compiled);
    watch.endLoad();
    if (!machine.isBroken) machine.sandbox.replaceGlobals();
    return problem;
  }
}
