/**
 * Installs the packed npm package in an empty folder and runs the examples of our documents with it, each in the runner that it imports.
 *
 *     deno task npm && deno run --allow-all tests/package/try_package.ts NODE BUN
 *
 * NODE and BUN are paths of their executables.
 *
 * @module
 */
import { REDENO_VERSION } from "../../src/lib/version.ts";
import { documents, type Example, examplesIn } from "../support/examples.ts";

const TOOLS = [
  "vitest@5.1.1",
  "jest@30.5.2",
  "@jest/globals@30.5.2",
  "typescript@5.9.3",
  "@types/node@22.20.5",
];

/** A way to run tests: how its files are known, and its command. */
interface Runner {
  readonly name: string;
  takes(example: Example): boolean;
  command(file: string): string[];
}

const [node, bun] = Deno.args;
if (bun === undefined) throw new Error("Say where Node and Bun are: try_package.ts NODE BUN");
const tarball = new URL(`../../dist/redeno-${REDENO_VERSION}.tgz`, import.meta.url).pathname;
const folder = await Deno.makeTempDir({ prefix: "redeno-package-" });
const env = { PATH: `${node.slice(0, node.lastIndexOf("/"))}:${Deno.env.get("PATH")}` };

const JEST = "node_modules/jest/bin/jest.js";
const RUNNERS: readonly Runner[] = [
  {
    name: "node:test",
    takes: ({ code }) => code.includes('from "node:test"'),
    command: (file) => [node, "--test", file],
  },
  {
    name: "Vitest",
    takes: ({ code }) => code.includes('from "vitest"'),
    command: (file) => [node, "node_modules/vitest/vitest.mjs", "run", file],
  },
  {
    name: "Jest",
    takes: ({ code }) => code.includes('require("@jest/globals")'),
    command: (file) => [node, JEST, "--detectOpenHandles", file],
  },
  {
    name: "Jest with modules",
    takes: ({ code }) => code.includes('from "@jest/globals"'),
    command: (file) => [
      ...[node, "--experimental-vm-modules", "--no-warnings", JEST, "--detectOpenHandles"],
      ...["--testMatch", "**/*.test.mjs", "--", file],
    ],
  },
  {
    name: "bun:test",
    takes: ({ code }) => code.includes('from "bun:test"'),
    command: (file) => [bun, "test", `./${file}`],
  },
];

/** Runs a command in the folder; throws with what it printed if it fails, or has not ended by itself after a minute. */
async function run([program, ...args]: readonly string[]): Promise<string> {
  const process = new Deno.Command(program, {
    args,
    env,
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
  const { success, stdout, stderr } = await process.output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${[program, ...args].join(" ")}\n${output}${errors}`);
  return output + errors;
}

/** Installs the tools, and then the package without the network. */
async function install(): Promise<void> {
  await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true }\n');
  const npm = ["npm", "install", "--no-audit", "--no-fund"];
  await run([...npm, "--prefer-offline", ...TOOLS]);
  await run([...npm, "--offline", tarball]);
}

/** Runs every example that one of the runners knows; returns how many of them each has passed. */
async function tryExamples(): Promise<Map<string, number>> {
  const passed = new Map(RUNNERS.map(({ name }) => [name, 0]));
  for (const example of documents().flatMap(examplesIn)) {
    const runner = RUNNERS.find((each) => each.takes(example));
    if (runner === undefined) continue;
    if (example.file === undefined) throw new Error(`${example.place} does not name its file`);
    await Deno.writeTextFile(`${folder}/${example.file}`, example.code);
    const output = await run(runner.command(example.file));
    if (!/\b1 pass|pass 1\b|1 passed/.test(output)) throw new Error(`${example.place}: ${output}`);
    if (/open handle|did not exit/.test(output)) throw new Error(`${example.place}: ${output}`);
    await Deno.remove(`${folder}/${example.file}`);
    passed.set(runner.name, passed.get(runner.name)! + 1);
  }
  return passed;
}

/** The declarations hold, in the compiler's strictest form, for both kinds of modules. */
async function checkTypes(): Promise<void> {
  const code = `
    import { type RunningServer, startServer } from "redeno";
    import { type SeedData, startTestServer, type TestServer } from "redeno/testing";
    export async function use(): Promise<string | null> {
      const data: SeedData = { "user:1": { name: "Ada" } };
      const redis: TestServer = await startTestServer({ clock: "manual" });
      await redis.seed(data);
      const server: RunningServer = await startServer({ port: "0" });
      await server.stop();
      // @ts-expect-error: a misspelt unit
      await redis.clock.advance({ minuts: 1 });
      return await redis.get("user:1");
    }
  `;
  for (const file of ["types.mts", "types.cts"]) {
    await Deno.writeTextFile(`${folder}/${file}`, code);
  }
  const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"];
  await run([node, "node_modules/typescript/bin/tsc", ...flags, "types.mts", "types.cts"]);
}

/** `npx redeno run` serves the command, and has its exit code. */
async function tryProgram(): Promise<void> {
  const code = `
    const { hostname, port } = new URL(process.env.REDIS_URL);
    const socket = require("net").connect(port, hostname);
    socket.end("PING\\r\\nQUIT\\r\\n");
    socket.on("data", (reply) => process.exitCode = String(reply).startsWith("+PONG") ? 7 : 1);
  `;
  const script = `npx --offline redeno run -- node -e '${code}'; test $? = 7`;
  await run(["sh", "-c", script]);
  await run(["sh", "-c", "npx --offline redeno --version"]);
}

try {
  await install();
  await tryProgram();
  console.log("npx redeno run serves a command and has its exit code");
  await checkTypes();
  console.log("its types hold for import and require");
  for (const [name, count] of await tryExamples()) {
    if (count === 0) throw new Error(`No document has an example for ${name}`);
    console.log(`${count} of our examples run in ${name}`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
