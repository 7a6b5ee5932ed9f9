/**
 * `deno run -A tests/bench/request_path.ts GET key`: which functions of this server one request runs, file by file, from the socket to the reply.
 *
 * The request is sent three times before, so that what happens only once is not counted. The functions are those that V8 reports as called.
 *
 * @module
 */
import inspector from "node:inspector";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";

interface FunctionCoverage {
  readonly functionName: string;
  readonly ranges: readonly { readonly count: number }[];
}

interface Coverage {
  readonly result: readonly { readonly url: string; readonly functions: FunctionCoverage[] }[];
}

await using server = await startFrozenServer();
using connection = await Deno.connect({ port: server.port });
const buffer = new Uint8Array(65536);

async function ask(bytes: Uint8Array): Promise<string> {
  await connection.write(bytes);
  const count = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, count));
}

const session = new inspector.Session();
session.connect();
const post = (method: string, parameters?: Record<string, unknown>): Promise<unknown> =>
  new Promise((resolve, reject) =>
    session.post(
      method,
      parameters,
      (error: Error | null, result?: unknown) => error === null ? resolve(result) : reject(error),
    )
  );

const request = Deno.args.length > 0 ? Deno.args : ["GET", "key"];
const bytes = encodeRequest(request);
if (request[0].toUpperCase() === "GET") await ask(encodeRequest(["SET", request[1], "value"]));
for (let i = 0; i < 3; i++) await ask(bytes);
await post("Profiler.enable");
await post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
const reply = await ask(bytes);
const { result } = await post("Profiler.takePreciseCoverage") as Coverage;

let files = 0;
let functions = 0;
for (const { url, functions: covered } of result) {
  const path = url.split("/src/")[1];
  if (path === undefined || path.startsWith("testing/")) continue;
  const names = covered.filter(({ functionName, ranges }) =>
    functionName !== "" && ranges[0].count > 0
  ).map(({ functionName }) => functionName);
  if (names.length === 0) continue;
  files++;
  functions += names.length;
  console.log(`${path.padEnd(36)} ${names.join(", ")}`);
}
console.log(
  `${request.join(" ")}: ${functions} functions in ${files} files; reply ${JSON.stringify(reply)}`,
);
session.disconnect();
