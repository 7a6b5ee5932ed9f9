/**
 * Checks who imports whom, and who may ask the system for time, chance or anything of Deno's: the walls that docs/ARCHITECTURE.md draws.
 *
 *     deno run --allow-read tests/check/layers.ts
 *
 * @module
 */
import { importsOf, readSource, sourceFiles } from "./source_files.ts";

/** Folders of src, lowest first. A file may import from its own folder and from those below. */
const LAYERS = [
  "kernels",
  "lib",
  "ports",
  "arena",
  "resp",
  "encodings",
  "keyspace",
  "rdb",
  "aof",
  "config",
  "acl",
  "telemetry",
  "cluster",
  "clients",
  "changes",
  "command",
  "commands",
  "execution",
  "persistence",
  "session",
  "replication",
  "scripting",
  "server",
  "http",
  "platform",
  "program",
  "testing",
];

/** Who may ask to go on behind what runs now: the order of things depends on them. */
const MAY_QUEUE_MICROTASKS =
  /^src\/(platform\/deno\/network|server\/(server|request_loop)|session\/reply_queue)\.ts/;
/** Files that are allowed what the others are not. */
const MAY_NAME_DENO = /^src\/(platform\/deno|std)\//;
/** Who may import modules of Node's. Hashes are no part of the system. */
const MAY_IMPORT_NODE = /^src\/(platform\/(deno|node)\/|program\/main_node\.ts$|std\/)/;
/** What a platform may know of the rest. */
const BELOW_PLATFORM = /^src\/(lib|ports|platform)\//;
const MAY_READ_CLOCK = /^src\/(platform\/system_clock\.ts|testing\/)/;

/** Commands of administration, and what they are made of and run by. MIGRATE holds up all clients, and opens a connection. */
const MAY_ADMINISTER =
  /^src\/(command|execution|commands\/(server|connection|replication))\/|^src\/commands\/generic\/migrate\.ts$/;

const problems: string[] = [];

function layerOf(path: string): string {
  return path.split("/")[1];
}

function checkImports(path: string, text: string): void {
  const own = LAYERS.indexOf(layerOf(path));
  for (const target of importsOf(path, text)) {
    const other = LAYERS.indexOf(layerOf(target));
    if (layerOf(path) === "platform" && !BELOW_PLATFORM.test(target)) {
      problems.push(`${path} imports ${target}; a platform knows nothing but ports`);
    }
    if (layerOf(path) === "server" && target === "src/server/server.ts") {
      problems.push(`${path} imports the whole server; a part says what it takes`);
    }
    if (other > own) problems.push(`${path} imports ${target}, which lies above it`);
    const [, , group, file] = path.split("/");
    const [, targetLayer, targetGroup, targetFile] = target.split("/");
    const crosses = targetLayer === "commands" && targetFile !== undefined && file !== undefined &&
      group !== targetGroup && targetGroup !== "shared";
    if (layerOf(path) === "commands" && crosses) {
      problems.push(`${path} imports ${target}, a command of another group`);
    }
  }
}

function checkAdministration(path: string, text: string): void {
  if (/\badminCommand\(|\bAdminCall\b/.test(text) && !MAY_ADMINISTER.test(path)) {
    problems.push(`${path} sees all of the server; a command on data must not`);
  }
}

function checkSystem(path: string, text: string): void {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  if (!MAY_NAME_DENO.test(path) && /\bDeno\./.test(code)) problems.push(`${path} names Deno`);
  const node = /from "(node:(?!crypto")[^"]+)"/.exec(code);
  if (node !== null && !MAY_IMPORT_NODE.test(path)) problems.push(`${path} imports ${node[1]}`);
  if (/\bqueueMicrotask\b/.test(code) && !MAY_QUEUE_MICROTASKS.test(path)) {
    problems.push(`${path} calls queueMicrotask; the end of a round is the outbox's`);
  }
  const time = /\b(Date\.now|performance\.now|setTimeout|setInterval)\b/.exec(code);
  if (time !== null && !MAY_READ_CLOCK.test(path)) {
    problems.push(`${path} calls ${time[1]}; the clock is injected`);
  }
  if (/\bMath\.random\b/.test(code)) problems.push(`${path} calls Math.random; chance is injected`);
}

for (const path of sourceFiles("src")) {
  const text = readSource(path);
  const isLayered = LAYERS.includes(layerOf(path));
  if (isLayered) checkImports(path, text);
  checkAdministration(path, text);
  checkSystem(path, text);
}
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? "Layers: all imports point down." : `${problems.length} faults`,
);
if (problems.length > 0) Deno.exit(1);
