/**
 * Differential tests: the same requests to this server and to the real redis-server, and the replies compared. Nothing that is
 * expected is typed in by hand. Where redis-server is not installed scripts are compared with what it replied when it was recorded.
 *
 * A script is a text with a request on each line, quoted as for redis-cli. A mark in front of a line says how its replies compare:
 *
 *     ~ KEYS *          the elements, in any order
 *     ? TIME            only the type
 *     @ TTL key         a number of seconds, which may turn between the two replies
 *     ! DEBUG ...       sent, not compared
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { splitWords } from "../../src/lib/quoted_words.ts";
import { startServer } from "../../src/mod.ts";
import { ChangeInspector } from "../../src/testing/change_inspector.ts";
import { canExpect, ExpectedReplies } from "./expected_replies.ts";
import { Oracle, oracleProblem } from "./oracle.ts";
import "./strict_arena.ts";
import { type Reply, RespClient, show } from "./resp_client.ts";

/** Why differential tests cannot run here, if so. */
export const problem: string | undefined = await oracleProblem();

/** Both servers with a client each. */
export interface Pair {
  readonly ours: RespClient;
  readonly oracle: RespClient;
  /** Where both listen, for further clients. */
  readonly ports: { readonly ours: number; readonly oracle: number };
}

/** Runs `body` with fresh servers of both kinds. */
export async function withPair(
  body: (pair: Pair) => Promise<void>,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, value]);
  await using oracleServer = await Oracle.start(...args);
  using oracle = await RespClient.connect(oracleServer.port);
  await withOurs(async ({ client, port }) => {
    await body({ ours: client, oracle, ports: { ours: port, oracle: oracleServer.port } });
  }, config);
}

/** Runs `body` with a fresh server of ours, whose commands are inspected. */
async function withOurs(
  body: (ours: { readonly client: RespClient; readonly port: number }) => Promise<void>,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using server = await startServer({ port: "0", "enable-debug-command": "yes", ...config });
  const inspector = new ChangeInspector(server.server);
  using client = await RespClient.connect(server.port);
  await body({ client, port: server.port });
  inspector.assertHonest();
}

/** A test that runs a script on both servers, in RESP2 and in RESP3. */
export function differential(name: string, script: string): void {
  scripted(name, async (servers) => await runRule(servers, name, script));
}

/** A test of several rules, a script each, on the same two servers; every rule begins with empty ones. */
export function rules(subject: string, scripts: Readonly<Record<string, string>>): void {
  scripted(subject, async (servers, test) => {
    for (const [rule, script] of Object.entries(scripts)) {
      await test.step(rule, () => runRule(servers, rule, script));
    }
  });
}

/** This server, and what it is compared with: the real one, or its recorded replies if it is not installed. */
interface Servers {
  readonly ours: RespClient;
  readonly oracle?: RespClient;
}

/** Registers a test whose replies may be recorded ones. */
function scripted(
  name: string,
  body: (servers: Servers, test: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: canExpect ? name : `${name} (skipped: ${problem})`,
    ignore: !canExpect,
    fn: (test) =>
      problem === undefined
        ? withPair(async (pair) => await body(pair, test))
        : withOurs(async ({ client }) => await body({ ours: client }, test)),
  });
}

/** A line of a script. */
interface Line {
  readonly text: string;
  readonly mark: string;
  readonly words: readonly Uint8Array[];
}

function parseScript(script: string): Line[] {
  const texts = script.split("\n").map((line) => line.trim());
  return texts.filter((text) => text !== "" && !text.startsWith("#")).map((text) => {
    const mark = /^[~?!@] /.test(text) ? text[0] : "";
    return { text, mark, words: splitWords(fromLatin1(mark === "" ? text : text.slice(2)))! };
  });
}

