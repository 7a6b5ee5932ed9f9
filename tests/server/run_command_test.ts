/** `redeno run`: a command beside a server of its own. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { currentPlatform } from "../../src/platform/current.ts";
import type { EndSignal, Process } from "../../src/ports/process.ts";
import { runCommand } from "../../src/program/run_command.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { programProblem } from "../support/program.ts";
import { RespClient } from "../support/resp_client.ts";

const { http, network } = await currentPlatform();
const problem = await programProblem();
const main = new URL("../../main.ts", import.meta.url).pathname;

/** A process in which a function stands for the command. */
class FakeProcess implements Process {
  isAtTerminal = false;
  output = "";
  /** What was started. */
  words: readonly string[] = [];
  /** The signals that the command has got. */
  readonly received: EndSignal[] = [];
  readonly #handlers = new Map<EndSignal, () => void>();

  constructor(private readonly command: (url: string) => Promise<number>) {}

  onSignal(signal: EndSignal, run: () => void): void {
    this.#handlers.set(signal, run);
  }

  /** A signal comes. */
  signalled(signal: EndSignal): void {
    this.#handlers.get(signal)!();
  }

  start(words: readonly string[], variables: Readonly<Record<string, string>>) {
    this.words = words;
    return {
      ended: this.command(variables.REDIS_URL),
      signal: (signal: EndSignal) => void this.received.push(signal),
    };
  }

  writeOutput(bytes: Uint8Array): void {
    this.output += new TextDecoder().decode(bytes);
  }

  readInput = () => Promise.resolve(new Uint8Array());
  renounceStarting(): void {}
  exit(code: number): never {
    throw new Error(`exit ${code}`);
  }
}

/** Runs `redeno run` with these words; `command` stands for what it starts. */
function run(process: FakeProcess, ...words: string[]): Promise<number> {
  return runCommand(words, { network, http, process, newHost: () => new MemoryHost() });
}

/** What `body` writes to the error output. */
async function errorsOf(body: () => Promise<unknown>): Promise<string> {
  const { error } = console;
  let text = "";
  console.error = (line: string) => text += line;
  try {
    await body();
  } finally {
    console.error = error;
  }
  return text;
}

Deno.test("redeno run serves its command at REDIS_URL, returns its exit code, and stops", async () => {
  for (const code of [0, 1, 7, 143]) {
    let port = 0;
    const process = new FakeProcess(async (url) => {
      port = Number(new URL(url).port);
      using client = await RespClient.connect(port);
      assertEquals((await client.call("DBSIZE")).text, "0");
      assertEquals((await client.call("CONFIG", "GET", "save")).elements[1].text, "");
      return code;
    });
    assertEquals(await run(process, "--", "npm", "test", "--", "--watch"), code);
    assertEquals(process.words, ["npm", "test", "--", "--watch"]);
    await assertRejects(() => RespClient.connect(port));
  }
});

Deno.test("directives before the command are the server's, and a password is part of REDIS_URL", async () => {
  const process = new FakeProcess(async (url) => {
    const { port, password } = new URL(url);
    assertEquals(decodeURIComponent(password), "a b:@/");
    using client = await RespClient.connect(Number(port));
    assertEquals((await client.call("AUTH", "a b:@/")).text, "OK");
    assertEquals((await client.call("CONFIG", "GET", "hz")).elements[1].text, "50");
    return 0;
  });
  assertEquals(await run(process, "--requirepass", "a b:@/", "--hz", "50", "--", "test"), 0);
});

Deno.test("a signal goes on to the command, which decides when it ends; SIGINT of a terminal has reached it already", async () => {
  for (const isAtTerminal of [false, true]) {
    const { promise, resolve } = Promise.withResolvers<number>();
    const process = new FakeProcess(() => promise);
    process.isAtTerminal = isAtTerminal;
    const ended = run(process, "--", "test");
    process.signalled("SIGINT");
    process.signalled("SIGTERM");
    assertEquals(process.received, isAtTerminal ? ["SIGTERM"] : ["SIGINT", "SIGTERM"]);
    resolve(130);
    assertEquals(await ended, 130);
  }
});

Deno.test("redeno run says what is wrong with its words, and starts nothing", async () => {
  const process = new FakeProcess(() => Promise.resolve(0));
  const refused: [string[], string][] = [
    [[], "the command is missing"],
    [["--port", "7"], "the command is missing"],
    [["--"], "the command is missing"],
    [["--prot", "7", "--", "test"], "Bad directive or wrong number of arguments"],
    [["--bind", "192.0.2.1", "--", "test"], "192.0.2.1"],
    [["none.conf", "--", "test"], "can't open config file 'none.conf'"],
  ];
  for (const [words, reason] of refused) {
    assertStringIncludes(
      await errorsOf(async () => assertEquals(await run(process, ...words), 2)),
      reason,
    );
  }
  assertEquals(process.words, []);
  assertEquals(await run(process, "--help"), 0);
  assertStringIncludes(process.output, "Usage: redeno run");
});

Deno.test("a command that cannot be started is exit code 127, with the reason; without the right to start, with the way", async () => {
  const missing = new FakeProcess(() => Promise.reject(new Error("not found")));
  const forbidden = new FakeProcess(() =>
    Promise.reject(Object.assign(new Error("no"), { name: "NotCapable" }))
  );
  const expected = [[missing, "cannot start test: not found"], [forbidden, "--allow-run"]] as const;
  for (const [process, reason] of expected) {
    assertStringIncludes(
      await errorsOf(async () => assertEquals(await run(process, "--", "test"), 127)),
      reason,
    );
  }
});

/** Runs Deno with these arguments; resolves with its exit code and what it has printed. */
async function deno(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, output: output + errors };
}

const RIGHTS = ["--allow-net", "--allow-read", "--allow-sys", "--allow-run"];

Deno.test({
  name: `a started command has this program's outputs and environment${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  async fn() {
    const script = 'console.log(Deno.env.get("REDIS_URL"), Deno.args[0]); Deno.exit(7);';
    const ours = ["run", ...RIGHTS, main, "run", "--"];
    const { code, output } = await deno(...ours, Deno.execPath(), "eval", script, "one two");
    assertEquals(code, 7);
    assertMatch(output, /^redis:\/\/127\.0\.0\.1:\d+ one two\n$/);
  },
});

Deno.test({
  name: `a server that runs no command has given up the right to start programs${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    const src = new URL("../../src/", import.meta.url);
    await Deno.writeTextFile(
      file,
      `import { main } from "${src}program/main.ts";
       import { denoPlatform } from "${src}platform/deno/platform.ts";
       main(["import"], denoPlatform);
       console.log("run:", Deno.permissions.querySync({ name: "run" }).state);`,
    );
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { output } = await deno("run", `--config=${config}`, ...RIGHTS, "--no-prompt", file);
    await Deno.remove(file);
    assertMatch(output, /^run: (prompt|denied)$/m);
  },
});
