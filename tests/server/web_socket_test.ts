/** RESP over WebSocket: a connection like any other, whose bytes come in messages of any size. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { concat } from "@std/bytes";
import { SeededRandom } from "../../src/lib/random.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import type { StartOptions } from "../../src/program/embed.ts";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";
import { ReplyParser, show } from "../support/resp_client.ts";
import { until } from "../support/until.ts";
import { requestOf, TOKEN } from "../support/web_client.ts";

/** A client that speaks RESP over a WebSocket. */
class SocketClient {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #parser = new ReplyParser();
  #arrived = Promise.withResolvers<void>();
  messages = 0;
  #isClosed = false;

  constructor(port: number, query = `?_token=${TOKEN}`) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      this.messages++;
      this.#parser.push(new Uint8Array(data));
      this.#arrived.resolve();
    };
    this.socket.onerror = (event) => event.preventDefault();
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code }) => {
        this.#isClosed = true;
        this.#arrived.resolve();
        resolve(code);
      };
    });
  }

  async opened(): Promise<this> {
    await new Promise((resolve) => this.socket.onopen = resolve);
    return this;
  }

  /** The next reply as a text; undefined if the connection ends. */
  async reply(): Promise<string | undefined> {
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) return show(reply);
      if (this.#isClosed) return undefined;
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  call(...words: string[]): Promise<string | undefined> {
    this.socket.send(encodeRequest(words));
    return this.reply();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

function startServer(config: StartOptions = {}): Promise<FrozenServer> {
  return startFrozenServer({
    config: { "http-port": "0", "http-token": TOKEN, "http-read-only-token": "reading", ...config },
  });
}

Deno.test("a WebSocket speaks RESP2 and RESP3, in binary messages and texts", async () => {
  await using redis = await startServer();
  const client = await new SocketClient(redis.running.httpPort).opened();
  assertEquals(await client.call("SET", "k", "v"), '+"OK"');
  client.socket.send("GET k\r\n");
  assertEquals(await client.reply(), '$"v"');
  client.socket.send("*2\r\n$4\r\nECHO\r\n$2\r\né\r\n");
  assertEquals(await client.reply(), show((await parsed("$2\r\né\r\n"))!));
  assertMatch((await client.call("HELLO", "3"))!, /proto/);
  client.socket.send(new Uint8Array(0));
  client.socket.send("");
  assertMatch(
    (await client.call("CLIENT", "INFO"))!,
    /addr=127\.0\.0\.1:\d+ laddr=websocket:0 .*resp=3/,
  );
  await client.close();
});

/** Lets sockets have their turn. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

function parsed(text: string) {
  const parser = new ReplyParser();
  parser.push(new TextEncoder().encode(text));
  return parser.next();
}

Deno.test("requests may be cut anywhere, and a message may hold many", async () => {
  await using redis = await startServer();
  const random = new SeededRandom(7);
  const client = await new SocketClient(redis.running.httpPort).opened();
  for (const most of [1, 3, 100, 70_000, 1_000_000]) {
    const values = Array.from({ length: 20 }, () => "x".repeat(random.below(most * 3)));
    const bytes = concat(values.flatMap((value, i) => [
      encodeRequest(["SET", `k${i}`, value]),
      encodeRequest(["STRLEN", `k${i}`]),
    ]));
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + 1 + random.below(most));
      client.socket.send(bytes.subarray(at, end));
      at = end;
    }
    for (const { length } of values) {
      assertEquals([await client.reply(), await client.reply()], ['+"OK"', `:"${length}"`]);
    }
  }
  await client.close();
});

Deno.test("a WebSocket acts for the user of its token, or authenticates", async () => {
  await using redis = await startServer();
  const { httpPort, web } = redis.running;
  const statusOf = async (path: string, headers: Record<string, string> = {}) => {
    const request = requestOf(`http://localhost${path}`, {
      token: "",
      headers: { upgrade: "websocket", ...headers },
    });
    return (await web.fetch(request)).status;
  };
  // The default user has no password, and HTTP lets nobody in who shows nothing.
  assertEquals(await statusOf("/ws"), 401);
  assertEquals(await statusOf("/ws?_token=wrong"), 401);
  assertEquals(await statusOf("/ws", { authorization: "Basic x" }), 401);
  assertEquals(await statusOf(`/ws?_token=${TOKEN}`, { origin: "http://evil.test" }), 403);
  assertEquals(await statusOf(`/ws?_token=${TOKEN}`, { upgrade: "h2c" }), 426);
  const reader = await new SocketClient(httpPort, "?_token=reading").opened();
  assertEquals(await reader.call("GET", "k"), "$ null");
  assertMatch((await reader.call("SET", "k", "v"))!, /NOPERM/);
  await reader.close();
  using session = redis.running.session();
  await session.call("CONFIG", "SET", "requirepass", "secret");
  const client = await new SocketClient(httpPort, "").opened();
  assertMatch((await client.call("GET", "k"))!, /NOAUTH/);
  assertMatch((await client.call("AUTH", "wrong"))!, /WRONGPASS/);
  assertEquals(await client.call("AUTH", "secret"), '+"OK"');
  assertEquals(await client.call("GET", "k"), "$ null");
  await client.close();
});

Deno.test("a WebSocket is closed with its client, from either side", async () => {
  await using redis = await startServer();
  const { httpPort, server } = redis.running;
  using session = redis.running.session();
  const killed = await new SocketClient(httpPort).opened();
  const id = /\d+/.exec((await killed.call("CLIENT", "ID"))!)![0];
  assertEquals(await session.call("CLIENT", "KILL", "ID", id), 1);
  assertEquals(await killed.reply(), undefined);
  assertEquals(await killed.closed, 1000);
  const quitting = await new SocketClient(httpPort).opened();
  assertEquals(await quitting.call("QUIT"), '+"OK"');
  await quitting.closed;
  const broken = await new SocketClient(httpPort).opened();
  broken.socket.send("*1\r\n+x\r\n");
  assertMatch((await broken.reply())!, /Protocol error/);
  await broken.closed;
  const attacker = await new SocketClient(httpPort).opened();
  attacker.socket.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
  await attacker.closed;
  const leaving = await new SocketClient(httpPort).opened();
  await leaving.call("SUBSCRIBE", "c");
  assertEquals(await session.call("PUBLISH", "c", "m"), 1);
  await leaving.close();
  await until("the end of a client", async () => {
    await turn();
    return await session.call("PUBLISH", "c", "m") === 0;
  });
  assertEquals(server.clients.size, 1);
  await session.call("CONFIG", "SET", "maxclients", 1);
  const refused = new SocketClient(httpPort);
  assertMatch((await refused.reply())!, /max number of clients reached/);
  await refused.closed;
});

Deno.test("messages and blocked requests come over a WebSocket", async () => {
  await using redis = await startServer();
  using session = redis.running.session();
  const client = await new SocketClient(redis.running.httpPort).opened();
  client.socket.send("BLPOP list 0\r\n");
  await until("a client that waits", async () => {
    await turn();
    return String(await session.call("CLIENT", "LIST")).includes("flags=b");
  });
  await session.call("RPUSH", "list", "x");
  assertMatch((await client.reply())!, /"list".*"x"/s);
  await client.call("HELLO", "3");
  await client.call("SUBSCRIBE", "c");
  for (let i = 0; i < 100; i++) await session.call("PUBLISH", "c", String(i));
  for (let i = 0; i < 100; i++) assertMatch((await client.reply())!, new RegExp(`"${i}"`));
  await client.close();
});

Deno.test("what waits for a WebSocket is the client's output: it holds the client, and is limited", async () => {
  await using redis = await startServer({ "client-output-buffer-limit": "pubsub 3mb 0 0" });
  using session = redis.running.session();
  await session.call("SET", "large", "x".repeat(1_000_000));
  const client = await new SocketClient(redis.running.httpPort).opened();
  client.socket.send("GET large\r\n".repeat(20));
  const mostPending = { bytes: 0 };
  for (let replies = 0; replies < 20;) {
    const reply = client.reply();
    let hasCome = false;
    reply.then(() => hasCome = true);
    await until("a large reply", async () => {
      // The server looks whether the system has taken what was sent when its clock says so.
      redis.clock.advance({ milliseconds: 5 });
      await turn();
      for (const { connection } of redis.running.server.clients) {
        mostPending.bytes = Math.max(mostPending.bytes, connection.pendingBytes);
      }
      return hasCome;
    });
    assertEquals((await reply)!.length, 1_000_003);
    replies++;
  }
  assert(mostPending.bytes < 4_000_000, `${mostPending.bytes} bytes have waited`);
  client.socket.send("SUBSCRIBE c\r\n");
  await client.reply();
  for (let i = 0; i < 6; i++) await session.call("PUBLISH", "c", "x".repeat(1_000_000));
  assertEquals(await session.call("PUBLISH", "c", "x"), 0);
  assert(redis.log.some((line) => line.includes("overcoming of output buffer limits")));
  redis.clock.advance({ milliseconds: 5 });
  await client.closed;
});

Deno.test("a server that stops closes its WebSockets", async () => {
  const redis = await startServer();
  const client = await new SocketClient(redis.running.httpPort).opened();
  assertEquals(await client.call("PING"), '+"PONG"');
  await redis[Symbol.asyncDispose]();
  await client.closed;
});
