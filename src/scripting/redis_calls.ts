/**
 * `redis.call` and its like: the words of a script become a request, the executor runs it, its reply becomes a value.
 *
 * The request's words are not copied: they are ranges of the machine's memory, where Lua's strings stay while they are on the stack. The
 * reply is written by a writer of the scripts' own and handed over in one piece.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { CommandTable } from "../command/command_table.ts";
import { wantedBy } from "../command/request_access.ts";
import type { RunningScript } from "../execution/script_rules.ts";
import type { ReplyError } from "../command/errors.ts";
import { formatDouble } from "../lib/double.ts";
import { Arguments } from "../resp/arguments.ts";
import { ReplyWriter, type RespVersion } from "../resp/reply_writer.ts";
import { type Lua, LuaType } from "./lua.ts";
import { pushError, ReplyToLua } from "./reply_to_lua.ts";

/** Longest text of a number, with room to spare. */
const NUMBER_BYTES = 32;
const ERROR = 0x2d;

/** The executor, as far as scripts call it. */
export interface ScriptExecution {
  runScripted(script: RunningScript, args: Arguments, reply: ReplyWriter): ReplyError | undefined;
}

/** A script that runs, as far as its calls are concerned. */
export interface CallingScript extends RunningScript {
  readonly resp: RespVersion;
}

/** The calls of one machine's scripts. */
export class RedisCalls {
  /** The script that runs. */
  script: CallingScript | undefined;
  readonly #args = new Arguments();
  readonly #reply = new ReplyWriter();
  readonly #values: ReplyToLua;

  constructor(
    lua: Lua,
    private readonly execution: ScriptExecution,
    private readonly commands: CommandTable,
  ) {
    this.#values = new ReplyToLua(lua);
  }

  /** `redis.call`, or `redis.pcall` which returns errors instead of raising them. */
  call(lua: Lua, raises: boolean): number {
    const { script } = this;
    if (script === undefined) return fail(lua, "redis.call can only be called inside a script");
    const problem = this.#readWords(lua);
    if (problem !== undefined) return fail(lua, problem, raises);
    const reply = this.#reply;
    reply.resp = script.resp;
    const refusal = this.execution.runScripted(script, this.#args, reply);
    lua.setTop(0);
    if (refusal !== undefined) {
      pushError(lua, refusal.message, true);
      return raises ? lua.raiseValue() : 1;
    }
    const length = reply.length;
    const start = lua.engine.scratch(length);
    reply.moveTo(lua.engine.bytes, start);
    const isError = lua.engine.bytes[start] === ERROR;
    this.#values.push(start);
    return raises && isError ? lua.raiseValue() : 1;
  }

  /** `redis.acl_check_cmd`: whether the user of whom the script runs for may do what these words say. */
  checkRights(lua: Lua): number {
    const problem = this.#readWords(lua);
    if (problem !== undefined) return fail(lua, problem);
    const command = this.commands.resolve(this.#args);
    if (command === undefined) return fail(lua, "Invalid command passed to redis.acl_check_cmd()");
    const { user }: Client = this.script!.client;
    const isAllowed = user.isUnrestricted ||
      user.check(wantedBy(command, this.#args), false) === undefined;
    lua.pushBoolean(isAllowed);
    return 1;
  }

  /** Reads all that is on the stack as a request's words; returns a message if they are none. They are good until the next push. */
  #readWords(lua: Lua): string | undefined {
    const args = this.#args;
    const { count } = lua;
    if (count === 0) return "Please specify at least one argument for this redis lib call";
    args.reset();
    // Where numbers are written: asked for first, because it may make the memory grow.
    let numbers = lua.engine.scratch(count * NUMBER_BYTES);
    for (let i = 1; i <= count; i++) {
      if (lua.type(i) === LuaType.Number) {
        const length = writeNumber(lua.number(i), lua.engine.bytes, numbers);
        args.push(numbers, length);
        numbers += length;
        continue;
      }
      const range = lua.bytes(i);
      if (range === undefined) return "Lua redis lib command arguments must be strings or integers";
      args.push(range.start, range.length);
    }
    args.bytes = lua.engine.bytes;
    return undefined;
  }
}

function fail(lua: Lua, message: string, raises = true): number {
  lua.setTop(0);
  pushError(lua, `ERR ${message}`, false);
  return raises ? lua.raiseValue() : 1;
}

/** Writes a number as Redis hands it to commands; returns how many bytes. */
function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  const text = Number.isSafeInteger(value) ? String(value + 0) : formatDouble(value);
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return text.length;
}
