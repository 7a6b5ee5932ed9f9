/**
 * `redeno run [redis.conf] [--directive value ...] -- command [argument ...]`: runs a command beside a server of its own.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigLoader, parseCommandLine } from "../config/config_file.ts";
import { utf8 } from "../lib/bytes.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Platform } from "../ports/platform.ts";
import type { Child, Process } from "../ports/process.ts";
import { type RunningServer, startConfigured } from "./start.ts";

/** What `redeno run --help` prints. */
export const RUN_USAGE =
  `Usage: redeno run [redis.conf] [--directive value ...] -- command [argument ...]

Starts an empty server on a free port of this machine, runs the command with REDIS_URL in its
environment, stops the server when the command ends, and returns the command's exit code.

  redeno run -- npm test
  redeno run --maxmemory 100mb -- deno test --allow-net --allow-env
`;

/** The server is reached from this machine only, writes no file, and may be debugged: it is there for a test. */
const DEFAULTS = `
port 0
bind 127.0.0.1
save ""
enable-debug-command local
`;

/** Exit codes as shells give them: the words are wrong, the command cannot be started. */
const WRONG_WORDS = 2;
const NOT_STARTED = 127;

/** Runs the command; resolves with the exit code of what it ran. */
export async function runCommand(words: readonly string[], platform: Platform): Promise<number> {
  const { process } = platform;
  const divider = words.indexOf("--");
  const options = divider < 0 ? words : words.slice(0, divider);
  const command = divider < 0 ? [] : words.slice(divider + 1);
  if (options.includes("--help") || options.includes("-h")) {
    process.writeOutput(utf8(RUN_USAGE));
    return 0;
  }
  if (command.length === 0) {
    console.error(`redeno run: the command is missing; it stands behind "--".\n\n${RUN_USAGE}`);
    return WRONG_WORDS;
  }
  let running: RunningServer;
  try {
    running = startServer(options, platform);
  } catch (error) {
    console.error(`redeno run: ${messageOf(error).trim()}`);
    return WRONG_WORDS;
  }
  try {
    return await runBeside(running, command, process);
  } catch (error) {
    console.error(`redeno run: cannot start ${command[0]}: ${reasonOf(error)}`);
    return NOT_STARTED;
  } finally {
    await running.stop();
  }
}

function startServer(options: readonly string[], platform: Platform): RunningServer {
  const host = platform.newHost();
  const config = new Config();
  const loader = new ConfigLoader(config, host);
  const { file, lines } = parseCommandLine(options);
  loader.loadText(DEFAULTS);
  if (file !== undefined) loader.loadFile(file);
  loader.loadText(lines);
  return startConfigured(config, loader, { platform, host }, { tcp: true });
}

async function runBeside(
  running: RunningServer,
  command: readonly string[],
  process: Process,
): Promise<number> {
  const child = process.start(command, variablesFor(running));
  forwardSignals(process, child);
  return await child.ended;
}

/** The environment variables by which a command finds the server. */
function variablesFor({ port, server: { config } }: RunningServer): Record<string, string> {
  const password = config.text("requirepass");
  const login = password === "" ? "" : `:${encodeURIComponent(password)}@`;
  return { REDIS_URL: `redis://${login}127.0.0.1:${port}` };
}

/** The command decides when it ends: this program waits for it, whatever signal comes. */
function forwardSignals(process: Process, child: Child): void {
  process.onSignal("SIGTERM", () => child.signal("SIGTERM"));
  process.onSignal("SIGINT", () => {
    // The command has got it from the terminal too, and many take a second one as "at once".
    if (!process.isAtTerminal) child.signal("SIGINT");
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || error.name !== "NotCapable") return messageOf(error);
  return "this program has no right to start others. Give it that right " +
    "(deno run --allow-run --allow-net ...), or use the executable or the npm package";
}
