import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

/** Sends requests as they are, in pieces of so many bytes. */
async function sendInPieces(client: RespClient, bytes: Uint8Array, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) await client.send(bytes.subarray(at, at + size));
}

/** Asks until one client waits for a key; gives up after many turns. */
async function untilOneIsBlocked(client: RespClient): Promise<void> {
  for (let turns = 0; turns < 10_000; turns++) {
    if ((await client.call("INFO", "clients")).text!.includes("blocked_clients:1")) return;
  }
  throw new Error("Cannot go on: nobody waits for a key");
}

Deno.test("a client that waits for a key and does not read either gets its replies in order", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await other.call("SET", "big", "x".repeat(8_000_000));
  await client.send(fromLatin1("GET big\r\nBLPOP list 0\r\nPING\r\n"));
  assertEquals((await client.read()).text?.length, 8_000_000);
  // Its output has drained: now the next request runs, and waits.
  await untilOneIsBlocked(other);
  await other.call("RPUSH", "list", "element");
  assertEquals((await client.read()).elements[1].text, "element");
  assertEquals((await client.read()).text, "PONG");
});

for (const piece of [1, 7, 4096, 1_000_000]) {
  Deno.test(`what comes during CLIENT PAUSE runs after it, in order: pieces of ${piece} bytes`, async () => {
    await using redis = await startFrozenServer();
    using client = await RespClient.connect(redis.port);
    using admin = await RespClient.connect(redis.port);
    await admin.call("CLIENT", "PAUSE", "60000", "WRITE");
    const value = "v".repeat(piece < 100 ? 300 : 70_000);
    const requests = [
      encodeRequest(["APPEND", "key", "1"]),
      fromLatin1('APPEND key "2 "\r\n'),
      encodeRequest(["APPEND", "key", value]),
      encodeRequest(["GET", "key"]),
    ];
    for (const request of requests) await sendInPieces(client, request, piece);
    assertEquals((await admin.call("EXISTS", "key")).text, "0");
    redis.clock.advance({ seconds: 61 });
    const replies = [];
    for (let i = 0; i < requests.length; i++) replies.push((await client.read()).text);
    assertEquals(replies, ["1", "3", `${3 + value.length}`, `12 ${value}`]);
  });
}

Deno.test("QUIT behind a request that waits closes the connection when its turn comes", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  using other = await RespClient.connect(redis.port);
  await client.send(fromLatin1("BLPOP list 10\r\nQUIT\r\nPING\r\n"));
  await untilOneIsBlocked(other);
  redis.clock.advance({ seconds: 11 });
  assertEquals(await client.readToEnd(), "*-1\r\n+OK\r\n");
});
