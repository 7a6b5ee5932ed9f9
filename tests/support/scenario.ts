/**
 * Differential tests with several clients of each server: who waits and is served when, who gets which messages. A line begins with a
 * client's letter:
 *
 *     a> BLPOP list 0     sent, and it waits: the script goes on when the server says that one client more is blocked
 *     a<                  the next reply or message is read and compared
 *     b: LPUSH list x     sent, and its reply is read and compared
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { splitWords } from "../../src/lib/quoted_words.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startServer } from "../../src/mod.ts";
import { ChangeInspector } from "../../src/testing/change_inspector.ts";
import { problem } from "./differential.ts";
import { canExpect, ExpectedReplies } from "./expected_replies.ts";
import { Oracle } from "./oracle.ts";
import { RespClient, show } from "./resp_client.ts";
import { until } from "./until.ts";

/** One server with the clients of a script. */
class Side implements Disposable {
  readonly #clients = new Map<string, RespClient>();
  #observer: RespClient | undefined;

  constructor(private readonly port: number, private readonly version: string) {}

  /** The client with this letter; connects it at its first use. */
  async client(letter: string): Promise<RespClient> {
    let client = this.#clients.get(letter);
    if (client === undefined) {
      client = await RespClient.connect(this.port);
      await client.call("HELLO", this.version);
      this.#clients.set(letter, client);
    }
    return client;
  }

  /** How many clients the server says are blocked. */
  async blocked(): Promise<number> {
    this.#observer ??= await RespClient.connect(this.port);
    const info = (await this.#observer.call("INFO", "clients")).text!;
    return Number(/blocked_clients:(\d+)/.exec(info)![1]);
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#observer?.close();
  }
}

/** Runs a line on one server; what it replied, if the line reads a reply. */
async function runLine(side: Side, line: string): Promise<string> {
  const [, letter, action, request] = /^(\w)([>:<]) ?(.*)$/.exec(line)!;
  const client = await side.client(letter);
  if (action === "<") return show(await client.read());
  const words = splitWords(fromLatin1(request))!;
  if (action === ":") return show(await client.call(...words));
  const before = await side.blocked();
  await client.send(encodeRequest(words));
  await until("one more blocked client", async () => await side.blocked() !== before);
  return "waits";
}

/** A test that runs a script of several clients on both servers, in RESP2 and in RESP3 if nothing else is said. */
export function scenario(
  name: string,
  script: string,
  versions: readonly string[] = ["2", "3"],
): void {
  const lines = script.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  Deno.test({
    name: canExpect ? name : `${name} (skipped: ${problem})`,
    ignore: !canExpect,
    async fn() {
      const expected = new ExpectedReplies(name, lines);
      for (const version of versions) await runScenario(lines, version, expected);
      await expected.finish((written, reply) => written === reply);
    },
  });
}

async function runScenario(
  lines: readonly string[],
  version: string,
  expected: ExpectedReplies,
): Promise<void> {
  await using oracle = problem === undefined ? await Oracle.start() : undefined;
  await using server = await startServer({ port: "0", "enable-debug-command": "yes" });
  const inspector = new ChangeInspector(server.server);
  using ours = new Side(server.port, version);
  using theirs = oracle && new Side(oracle.port, version);
  for (const [at, line] of lines.entries()) {
    const [actual, reply] = await Promise.all([
      runLine(ours, line),
      expected.next(at, theirs && (() => runLine(theirs, line))),
    ]);
    if (actual === reply) continue;
    throw new AssertionError(`${line}\n  redeno: ${actual}\n  redis:  ${reply}`);
  }
  inspector.assertHonest();
}
