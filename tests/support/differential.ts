/**
 * Differential tests: the same requests to this server and to the real redis-server, and the replies compared. Nothing that is
 * expected is typed in by hand.
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
import { Oracle, oracleProblem } from "./oracle.ts";
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
  await using server = await startServer({ port: "0", "enable-debug-command": "yes", ...config });
  const inspector = new ChangeInspector(server.server);
  using ours = await RespClient.connect(server.port);
  using oracle = await RespClient.connect(oracleServer.port);
  await body({ ours, oracle, ports: { ours: server.port, oracle: oracleServer.port } });
  inspector.assertHonest();
}

/** A test that runs a script on both servers, in RESP2 and in RESP3. */
export function differential(name: string, script: string): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () =>
      withPair(async (pair) => {
        for (const version of ["2", "3"]) {
          await Promise.all([pair.ours, pair.oracle].map(async (client) => {
            await client.call("HELLO", version);
            await client.call("FLUSHALL");
            await client.call("SELECT", "0");
          }));
          await runScript(pair, script, `RESP${version}`);
        }
      }),
  });
}

/** Sends each line to both and compares. */
export async function runScript(pair: Pair, script: string, context: string): Promise<void> {
  const differences: string[] = [];
  for (const line of script.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const mark = /^[~?!@] /.test(trimmed) ? trimmed[0] : "";
    const request = mark === "" ? trimmed : trimmed.slice(2);
    const words = splitWords(fromLatin1(request))!;
    const difference = await compare(pair, words, mark);
    if (difference !== undefined) differences.push(`${context}: ${request}\n${difference}`);
  }
  if (differences.length > 0) throw new AssertionError(differences.join("\n"));
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
  if (mark === "!" || mark === "@" && isSecondApart(actual, expected)) return undefined;
  const [actualText, expectedText] = [normalise(actual, mark), normalise(expected, mark)];
  if (actualText === expectedText) return undefined;
  return `  redeno: ${actualText}\n  redis:  ${expectedText}`;
}

/** Whether both are the same integer, or next to each other. */
function isSecondApart(actual: Reply, expected: Reply): boolean {
  return actual.type === ":" && expected.type === ":" &&
    Math.abs(Number(actual.text) - Number(expected.text)) <= 1;
}

function normalise(reply: Reply, mark: string): string {
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
