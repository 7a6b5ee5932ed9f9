/** The files of docs/deploy/ and the changelog, as far as they can be tried without Docker. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { ConfigLoader } from "../../src/config/config_file.ts";
import { REDENO_VERSION } from "../../src/lib/version.ts";
import { startTestServer } from "../../src/testing/mod.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { freePort } from "../support/oracle.ts";
import { programProblem } from "../support/program.ts";

const problem = await programProblem();

/** A test that reads files and starts programs. */
function test(name: string, fn: () => void | Promise<void>): void {
  const title = problem === undefined ? name : `${name} (skipped: ${problem})`;
  Deno.test({ name: title, ignore: problem !== undefined, fn });
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../../docs/${path}`, import.meta.url));
}

test("the container's configuration is one that the server takes", () => {
  const config = new Config();
  new ConfigLoader(config, new MemoryHost()).loadText(read("deploy/container.conf"));
  assertEquals(config.text("bind"), "* -::*");
  assertEquals(config.ineffective.length, 0);
});

test("the container's health check tells a server that answers from none", async () => {
  const [, words] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(read("deploy/Dockerfile"))!;
  const [shell, ...args] = JSON.parse(words) as string[];
  const isHealthyAt = async (port: number) => {
    const here = args.map((word) => word.replace("/6379", `/${port}`));
    assert(here.join() !== args.join());
    const { success } = await new Deno.Command(shell, { args: here, stderr: "null" }).output();
    return success;
  };
  for (const config of [{}, { requirepass: "secret" }]) {
    await using server = await startTestServer({ config });
    assertEquals(await isHealthyAt(server.port), true);
  }
  {
    await using server = await startTestServer();
    server.faults.add({ command: "ping", reply: "LOADING" });
    assertEquals(await isHealthyAt(server.port), false);
  }
  assertEquals(await isHealthyAt(freePort()), false);
});

test("the changelog begins with the version that there is", () => {
  const [, version] = /^## \[?([\d.]+)/m.exec(read("CHANGELOG.md"))!;
  assertEquals(version, REDENO_VERSION);
});

test("the Dockerfile and the workflow take the version of Deno that the other takes", () => {
  const workflow = Deno.readTextFileSync(
    new URL("../../.github/workflows/ci.yml", import.meta.url),
  );
  const [, version] = /^ {2}DENO: (\S+)$/m.exec(workflow)!;
  assertMatch(version, /^2\.\d+\.\d+$/);
  assert(read("deploy/Dockerfile").includes(`FROM denoland/deno:${version} AS build`));
});
