/**
 * The executable: reads the command line, starts the server, and ends it properly when a signal or SHUTDOWN asks for it.
 *
 * @module
 */
import { Config } from "../config/config.ts";
import { ConfigFileError, ConfigLoader, parseCommandLine } from "../config/config_file.ts";
import { ConfigError } from "../config/kinds.ts";
import { latin1, utf8 } from "../lib/bytes.ts";
import { REDENO_VERSION, REDIS_VERSION } from "../lib/version.ts";
import { LoadError } from "../persistence/data_loader.ts";
import type { Host } from "../ports/host.ts";
import type { Platform } from "../ports/platform.ts";
import type { Process } from "../ports/process.ts";
import { ListenError } from "../server/listeners.ts";
import type { Server } from "../server/server.ts";
import { importCommand } from "./import/import_command.ts";
import { runCommand } from "./run_command.ts";
import { type RunningServer, startConfigured } from "./start.ts";

const USAGE = `Usage: redeno [redis.conf] [--directive value ...] [-]
       redeno import <source> [<target>]   (more with --help)
       redeno run [--directive value ...] -- command [argument ...]

  redis.conf              a configuration file in Redis's syntax
  --directive value ...   any directive of it, for example --port 7777
  -                       read configuration from standard input
  -v, --version           print the version
  -h, --help              print this

Examples:
  redeno                            serve on port 6379 of this machine
  redeno /etc/redis.conf
  redeno --port 7777 --maxmemory 100mb --loglevel verbose
  redeno run -- npm test            a server for the tests alone, at $REDIS_URL
`;

/** Runs the program on a platform; ends the process. */
export async function main(args: readonly string[], platform: Platform): Promise<void> {
  if (args[0] === "--version" || args[0] === "-v") {
    console.log(`Redeno server v=${REDENO_VERSION} compatible=redis-${REDIS_VERSION} bits=64`);
    return;
  }
  if (args[0] === "--help" || args[0] === "-h") return console.log(USAGE);
  const { process } = platform;
  if (args[0] === "run") return process.exit(await runCommand(args.slice(1), platform));
  process.renounceStarting();
  if (args[0] === "import") return process.exit(await importCommand(args.slice(1), platform));
  await serve(args, platform);
}

/** Serves until somebody asks for the end; ends the process. */
async function serve(args: readonly string[], platform: Platform): Promise<void> {
  const { process } = platform;
  const host = platform.newHost();
  let running: RunningServer;
  let config: Config;
  try {
    config = new Config();
    const loader = new ConfigLoader(config, host);
    const commandLine = parseCommandLine(args);
    if (commandLine.file !== undefined) {
      loader.loadFile(commandLine.file);
      config.file = host.realPath(commandLine.file);
    }
    if (commandLine.readsStandardInput) loader.loadText(await readStandardInput(process));
    loader.loadText(commandLine.lines);
    running = startConfigured(
      config,
      loader,
      { platform, host, logSink: logSink(config, host, process) },
    );
  } catch (error) {
    return exitBecauseOf(error, process);
  }
  const { server } = running;
  const log = server.log;
  log.notice(`Redeno ${REDENO_VERSION} (Redis ${REDIS_VERSION}) is starting. PID: ${host.pid}`);
  for (const { name } of config.ineffective) {
    log.warning(`The directive '${name}' is accepted but has no effect in this version.`);
  }
  const pidFile = config.text("pidfile");
  if (pidFile !== "") writePidFile(pidFile, running, host);
  stopAtSignals(server, process);
  const mode = server.cluster === undefined ? "standalone" : "cluster";
  if (running.port !== 0) log.notice(`Running mode=${mode}, port=${running.port}.`);
  log.notice("Server initialized");
  try {
    await Promise.race([running.load(), server.stopRequested]);
  } catch (error) {
    if (error instanceof Error) log.warning(error.message);
    return exitBecauseOf(error, process);
  }
  if (!server.persistence.loader.isLoading) announce(running);

  await server.stopRequested;
  await running.stop();
  if (pidFile !== "") {
    log.notice("Removing the pid file.");
    host.removeFile(pidFile);
  }
  if (server.hasFailed) process.exit(1);
  log.warning("Redis is now ready to exit, bye bye...");
  process.exit(0);
}

/** Says on stderr why the program cannot start, in one line for an expected error, and ends the process. */
function exitBecauseOf(error: unknown, process: Process): never {
  if (!(error instanceof Error)) throw error;
  const isExpected = error instanceof ConfigFileError || error instanceof ConfigError ||
    error instanceof LoadError || error instanceof ListenError;
  console.error(isExpected ? error.message.trimStart() : error);
  process.exit(1);
}

/** Logs that the server accepts connections, and where. Other programs wait for this line. */
function announce({ port, server: { config, log } }: RunningServer): void {
  const unixSocket = config.text("unixsocket");
  if (unixSocket !== "") {
    log.notice(`The server is now ready to accept connections at ${unixSocket}`);
  }
  if (port !== 0) log.notice("Ready to accept connections tcp");
  if (config.number("tls-port") !== 0) log.notice("Ready to accept connections tls");
  if (unixSocket !== "") log.notice("Ready to accept connections unix");
}

function stopAtSignals(server: Server, process: Process): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.onSignal(signal, () => {
      if (!server.ending.signalled(signal)) return;
      server.persistence.abandonFiles();
      process.exit(1);
    });
  }
}

function logSink(config: Config, host: Host, process: Process): (line: string) => void {
  const file = config.text("logfile");
  if (file === "") return (line) => process.writeOutput(utf8(line));
  try {
    host.appendFile(file, new Uint8Array(0));
  } catch (error) {
    throw new ConfigError(`Can't open the log file: ${(error as Error).message}`);
  }
  return (line) => host.appendFile(file, utf8(line));
}

/** Writes the pid file. If that fails, the server starts all the same. */
function writePidFile(path: string, { server: { log } }: RunningServer, host: Host): void {
  try {
    host.replaceFile(path, utf8(`${host.pid}\n`));
  } catch (error) {
    log.warning(`Failed to write PID file: ${(error as Error).message}`);
  }
}

async function readStandardInput(process: Process): Promise<string> {
  const contents = await process.readInput();
  return latin1(contents, 0, contents.length);
}