/** Sends each line to both and compares, in both versions of the protocol. */
async function runRule(servers: Servers, rule: string, script: string): Promise<void> {
  const lines = parseScript(script);
  const expected = new ExpectedReplies(rule, lines.map(({ text }) => text));
  const differences: string[] = [];
  for (const version of ["2", "3"]) {
    const end = await beginRule(servers, version, lines);
    for (const [at, { text, mark, words }] of lines.entries()) {
      const { ours, oracle } = servers;
      const [actual, theirs] = await Promise.all([
        ask(ours, words, mark),
        expected.next(at, oracle && (() => ask(oracle, words, mark))),
      ]);
      const found = textDifference(actual, theirs, mark);
      if (found !== undefined) differences.push(`RESP${version}: ${text}\n${found}`);
    }
    await end();
  }
  if (differences.length > 0) throw new AssertionError(differences.join("\n"));
  await expected.finish((a, b, at) => textDifference(a, b, lines[at].mark) === undefined);
}

/** Sends each line of a script to both and compares: for scripts that are made of earlier replies, so that none can be recorded. */
export async function runScript(pair: Pair, script: string, context: string): Promise<void> {
  const differences: string[] = [];
  for (const { text, mark, words } of parseScript(script)) {
    const found = await compare(pair, words, mark);
    if (found !== undefined) differences.push(`${context}: ${text}\n${found}`);
  }
  if (differences.length > 0) throw new AssertionError(differences.join("\n"));
}

/** Empties the servers; the returned function sets the directives back that the lines set. */
async function beginRule(servers: Servers, version: string, lines: readonly Line[]) {
  const names = lines.map(({ words }) => words.map((word) => latin1(word, 0, word.length)))
    .filter((words) => /^config set /i.test(words.join(" ")))
    .flatMap((words) => words.slice(2).filter((_, i) => i % 2 === 0));
  const clients = Object.values({ ours: servers.ours, oracle: servers.oracle })
    .filter((client) => client !== undefined);
  const before = await Promise.all(clients.map(async (client) => {
    for (const words of [["HELLO", version], ["FLUSHALL"], ["SELECT", "0"]]) {
      await client.call(...words);
    }
    const values: string[] = [];
    for (const name of names) {
      values.push(...(await client.call("CONFIG", "GET", name)).elements.map(({ text }) => text!));
    }
    return values;
  }));
  return async () => {
    for (const [i, client] of clients.entries()) {
      for (let at = 0; at < before[i].length; at += 2) {
        await client.call("CONFIG", "SET", before[i][at], before[i][at + 1]);
      }
    }
  };
}

async function ask(client: RespClient, words: readonly Uint8Array[], mark: string) {
  return normalise(await client.call(...words), mark);
}

/** Sends one request to both and compares the replies; returns how they differ, if they do. */
export async function compare(
  { ours, oracle }: Pair,
  words: readonly (string | Uint8Array)[],
  mark: string,
): Promise<string | undefined> {
  const [actual, expected] = await Promise.all([ours.call(...words), oracle.call(...words)]);
  return difference(actual, expected, mark);
}

/** How two replies differ, if they do; the mark says how they compare. */
export function difference(actual: Reply, expected: Reply, mark: string): string | undefined {
  return textDifference(normalise(actual, mark), normalise(expected, mark), mark);
}

function textDifference(actual: string, expected: string, mark: string): string | undefined {
  if (actual === expected || mark === "@" && isSecondApart(actual, expected)) return undefined;
  return `  redeno: ${actual}\n  redis:  ${expected}`;
}

/** Whether both are the same integer, or next to each other. */
function isSecondApart(actual: string, expected: string): boolean {
  const [a, b] = [actual, expected].map((text) => Number(/^:"(-?\d+)"$/.exec(text)?.[1]));
  return Math.abs(a - b) <= 1;
}

/** The text of a reply that is compared. */
function normalise(reply: Reply, mark: string): string {
  if (mark === "!") return "not compared";
  if (mark === "?") return reply.type;
  if (mark === "~") return `${reply.type}[${reply.elements.map(show).sort().join(" ")}]`;
  return show(reply);
}

/** A request in one line, for messages. */
export function describeRequest(words: readonly (string | Uint8Array)[]): string {
  return words.map((word) =>
    JSON.stringify(typeof word === "string" ? word : latin1(word, 0, word.length))
  ).join(" ");
}
