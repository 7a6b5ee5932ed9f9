/**
 * Compares the npm package with others that give a test a Redis: what they install, how fast they start, how many commands they know.
 *
 *     deno task npm && deno task compare [NODE]
 *
 * NODE is the path of Node 22 or later; by default that of the shell. The table in the README is made from what this prints.
 *
 * @module
 */
import { REDENO_VERSION } from "../../src/lib/version.ts";

/** A rival, at a pinned version. */
interface Tool {
  readonly name: string;
  readonly packages: readonly string[];
  /**
   * The body of a module that defines `start()`, which resolves with a function that stops what it has started, and `commands()`, which
   * resolves with the names of the commands that are known. None if it does not run here.
   */
  readonly code?: string;
}

const LIST = `
  import net from "node:net";
  export async function listOf(port) {
    const socket = net.connect(port, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => text += data);
    socket.write("COMMAND LIST\\r\\nECHO the-end\\r\\n");
    while (!text.includes("the-end")) await new Promise((resolve) => setTimeout(resolve, 1));
    socket.destroy();
    return text.split("\\r\\n").filter((line) => /^[a-z]/i.test(line));
  }
`;

const TOOLS: readonly Tool[] = [
  {
    name: "Redeno",
    packages: [new URL(`../../dist/redeno-${REDENO_VERSION}.tgz`, import.meta.url).pathname],
    code: `
      import { startTestServer } from "redeno/testing";
      import { listOf } from "./list.mjs";
      export async function start() {
        const server = await startTestServer();
        return () => server.close();
      }
      export async function commands() {
        const server = await startTestServer();
        try { return await listOf(server.port); } finally { await server.close(); }
      }`,
  },
  {
    name: "js-redis-server 0.3.0",
    packages: ["js-redis-server@0.3.0"],
    code: `
      import { createRedisMock } from "js-redis-server";
      import { listOf } from "./list.mjs";
      export async function start() {
        const server = await createRedisMock();
        return () => server.close();
      }
      export async function commands() {
        const server = await createRedisMock();
        try { return await listOf(server.addresses()[0].port); } finally { await server.close(); }
      }`,
  },
  {
    name: "ioredis-mock 8.13.1",
    packages: ["ioredis-mock@8.13.1", "ioredis@5.11.1", "@types/ioredis-mock@8.2.8"],
    code: `
      import Mock from "ioredis-mock";
      import { names } from "./names.mjs";
      export async function start() {
        const client = new Mock();
        await client.set("key", "value");
        return () => client.disconnect();
      }
      export async function commands() {
        const client = new Mock();
        const known = [];
        for (const name of names) {
          const error = await Promise.resolve().then(() => client[name]()).catch(String);
          if (!/Unsupported command|not a function/.test(String(error))) known.push(name);
        }
        return known;
      }`,
  },
  {
    name: "redis-memory-server 0.17.1",
    packages: ["redis-memory-server@0.17.1"],
    // It would fetch Redis's source and compile it; here it gets the one of the system.
    code: `
      import { execFileSync } from "node:child_process";
      import { RedisMemoryServer } from "redis-memory-server";
      import { listOf } from "./list.mjs";
      const systemBinary = execFileSync("which", ["redis-server"], { encoding: "utf8" }).trim();
      async function startOne() {
        const server = new RedisMemoryServer({ binary: { systemBinary } });
        await server.getPort();
        return server;
      }
      export async function start() {
        const server = await startOne();
        return () => server.stop();
      }
      export async function commands() {
        const server = await startOne();
        try { return await listOf(await server.getPort()); } finally { await server.stop(); }
      }`,
  },
  { name: "testcontainers 12.2.0", packages: ["testcontainers@12.2.0"] },
];

const MEASURE = `
  const begin = performance.now();
  const { start, commands } = await import("./tool.mjs");
  const stop = await start();
  const first = performance.now() - begin;
  await stop();
  const times = [];
  for (let i = 0; i < 50; i++) {
    const begin = performance.now();
    const stop = await start();
    times.push(performance.now() - begin);
    await stop();
  }
  const [wantsCommands] = process.argv.slice(2);
  const known = wantsCommands ? await commands() : [];
  console.log(JSON.stringify({ first, next: times.sort((a, b) => a - b)[25], known }));
  process.exit(0);
`;

interface Figures {
  readonly first: number;
  readonly next: number;
  readonly known: string[];
}

const [node = "node"] = Deno.args;

async function output(cwd: string, program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
  return new TextDecoder().decode(stdout);
}

/** Installs a tool in a folder of its own; returns the bytes and the packages that are there then. */
async function install(folder: string, { packages }: Tool) {
  await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true }\n');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await output(folder, "npm", "install", ...flags, ...packages);
  const list = await output(folder, "npm", "ls", "--all", "--parseable");
  const bytes = await output(folder, "du", "-sb", "node_modules");
  return { bytes: parseInt(bytes), count: new Set(list.trim().split("\n")).size - 1 };
}

/** Runs a tool five times in new processes. */
async function measure(
  folder: string,
  { code }: Tool,
  names: string[],
): Promise<Figures | undefined> {
  if (code === undefined) return undefined;
  const files = { "list.mjs": LIST, "tool.mjs": code, "measure.mjs": MEASURE };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  await Deno.writeTextFile(`${folder}/names.mjs`, `export const names = ${JSON.stringify(names)};`);
  const rounds: Figures[] = [];
  for (let round = 0; round < 5; round++) {
    const words = round === 0 ? ["commands"] : [];
    rounds.push(JSON.parse(await output(folder, node, "measure.mjs", ...words)));
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[2];
  return {
    first: median(rounds.map(({ first }) => first)),
    next: median(rounds.map(({ next }) => next)),
    known: rounds[0].known.map((name) => name.toLowerCase()),
  };
}

/** The commands of Redis 7.2, without subcommands. */
async function commandsOfRedis(): Promise<string[]> {
  const { startTestServer } = await import("../../src/testing/mod.ts");
  await using server = await startTestServer();
  const reply = await server.call("COMMAND", "DOCS") as ReadonlyMap<string, unknown> | unknown[];
  const docs = reply instanceof Map
    ? [...reply]
    : (reply as unknown[]).flatMap((name, i, all) => i % 2 === 0 ? [[name, all[i + 1]]] : []);
  return docs.filter(([, entry]) => sinceOf(entry) < 7.3).map(([name]) => String(name));
}

/** Version since which there is a command, as a number: 7.2. */
function sinceOf(entry: unknown): number {
  if (entry instanceof Map) return parseFloat(String(entry.get("since")));
  const words = entry as unknown[];
  return parseFloat(String(words[words.indexOf("since") + 1]));
}

const names = await commandsOfRedis();
const rows: string[][] = [];
for (const tool of TOOLS) {
  const folder = await Deno.makeTempDir({ prefix: "redeno-compare-" });
  try {
    const { bytes, count } = await install(folder, tool);
    const figures = await measure(folder, tool, names);
    rows.push([
      tool.name,
      `${(bytes / 1e6).toFixed(1)} MB`,
      `${count}`,
      figures === undefined ? "-" : `${figures.first.toFixed(0)} ms`,
      figures === undefined ? "-" : `${figures.next.toFixed(1)} ms`,
      figures === undefined
        ? "-"
        : `${names.filter((name) => figures.known.includes(name)).length}`,
    ]);
  } catch (error) {
    rows.push([tool.name, "-", "-", "-", "-", String(error).split("\n")[0]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const head = [
  "",
  "installed",
  "packages",
  "first start",
  "next start",
  `of ${names.length} commands`,
];
console.log(
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"),
);
