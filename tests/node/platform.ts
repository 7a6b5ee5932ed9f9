/** Rules of `src/platform/node/` that tests for Deno cannot see: how sockets end, what is refused, where files are. For `tests/node/run.ts`. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import * as tls from "node:tls";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startServer } from "../../src/mod.ts";
import { startFrozenServer } from "../support/frozen_server.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/redeno-`);
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All that comes until the other side closes. */
async function readAll(socket: net.Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function connected(socket: net.Socket, event = "connect"): Promise<net.Socket> {
  await new Promise((resolve, reject) => socket.once(event, resolve).once("error", reject));
  return socket;
}

Deno.test("a client that closes its half gets the replies to all that it has sent", async () => {
  await using redis = await startFrozenServer();
  for (const count of [1, 100, 20_000]) {
    const socket = await connected(net.connect({ port: redis.port, allowHalfOpen: true }));
    socket.end("PING\r\n".repeat(count));
    assertEquals((await readAll(socket)).length, "+PONG\r\n".length * count);
  }
});

Deno.test("the reply to QUIT arrives before the connection closes", async () => {
  await using redis = await startFrozenServer();
  const socket = await connected(net.connect({ port: redis.port }));
  socket.write(`SET key ${"x".repeat(60_000)}\r\nGET key\r\nQUIT\r\nPING\r\n`);
  const text = await readAll(socket);
  assertEquals(text.length, "+OK\r\n$60000\r\n".length + 60_000 + "\r\n+OK\r\n".length);
});

Deno.test("a connection that is reset ends its client, and others go on", async () => {
  await using redis = await startFrozenServer();
  using session = redis.running.session();
  const socket = await connected(net.connect({ port: redis.port }));
  socket.write("SUBSCRIBE channel\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  assertEquals(await session.call("PUBLISH", "channel", "1"), 1);
  socket.resetAndDestroy();
  while (await session.call("PUBLISH", "channel", "1") !== 0);
  assertEquals(await session.call("PING"), "PONG");
});

Deno.test("an address that is taken or not there is refused before the reply goes out", async () => {
  await using redis = await startFrozenServer();
  await using other = await startFrozenServer();
  const taken = other.port;
  await assertRejects(() => startServer({ port: taken }), Error, "Could not create server TCP");
  await assertRejects(() => startServer({ port: "0", bind: "192.0.2.1" }), Error, "192.0.2.1");
  await assertRejects(() => startServer({ port: "0", bind: "name" }), Error, "no address");
  using session = redis.running.session();
  const refusal = await session.call("CONFIG", "SET", "port", taken).catch(String);
  assertMatch(String(refusal), /Unable to listen on this port/);
  const socket = await connected(net.connect({ port: redis.port }));
  socket.end("PING\r\nQUIT\r\n");
  assertEquals(await readAll(socket), "+PONG\r\n+OK\r\n");
  // Bun says of an address that is not there that it is in use.
  if ("Bun" in globalThis) return;
  await using _both = await startServer({ port: "0", bind: "127.0.0.1 -::1 -192.0.2.1" });
});

Deno.test("two servers in one process save and append each to its own dir", () =>
  inFolder(async (root) => {
    const before = process.cwd();
    const folders = [`${root}/one`, `${root}/two`];
    for (const folder of folders) mkdirSync(folder);
    const start = async (dir: string) => {
      const server = await startFrozenServer({ config: { appendonly: "yes", dir } });
      await server.running.load();
      return server;
    };
    {
      const servers = [await start(folders[0]), await start(folders[1])];
      for (const [i, { running }] of servers.entries()) {
        using session = running.session();
        await session.call("SET", "mine", folders[i]);
        assertEquals(await session.call("SAVE"), "OK");
      }
      for (const { running } of servers) await running.stop();
    }
    for (const folder of folders) {
      assertEquals(readdirSync(folder).sort(), ["appendonlydir", "dump.rdb"]);
      await using server = await start(folder);
      using session = server.running.session();
      assertEquals(await session.call("GET", "mine"), folder);
    }
    assertEquals(process.cwd(), before);
  }));

Deno.test("a unix socket serves, and its file goes with the server", () =>
  inFolder(async (folder) => {
    const server = await startServer({ port: "0", dir: folder, unixsocket: "socket" });
    const socket = await connected(net.connect({ path: `${folder}/socket` }));
    socket.end("CLIENT LIST\r\nQUIT\r\n");
    assert((await readAll(socket)).includes(`addr=${folder}/socket:0`));
    await server.stop();
    assertEquals(readdirSync(folder), []);
  }));

Deno.test("TLS serves values of any size, and a client without TLS harms nobody", () =>
  inFolder(async (folder) => {
    execFileSync(
      "openssl",
      [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
        ..."-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1".split(" "),
        ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
      ],
      { stdio: "ignore" },
    );
    await using redis = await startServer({
      port: "0",
      dir: folder,
      "tls-port": "0",
      "tls-cert-file": "cert.pem",
      "tls-key-file": "key.pem",
      "tls-auth-clients": "no",
    });
    using session = redis.session();
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as net.AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    assertEquals(await session.call("CONFIG", "SET", "tls-port", port), "OK");
    const plain = await connected(net.connect({ port, host: "127.0.0.1" }));
    plain.on("error", () => {}).write("PING\r\n");
    const ca = readFileSync(`${folder}/cert.pem`);
    const secure = await connected(
      tls.connect({ port, host: "127.0.0.1", ca }),
      "secureConnect",
    );
    const value = "x".repeat(300_000);
    secure.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\nGET k\r\nQUIT\r\n`);
    assertEquals(await readAll(secure), `+OK\r\n$${value.length}\r\n${value}\r\n+OK\r\n`);
    plain.destroy();
  }));
