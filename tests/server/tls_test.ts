/** TLS, with certificates made for the test: redis-cli and ioredis over it, and what is refused because it cannot be done. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type StartOptions, startServer } from "../../src/mod.ts";
import { RespClient } from "../support/resp_client.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/oracle.ts";

async function missing(): Promise<string | undefined> {
  for (const command of ["openssl", "redis-cli"]) {
    const { state } = await Deno.permissions.query({ name: "run", command });
    if (state !== "granted") return `needs --allow-run=${command}`;
    const option = command === "openssl" ? "version" : "--version";
    const found = await new Deno.Command(command, { args: [option], stdout: "null" }).output()
      .then(() => true, () => false);
    if (!found) return `needs ${command}`;
  }
  for (const name of ["read", "write", "env", "sys"] as const) {
    const { state } = await Deno.permissions.query({ name });
    if (state !== "granted") return `needs --allow-${name}`;
  }
}

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"];
const problem = await missing();

async function run(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return code === 0 ? output : `${output}${errors}`;
}

function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await run(
          "openssl",
          ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
          ..."-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(" "),
          ...["-addext", "basicConstraints=critical,CA:FALSE"],
          ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
        );
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const directives = (folder: string, port: number): StartOptions => ({
  "port": 0,
  "tls-port": port,
  "tls-cert-file": `${folder}/cert.pem`,
  "tls-key-file": `${folder}/key.pem`,
  "tls-auth-clients": "no",
});

test("redis-cli and ioredis speak TLS", async (folder) => {
  const port = freePort();
  await using _server = await startServer(directives(folder, port));
  const cli = (...words: string[]) =>
    run("redis-cli", "-p", `${port}`, "--tls", "--cacert", `${folder}/cert.pem`, ...words);
  assertEquals(await cli("SET", "key", "value"), "OK\n");
  assertEquals(await cli("GET", "key"), "value\n");
  const { Redis } = await import("ioredis");
  const redis = new Redis(port, "127.0.0.1", {
    tls: { ca: await Deno.readTextFile(`${folder}/cert.pem`) },
  });
  try {
    assertEquals(await redis.get("key"), "value");
    const large = "x".repeat(300_000);
    assertEquals(await redis.set("large", large), "OK");
    assertEquals(await redis.get("large"), large);
  } finally {
    redis.disconnect();
  }
});

test("redeno import comes in by TLS, and trusts no certificate that it does not know", async (folder) => {
  const port = freePort();
  await using source = await startServer(directives(folder, port));
  await using target = await startServer({ port: "0" });
  source.session().callNow("SET", "key", "value");
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const words = [`rediss://127.0.0.1:${port}`, `redis://127.0.0.1:${target.port}`];
  const redenoImport = (...options: string[]) =>
    run(Deno.execPath(), "run", ...PERMISSIONS, main, "import", ...words, ...options);
  const state = ["--state", `${folder}/state.json`];
  assertStringIncludes(await redenoImport(...state), "Cannot connect to rediss://127.0.0.1");
  assertEquals(target.session().callNow("DBSIZE"), 0);
  const output = await redenoImport(...state, "--cacert", `${folder}/cert.pem`);
  assertStringIncludes(output, "1 keys are equal");
  assertEquals(target.session().callNow("GET", "key"), "value");
});

test("a client without TLS on the TLS port harms nobody", async (folder) => {
  const port = freePort();
  await using _server = await startServer(directives(folder, port));
  using plain = await Deno.connect({ hostname: "127.0.0.1", port });
  await plain.write(new TextEncoder().encode("PING\r\n"));
  const answer = new Uint8Array(100);
  const count = await plain.read(answer) ?? 0;
  assert(!new TextDecoder().decode(answer.subarray(0, count)).includes("PONG"));
  const cli = await run("redis-cli", "-p", `${port}`, "--tls", "--insecure", "PING");
  assertEquals(cli, "PONG\n");
});

test("what the runtime's TLS cannot do is refused", async (folder) => {
  const base = directives(folder, freePort());
  const wrong: StartOptions[] = [
    { "tls-auth-clients": "yes" },
    { "tls-auth-clients": "optional" },
    { "tls-ciphers": "DEFAULT" },
    { "tls-protocols": "TLSv1.3" },
    { "tls-key-file-pass": "secret" },
    { "tls-cert-file": '""' },
    { "tls-key-file": `${folder}/none.pem` },
  ];
  for (const change of wrong) {
    const [name] = Object.keys(change);
    let message = "";
    try {
      await (await startServer({ ...base, ...change })).stop();
    } catch (error) {
      message = (error as Error).message;
    }
    assertStringIncludes(message, name);
  }
});

test("a replica follows its primary over TLS, if it is told whom to trust", async (folder) => {
  const port = freePort();
  await using primary = await startServer({
    ...directives(folder, port),
    "repl-diskless-sync-delay": "0",
  });
  await using replica = await startServer({
    port: "0",
    "tls-replication": "yes",
    "tls-ca-cert-file": `${folder}/cert.pem`,
    dir: folder,
  });
  const log: string[] = [];
  replica.server.log.sink = (line) => log.push(line);
  await primary.load();
  await replica.load();
  await primary.session().call("SET", "k", "v");
  using client = await RespClient.connect(replica.port);
  await client.call("CONFIG", "SET", "tls-ca-cert-file", "/nosuch");
  await client.call("REPLICAOF", "127.0.0.1", String(port));
  await until("the file to be missed", async () => {
    await client.call("PING");
    return log.join("").includes("Failed to load tls-ca-cert-file '/nosuch'");
  });
  await client.call("CONFIG", "SET", "tls-ca-cert-file", `${folder}/cert.pem`);
  await until("the data to come", async () => await client.ask("GET", "k") === '$"v"');
});
