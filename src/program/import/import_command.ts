/**
 * `redeno import <source> [<target>] [options]`: its command line.
 *
 * @module
 */
import { latin1, utf8 } from "../../lib/bytes.ts";
import { messageOf } from "../../lib/error_message.ts";
import { SystemClock } from "../../platform/system_clock.ts";
import type { Platform } from "../../ports/platform.ts";
import { importData } from "./import_data.ts";
import { ImportState } from "./import_state.ts";
import { RemoteServer } from "./remote_server.ts";
import { parseServerUrl, type ServerAddress, shownAddress } from "./server_url.ts";

/** What `redeno import --help` prints. */
export const IMPORT_USAGE = `Usage: redeno import <source> [<target>] [options]

Copies all data of a running server into another running one, by SCAN, DUMP and RESTORE, and compares
it. It needs no rights but those to read, so it works where a host hides PSYNC.

  <source>         redis://user:password@host:6379, with /3 for database 3 only; rediss:// for TLS
  <target>         likewise; redis://127.0.0.1:6379 if it is left out
  --state FILE     where to remember how far it is (redeno-import.json); the same command goes on there
  --cacert FILE    the certificates to trust in place of the system's
  --count NUMBER   how many keys SCAN looks at in one go (500)
  --replace        the target may hold keys; those of the same name are overwritten
`;

const DEFAULT_TARGET = "redis://127.0.0.1:6379";

/** What the command line asks for. */
export interface ImportOptions {
  readonly source: ServerAddress;
  readonly target: ServerAddress;
  readonly stateFile: string;
  readonly certificateFile: string | undefined;
  readonly scanCount: number;
  readonly mayReplace: boolean;
}

/** Reads the words behind \`import\`. Throws an `Error` that says what is wrong. */
export function parseImportOptions(words: readonly string[]): ImportOptions {
  const urls: string[] = [];
  const values = new Map<string, string>();
  let mayReplace = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--replace") mayReplace = true;
    else if (["--state", "--cacert", "--count"].includes(word)) {
      if (i + 1 === words.length) throw new Error(`${word} needs a value`);
      values.set(word, words[++i]);
    } else if (word.startsWith("-")) throw new Error(`there is no option ${word}`);
    else urls.push(word);
  }
  if (urls.length === 0) throw new Error("the source is missing");
  if (urls.length > 2) throw new Error("there are more than two servers");
  const count = values.get("--count") ?? "500";
  if (!/^[1-9]\d{0,6}$/.test(count)) throw new Error(`--count ${count} is no number of keys`);
  const source = parseServerUrl(urls[0]);
  const target = parseServerUrl(urls[1] ?? DEFAULT_TARGET);
  if (source.database === undefined && target.database !== undefined) {
    throw new Error("the target names a database, so the source must name one too");
  }
  return {
    source,
    target,
    stateFile: values.get("--state") ?? "redeno-import.json",
    certificateFile: values.get("--cacert"),
    scanCount: Number(count),
    mayReplace,
  };
}

/** Runs the command; resolves with the exit code: 0 if source and target are equal at the end. */
export async function importCommand(words: readonly string[], platform: Platform): Promise<number> {
  const { process } = platform;
  const tell = (line: string) => process.writeOutput(utf8(`${line}\n`));
  if (words.includes("--help") || words.includes("-h")) {
    tell(IMPORT_USAGE);
    return 0;
  }
  let options: ImportOptions;
  try {
    options = parseImportOptions(words);
  } catch (error) {
    tell(`Cannot import: ${messageOf(error)}.\n\n${IMPORT_USAGE}`);
    return 2;
  }
  try {
    return await run(options, platform, tell) ? 0 : 1;
  } catch (error) {
    tell(`${messageOf(error)}.`);
    tell("Run the same command again to go on from here.");
    return 1;
  }
}

async function run(
  options: ImportOptions,
  platform: Platform,
  tell: (line: string) => void,
): Promise<boolean> {
  const { certificateFile, mayReplace, scanCount, stateFile } = options;
  const host = platform.newHost();
  const route = `${shownAddress(options.source)} to ${shownAddress(options.target)}`;
  const state = ImportState.open(host, stateFile, route);
  const bytes = certificateFile === undefined ? undefined : host.readFile(certificateFile);
  const authorities = bytes === undefined ? "" : latin1(bytes, 0, bytes.length);
  const source = await RemoteServer.connect(options.source, host, authorities);
  try {
    const target = await RemoteServer.connect(options.target, host, authorities);
    try {
      tell(`${state.hasBegun ? "Going on with the import" : "Importing"} from ${route}.`);
      return await importData({
        source,
        target,
        state,
        host,
        clock: new SystemClock(),
        database: options.source.database,
        targetDatabase: options.target.database,
        scanCount,
        mayReplace,
        tell,
      });
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}
