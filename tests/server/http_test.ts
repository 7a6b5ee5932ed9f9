/** What HTTP is served to whom: where requests may come from, how large they may be, streams of events, and the sockets. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startServer } from "../../src/mod.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { READ_ONLY_TOKEN, requestOf, startWebServer, TOKEN } from "../support/web_client.ts";

Deno.test("only HEAD, GET, POST and PUT are served", async () => {
  await using web = await startWebServer();
  for (const method of ["DELETE", "PATCH", "PROPFIND"]) {
    const { status, headers, json } = await web.send("/flushall", { method });
    assertEquals([status, headers.get("allow")], [405, "HEAD, GET, POST, PUT"]);
    assertEquals(json, { error: "ERR unsupported HTTP method" });
  }
  const head = await web.send("/set/k/v", { method: "HEAD" });
  assertEquals([head.status, head.text], [200, ""]);
  assertEquals(await web.call("get", "k"), "v");
});

Deno.test("a name that is made to stand for this machine is refused", async () => {
  await using web = await startWebServer({ "http-hosts": "redis.test Other.Test" });
  const { web: handler } = web.redis.running;
  const statusOf = async (host: string) =>
    (await handler.fetch(requestOf(`http://${host}/ping`, {}))).status;
  for (const host of ["localhost", "a.localhost:1", "127.0.0.1:8079", "[::1]:1", "10.0.0.1"]) {
    assertEquals(await statusOf(host), 200, host);
  }
  for (const host of ["redis.test", "redis.test:80", "OTHER.test"]) {
    assertEquals(await statusOf(host), 200, host);
  }
  for (const host of ["evil.test", "evil.localhost.test", "redis.test.evil", "x127.0.0.1.nip.io"]) {
    assertEquals(await statusOf(host), 421, host);
  }
  await web.call("config", "set", "http-hosts", "*");
  assertEquals(await statusOf("evil.test"), 200);
  await web.call("config", "set", "http-hosts", "");
  assertEquals(await statusOf("redis.test"), 421);
});

Deno.test("a page of another origin is refused unless it is named", async () => {
  await using web = await startWebServer();
  const send = (origin: string, method?: string) =>
    web.send("/ping", { headers: { origin }, ...(method === undefined ? {} : { method }) });
  assertEquals((await send("http://localhost")).status, 200);
  for (
    const origin of ["http://evil.test", "null", "http://localhost:81", "http://localhost.evil"]
  ) {
    const { status, headers } = await send(origin);
    assertEquals([status, headers.get("access-control-allow-origin")], [403, null], origin);
    assertEquals((await send(origin, "OPTIONS")).status, 403);
  }
  await web.call("config", "set", "http-origins", "https://app.test http://other.test");
  const allowed = await send("https://app.test");
  assertEquals(allowed.status, 200);
  assertEquals(allowed.headers.get("access-control-allow-origin"), "https://app.test");
  assertEquals(allowed.headers.get("access-control-expose-headers"), "upstash-sync-token");
  assertEquals(allowed.headers.get("vary"), "Origin");
  const refused = await web.send("/ping", { headers: { origin: "https://app.test" }, token: "x" });
  assertEquals(refused.headers.get("access-control-allow-origin"), "https://app.test");
  const preflight = await send("http://other.test", "OPTIONS");
  assertEquals([preflight.status, preflight.text], [204, ""]);
  assertMatch(
    preflight.headers.get("access-control-allow-headers")!,
    /authorization.*upstash-encoding/,
  );
  assertEquals((await send("https://evil.test")).status, 403);
  await web.call("config", "set", "http-origins", "*");
  assertEquals((await send("https://evil.test")).headers.get("access-control-allow-origin"), "*");
});

Deno.test("a body is bounded, whether its length is announced or not", async () => {
  await using web = await startWebServer({ "http-max-body": "1kb" });
  const inPieces = (size: number, piece: number) => {
    let left = size;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        const count = Math.min(piece, left);
        left -= count;
        if (count === 0) controller.close();
        else controller.enqueue(new Uint8Array(count).fill(0x78));
      },
    });
  };
  for (const piece of [1, 7, 1024, 5000]) {
    assertEquals((await web.send("/set/k", { body: inPieces(1024, piece) })).status, 200);
    assertEquals(await web.call("strlen", "k"), 1024);
    const { status, json } = await web.send("/set/k", { body: inPieces(1025, piece) });
    assertEquals([status, json.error], [413, "ERR max request size exceeded. Limit: 1024 bytes"]);
  }
  assertEquals((await web.send("/set/k", { body: "x".repeat(1025) })).status, 413);
  const endless = inPieces(Infinity, 512);
  assertEquals((await web.send("/set/k", { body: endless })).status, 413);
});

Deno.test("a body that does not come is given up", async () => {
  await using web = await startWebServer();
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(3)),
    cancel() {
      isCancelled = true;
    },
  });
  const late = web.send("/set/k", { body });
  await web.call("ping");
  web.redis.clock.advance({ seconds: 30 });
  assertEquals((await late).status, 408);
  assert(isCancelled);
  const broken = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) });
  assertEquals((await web.send("/set/k", { body: broken })).status, 400);
});

/** Reads a stream of events until it has this text. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  return read;
}

Deno.test("messages of channels come as events", async () => {
  await using web = await startWebServer();
  // The SDK sends an empty array as the body, which is no argument.
  const response = await web.fetch("/subscribe/chat/other", { body: [] });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.getReader();
  const patterns = (await web.fetch("/psubscribe/c*")).body!.getReader();
  assertEquals(
    await readUntil(reader, "other,2"),
    "data: subscribe,chat,1\n\ndata: subscribe,other,2\n\n",
  );
  assertEquals(await web.call("publish", "chat", '{"a":1,"b":","}'), 2);
  assertEquals(await readUntil(reader, "}"), 'data: message,chat,{"a":1,"b":","}\n\n');
  await readUntil(patterns, "psubscribe,c*,1");
  assertEquals(await readUntil(patterns, "}"), 'data: pmessage,c*,chat,{"a":1,"b":","}\n\n');
  await web.call("publish", "other", "two\r\nlines\nand more é");
  assertEquals(
    await readUntil(reader, "é\n\n"),
    "data: message,other,two\ndata: lines\ndata: and more é\n\n",
  );
  await reader.cancel();
  await patterns.cancel();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assertEquals(await web.call("publish", "chat", "x"), 0);
});

Deno.test("MONITOR comes as events, without tokens and passwords", async () => {
  await using web = await startWebServer();
  const response = await web.fetch("/monitor", { method: "POST" });
  const reader = response.body!.getReader();
  assertEquals(await readUntil(reader, "\n\n"), 'data: "OK"\n\n');
  await web.call("acl", "setuser", "ada", "on", ">pa55");
  await web.send(`/set/k/v?_token=${TOKEN}`);
  const seen = await readUntil(reader, '"v"');
  assertMatch(seen, /^data: \d+\.\d+ \[0 in-process:0\] .*"set" "k" "v"$/m);
  assert(!seen.includes(TOKEN) && !seen.includes("pa55"));
  await reader.cancel();
});

Deno.test("a stream is a client that can be listed, limited and killed", async () => {
  await using web = await startWebServer({
    "client-output-buffer-limit": "pubsub 100kb 0 0",
  });
  const response = await web.fetch("/subscribe/chat");
  const reader = response.body!.getReader();
  await readUntil(reader, "chat,1");
  assertMatch(await web.call("client", "list"), /addr=in-process:0 .*sub=1 .*user=default/);
  const slow = await web.fetch("/subscribe/chat");
  for (let i = 0; i < 40; i++) await web.call("publish", "chat", "x".repeat(10_000));
  // Nobody has read: the limit of output has ended both, and the server keeps no more than the limit.
  assertEquals(await web.call("publish", "chat", "x"), 0);
  await slow.body!.cancel();
  await reader.cancel();
  const third = (await web.fetch("/subscribe/chat")).body!.getReader();
  await readUntil(third, "chat,1");
  assertEquals(await web.call("client", "kill", "type", "pubsub"), 1);
  assertEquals((await third.read()).done, true);
});

Deno.test("what a stream may not do is answered with 400, and too many clients with 503", async () => {
  await using web = await startWebServer();
  const missing = await web.send("/subscribe");
  assertEquals(missing.status, 400);
  assertEquals(missing.json.error, "ERR wrong number of arguments for 'subscribe' command");
  assertEquals((await web.send("/monitor/x", { method: "POST" })).status, 400);
  assertEquals((await web.send("/subscribe/c", { token: READ_ONLY_TOKEN })).status, 400);
  assertEquals((await web.send("/subscribe/c", { token: "x" })).status, 401);
  await web.call("config", "set", "maxclients", 1);
  assertEquals((await web.send("/subscribe/c")).status, 503);
});

Deno.test("HTTP is off until a port is given, and CONFIG SET opens and closes it", async () => {
  await using redis = await startFrozenServer({ config: { "http-token": TOKEN } });
  using session = redis.running.session();
  assertEquals(redis.running.httpPort, 0);
  const taken = await session.call("CONFIG", "SET", "http-port", redis.port).catch(String);
  assertMatch(String(taken), /Unable to listen on this port/);
  assertEquals(await session.call("CONFIG", "GET", "http-port"), new Map([["http-port", "0"]]));
  await using other = await startFrozenServer({ config: { "http-port": "0" } });
  const port = other.running.httpPort;
  assert(port > 0);
  using second = other.running.session();
  assertEquals(await second.call("CONFIG", "SET", "http-port", port), "OK");
  const url = `http://127.0.0.1:${port}/ping`;
  const headers = { authorization: `Bearer ${TOKEN}`, connection: "close" };
  const refused = await fetch(url, { headers });
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  await second.call("CONFIG", "SET", "http-token", TOKEN);
  const answer = await fetch(url, { headers });
  assertEquals(await answer.json(), { result: "PONG" });
  await second.call("CONFIG", "SET", "http-port", 0);
  assertEquals(other.running.httpPort, 0);
  await assertRejects(() => fetch(url, { headers }));
});

Deno.test("tokens that are not given are made, and shown once in the log", async () => {
  await using redis = await startFrozenServer({ config: { "http-port": "0" } });
  const lines = redis.log.filter((line) => line.includes("token"));
  assertEquals(lines.length, 2);
  const [full, reading] = lines.map((line) => /is ([0-9a-f]{48})\n?$/.exec(line)![1]);
  const { web } = redis.running;
  const statusOf = async (path: string, token: string) =>
    (await web.fetch(requestOf(`http://localhost${path}`, { token }))).status;
  assertEquals(await statusOf("/set/k/v", full), 200);
  assertEquals(await statusOf("/set/k/v", reading), 400);
  assertEquals(await statusOf("/get/k", reading), 200);
  for (const token of ["", "undefined", " "]) assertEquals(await statusOf("/ping", token), 401);
  const before = redis.log.length;
  await statusOf(`/get/k?_token=${full}`, "");
  await statusOf(`/get/k?_token=wrong`, "");
  assert(!redis.log.slice(before).some((line) => line.includes(full)));
});

Deno.test("two servers in one process serve each its own data, and stop with streams open", async () => {
  const config = { port: 0, "http-port": 0, "http-token": TOKEN } as const;
  const servers = [await startServer(config), await startServer(config)];
  const urls = servers.map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const url of urls) {
    await (await fetch(`${url}/set/mine/${url.slice(7)}`, { headers })).text();
  }
  for (const url of urls) {
    const { result } = await (await fetch(`${url}/get/mine`, { headers })).json();
    assertEquals(result, url.slice(7));
  }
  const stream = await fetch(`${urls[0]}/subscribe/chat`, { headers });
  const reader = stream.body!.getReader();
  await readUntil(reader, "chat,1");
  for (const server of servers) await server.stop();
  const { done } = await reader.read().catch(() => ({ done: true }));
  assertEquals(done, true);
});

Deno.test("HTTP on a socket: large values, many connections, a path with anything in it", async () => {
  await using redis = await startServer({ port: "0", "http-port": "0", "http-token": TOKEN });
  const url = `http://127.0.0.1:${redis.httpPort}`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const value = "x".repeat(3_000_000);
  const set = await fetch(`${url}/set/large`, { method: "POST", headers, body: value });
  assertEquals(await set.json(), { result: "OK" });
  const got = await fetch(`${url}/get/large`, { headers });
  assertEquals(got.headers.get("cache-control"), "no-store, no-transform");
  assertEquals((await got.json()).result, value);
  const sums = await Promise.all(Array.from({ length: 100 }, async () => {
    const response = await fetch(url, { method: "POST", headers, body: '["INCR","n"]' });
    return (await response.json()).result as number;
  }));
  assertEquals(new Set(sums).size, 100);
  const odd = await fetch(`${url}/set/a%2F..%2Fb/%E2%82%AC?EX=9`, { headers });
  assertEquals(await odd.json(), { result: "OK" });
  const read = await fetch(`${url}/get/a%2F..%2Fb`, { headers });
  assertEquals(await read.json(), { result: "€" });
  const empty = await fetch(`${url}/info`, { method: "POST", headers });
  assertEquals(empty.status, 200);
  await empty.body?.cancel();
});
