/** The examples of README.md and docs/ run: a block that is no longer true fails here. */
import { assert, assertEquals } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { ConfigLoader, parseCommandLine } from "../../src/config/config_file.ts";
import { parseImportOptions } from "../../src/program/import/import_command.ts";
import { startTestServer } from "../../src/testing/mod.ts";
import { documents, type Example, examplesIn } from "../support/examples.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { programProblem } from "../support/program.ts";

const root = new URL("../../", import.meta.url);
const problem = await programProblem();

/** A test that starts programs and writes files. */
function test(name: string, fn: () => void | Promise<void>): void {
  const title = problem === undefined ? name : `${name} (skipped: ${problem})`;
  Deno.test({ name: title, ignore: problem !== undefined, fn });
}

function allExamples(...languages: string[]): Example[] {
  return documents().flatMap(examplesIn).filter(({ language }) => languages.includes(language));
}

/** Runs a program; returns whether it succeeded, and what it printed. */
async function output(program: string, ...args: string[]): Promise<[boolean, string]> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return [success, text + errors];
}

/** Runners that `tests/package/try_package.ts` has, which runs their examples; and Docker, which is not everywhere. */
const OTHER_RUNNERS = /from "(node:test|vitest|bun:test|@jest\/globals|testcontainers)"/;

/** A block without imports goes on from where there is a test server named `redis`. */
function fragmentAsTest({ place, code }: Example): string {
  return `
import { RespError, startTestServer } from "@redeno/redeno/testing";
Deno.test("${place}", async () => {
  await using redis = await startTestServer({ recordsCommands: true });
  void RespError;
${code}
});`;
}

/** What the file of an example holds; undefined if it is tried elsewhere. */
function moduleOf(example: Example): string | undefined {
  const { code } = example;
  if (OTHER_RUNNERS.test(code) || code.startsWith("export const ")) return undefined;
  return /^import /m.test(code) ? code : fragmentAsTest(example);
}

test("examples in TypeScript compile and run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redeno-examples-" });
  try {
    let count = 0;
    for (const example of allExamples("ts")) {
      const text = moduleOf(example);
      if (text === undefined) continue;
      count++;
      const name = example.place.replaceAll(/[/.:]/g, "_");
      await Deno.writeTextFile(`${folder}/${name}_test.ts`, text);
    }
    assert(count > 0);
    const config = new URL("deno.json", root).pathname;
    const flags = ["--allow-all", "--no-lock", "--quiet", `--config=${config}`];
    const [success, text] = await output(Deno.execPath(), "test", ...flags, folder);
    assert(success, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("an example that shows a piece of the sources is that piece", async () => {
  const pieces = allExamples("ts").filter(({ code }) => code.startsWith("export const "));
  for (const { place, code } of pieces) {
    const [, name] = /^export const (\w+)/.exec(code)!;
    const [, group] = /group: "(\w+)"/.exec(code)!;
    const source = await Deno.readTextFile(new URL(`src/commands/${group}/${name}.ts`, root));
    assert(source.includes(code), `${place} is not what the file has`);
  }
});

/** The command lines of a block, without comments. */
function linesOf({ code }: Example): string[] {
  return code.replaceAll("\\\n", " ").split("\n").map((line) => line.replace(/(^|\s+)#.*/, ""))
    .filter((line) => line.trim() !== "");
}

/** Words of a command line; what stands in quotes is one. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) =>
    match.slice(1).find((word) => word !== undefined)!
  );
}

/** Programs that are no part of this project. Their lines are tried by hand, on the systems that have them. */
const FOREIGN = /^(docker|npm|sudo|systemctl|nssm|sha256sum|sc\.exe)$/;

/** Throws unless the server would take these arguments. */
function checkArguments(words: readonly string[]): void {
  const host = new MemoryHost();
  const { file, lines } = parseCommandLine(words);
  assert(file === undefined || file.endsWith("redis.conf"), `${file} is no redis.conf`);
  new ConfigLoader(new Config(), host).loadText(lines);
}

/** Throws unless a line of a shell does what the document says. */
async function checkLine(line: string, port: number): Promise<void> {
  const words = wordsOf(line).filter((word, i) => !(i < 2 && /^(npx|-y)$/.test(word)));
  const [program, ...args] = words;
  if (program === "redis-cli") {
    const [success, text] = await output("redis-cli", "-e", "-p", `${port}`, ...args);
    assert(success, text);
  } else if (program === "redeno" && args[0] === "import") {
    parseImportOptions(args.slice(1));
  } else if (program === "redeno" && args[0] === "run") {
    assert(args.includes("--"), "the command is missing");
    checkArguments(args.slice(1, args.indexOf("--")));
  } else if (program === "redeno") {
    checkArguments(args);
  } else if (program === "deno" && args[0] === "task") {
    const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
    assert(args[1] in tasks, `there is no task ${args[1]}`);
  } else if (/^(deno|node|bun)$/.test(program)) {
    const file = args.find((word) => /\.ts$/.test(word));
    assert(file !== undefined);
    await Deno.stat(new URL(file, root));
  } else assert(FOREIGN.test(program), `nobody knows what ${program} does`);
}

test("command lines in documents are ones that the programs take", async () => {
  await using redis = await startTestServer();
  const [hasClient] = await output("redis-cli", "--version").catch(() => [false]);
  let count = 0;
  for (const example of allExamples("sh")) {
    for (const line of linesOf(example)) {
      if (line.startsWith("redis-cli") && !hasClient) continue;
      count++;
      try {
        await checkLine(line, redis.port);
      } catch (error) {
        throw new Error(`${example.place}: ${line}: ${error}`);
      }
    }
  }
  assert(count > 0);
});

test("pieces of redis.conf in documents are ones that the server takes", () => {
  for (const { place, code } of allExamples("conf")) {
    const config = new Config();
    new ConfigLoader(config, new MemoryHost()).loadText(code);
    assertEquals(config.ineffective.map(({ name }) => name), [], place);
  }
});
