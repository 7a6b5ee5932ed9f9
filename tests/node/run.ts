/**
 * Runs tests under Node and under Bun, as they are: a few functions of Deno's that they use are stood in for here.
 *
 *     node --experimental-transform-types tests/node/run.ts tests/unit tests/server/session_test.ts
 *     bun tests/node/run.ts tests/unit/arena_test.ts
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { pathToFileURL } from "node:url";
import "../support/check_invariants.ts";

/** A test as `Deno.test` takes it. */
interface Definition {
  readonly name: string;
  readonly ignore?: boolean;
  readonly fn: () => void | Promise<void>;
}

const runner = "Bun" in globalThis ? "./bun_runner.ts" : "./node_runner.ts";
const { addTest, runTests } = await import(runner) as typeof import("./node_runner.ts");
const { connectSocket } = await import("../../src/platform/node/network.ts");

class NotFound extends Error {}

Object.assign(globalThis, {
  Deno: {
    mainModule: pathToFileURL(process.argv[2]).href,
    errors: { NotFound },
    readTextFile: (file: URL) =>
      readFile(file, "utf8").catch((error: Error) => {
        throw new NotFound(error.message);
      }),
    test(named: string | Definition, body?: Definition["fn"]) {
      const { name, fn, ignore = false } = typeof named === "string"
        ? { name: named, fn: body! }
        : named;
      addTest(name, ignore, fn);
    },
    connect: ({ hostname, port }: { hostname: string; port: number }) =>
      connectSocket(hostname, port),
    permissions: { query: () => Promise.resolve({ state: "granted" }) },
    env: { get: (name: string) => process.env[name] },
  },
});

/** Files of tests under a path. */
function testsIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).filter((name) => name.endsWith("_test.ts")).sort()
    .map((name) => `${path}/${name}`);
}

for (const file of process.argv.slice(2).flatMap(testsIn)) await import(pathToFileURL(file).href);
await runTests();
