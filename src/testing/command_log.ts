/**
 * The commands that a test server has run, as a test wants to see them: how often, by whom, in how many round trips.
 *
 * @module
 */
import type { Call } from "../command/call.ts";
import { ReplyError } from "../command/errors.ts";
import type { CommandInspector } from "../execution/test_hooks.ts";
import type { Server } from "../server/server.ts";

/** Older commands than this many are forgotten. */
const MOST = 10_000;
/** Longer words are cut in the text of the log. */
const LONGEST_WORD = 60;

/** One run of a command. Commands of a transaction or a script are runs of their own. */
export interface RunCommand {
  /** The command's name, with that of its container: `client|list`. */
  readonly name: string;
  /** The words of the request; the first is the name as the client has sent it. */
  readonly argv: readonly string[];
  /** The client's id. */
  readonly client: number;
  /** The name that the client has given itself; "" if none. */
  readonly clientName: string;
  /** The message of the error that it replied with; undefined if there was none. */
  readonly error: string | undefined;
  /** How long it took, by the server's clock. */
  readonly milliseconds: number;
}

/** Remembers the commands of one server. */
export class CommandLog implements CommandInspector {
  #runs: RunCommand[] = [];
  #server: Server | undefined;
  #readsBefore = 0;

  /** Goes on with another server. */
  follow(server: Server): void {
    const roundTrips = this.#server === undefined ? 0 : this.roundTrips;
    this.#server = server;
    this.#readsBefore = server.stats.reads - roundTrips;
  }

  /** The commands since the last {@link clear}, oldest first, 10,000 at most. */
  get all(): readonly RunCommand[] {
    return this.#runs.slice(-MOST);
  }

  /** How often clients have sent something since the last {@link clear}: a pipeline counts once. */
  get roundTrips(): number {
    return this.#server!.stats.reads - this.#readsBefore;
  }

  /** How many of the commands are this one, or all if none is named. */
  count(name?: string): number {
    if (name === undefined) return this.#runs.length;
    const wanted = name.toLowerCase();
    return this.#runs.filter((run) => run.name === wanted).length;
  }

  /** Forgets all commands. */
  clear(): void {
    this.#runs = [];
    this.#readsBefore = this.#server!.stats.reads;
  }

  /** The commands, a line each, for the message of a failed test. */
  toString(): string {
    return this.#runs.map((run) => {
      const who = run.clientName === "" ? `client ${run.client}` : run.clientName;
      const words = run.argv.map((word) =>
        JSON.stringify(word.length > LONGEST_WORD ? `${word.slice(0, LONGEST_WORD)}…` : word)
      );
      return `${who}: ${words.join(" ")}${run.error === undefined ? "" : ` ! ${run.error}`}`;
    }).join("\n");
  }

  run(call: Call, body: () => void): void {
    const { args, client, command, reply } = call;
    const argv = args.texts();
    const { clock } = this.#server!;
    const startMs = clock.monotonicMs();
    const errorsBefore = reply.errorCount;
    let error: string | undefined;
    try {
      body();
      if (reply.errorCount !== errorsBefore) error = "an error reply";
    } catch (thrown) {
      error = thrown instanceof ReplyError ? thrown.message : String(thrown);
      throw thrown;
    } finally {
      this.#runs.push({
        name: command.fullName,
        argv,
        client: client.id,
        clientName: client.name,
        error,
        milliseconds: clock.monotonicMs() - startMs,
      });
      if (this.#runs.length > 2 * MOST) this.#runs = this.#runs.slice(-MOST);
    }
  }
}
