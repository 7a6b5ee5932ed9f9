/**
 * A server without sockets, and a client of it: requests go in and replies come out of function calls, so that a test decides what happens
 * between them. The client is a session of bytes and not of values, since tests compare the types that replies have on the wire.
 *
 * @module
 */
import { concat } from "@std/bytes";
import { Config } from "../../src/config/config.ts";
import { ConfigLoader } from "../../src/config/config_file.ts";
import type { Host } from "../../src/ports/host.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { Server } from "../../src/server/server.ts";
import type { RawSession } from "../../src/session/raw_session.ts";
import { ChangeInspector } from "../../src/testing/change_inspector.ts";
import { ManualClock } from "../../src/testing/mod.ts";
import { type Reply, ReplyParser } from "./resp_client.ts";

/** A server in the test's hands, with one client. */
export class LocalServer {
  readonly server: Server;
  readonly log: string[] = [];
  /** Every command is watched: a test fails with the first that is not honest about what it changes. */
  readonly inspector: ChangeInspector;
  /** The one that {@link run} sends requests as. */
  readonly session: RawSession;
  readonly #parser = new ReplyParser();

  constructor(
    host: Host,
    directives: Readonly<Record<string, string>>,
    readonly clock: ManualClock = new ManualClock(),
    seed = 1,
  ) {
    const config = new Config();
    const loader = new ConfigLoader(config, host);
    const all = { save: "", "enable-debug-command": "yes", ...directives };
    for (const [name, value] of Object.entries(all)) loader.loadText(`${name} ${value || '""'}`);
    this.server = new Server({
      config,
      clock,
      random: new SeededRandom(seed),
      host,
      logSink: (line) => this.log.push(line),
    });
    this.inspector = new ChangeInspector(this.server);
    this.session = this.server.rawSession({
      receive: (pieces) => pieces.forEach((bytes) => this.#parser.push(bytes)),
      closed: () => {},
    });
  }

  /** Loads data, and begins the housekeeping. */
  async start(): Promise<this> {
    await this.server.loadData();
    this.server.start();
    return this;
  }

  /** Runs requests in one go. The replies that go out; none if the server has failed. */
  run(...requests: readonly (readonly (string | Uint8Array)[])[]): Reply[] {
    this.session.send(concat(requests.map((words) => encodeRequest(words))));
    this.session.endRound();
    if (!this.server.hasFailed) this.inspector.assertHonest();
    const replies: Reply[] = [];
    for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
      replies.push(reply);
    }
    return replies;
  }

  /** Runs one request; its reply's text. */
  ask(...words: readonly string[]): string | undefined {
    return this.run(words)[0]?.text;
  }

  /** A signature of all data. */
  digest(): string {
    return this.ask("DEBUG", "DIGEST")!;
  }
}

/** Lets everything happen that waits for no time to pass. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
