import { assertEquals, assertMatch } from "@std/assert";
import type { Client } from "../../src/clients/client.ts";
import type { Server } from "../../src/server/server.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

/** A connection in the test's hands: what was sent to it, and whether it was closed. */
function connect(server: Server) {
  const seen = { text: "", isClosed: false };
  const client: Client = server.connect({
    remoteAddress: "127.0.0.1:4711",
    localAddress: "127.0.0.1:2",
    isUnix: false,
    isLocal: true,
    pendingBytes: 0,
    send: (bytes) => void (seen.text += latin1(bytes, 0, bytes.length)),
    drained: () => Promise.resolve(true),
    close: () => void (seen.isClosed = true),
  })!;
  return { client, seen };
}

const HTTP_REQUESTS = [
  "POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a 1\r\n",
  "post / HTTP/1.1\r\nSET a 1\r\n",
  "GET / HTTP/1.1\r\nHOST: x\r\n\r\nSET a 1\r\n",
  "PoSt\nSET a 1\n",
  "*1\r\n$4\r\npOST\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
  "*2\r\n$5\r\nHost:\r\n$1\r\nx\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
  "*1\r\n$7\r\npost\0xx\r\nSET a 1\r\n",
  "MULTI\r\nPOST / HTTP/1.1\r\nEXEC\r\nSET a 1\r\n",
];

for (const password of ["", "secret"]) {
  const when = password === "" ? "" : " that has not authenticated";
  Deno.test(`POST or Host: ends a connection${when}, and nothing behind it runs`, async () => {
    await using test = await startFrozenServer({ config: { requirepass: password } });
    const { server } = test.running;
    for (const request of HTTP_REQUESTS) {
      const bytes = fromLatin1(request);
      for (let size = 1; size <= bytes.length; size++) {
        const { client, seen } = connect(server);
        for (let at = 0; at < bytes.length && !seen.isClosed; at += size) {
          client.reader.append(bytes.subarray(at, at + size));
          server.loop.process(client);
        }
        assertEquals(seen.isClosed, true, `${JSON.stringify(request)} by ${size}`);
        assertEquals(/unknown command/.test(seen.text), false, seen.text);
        client.close();
      }
    }
    assertEquals(server.keyspace.databases[0].size, 0);
  });
}

Deno.test("the log names who sent POST or Host:, once a minute", async () => {
  await using test = await startFrozenServer();
  const { server } = test.running;
  const attack = () => {
    const { client } = connect(server);
    client.reader.append(fromLatin1("POST / HTTP/1.1\r\n"));
    server.loop.process(client);
    return test.log.filter((line) => line.includes("Possible SECURITY ATTACK")).length;
  };
  assertEquals([attack(), attack()], [1, 1]);
  test.clock.advance({ seconds: 61 });
  assertEquals([attack(), attack()], [2, 2]);
  const line = test.log.find((line) => line.includes("SECURITY"))!;
  assertMatch(
    line,
    / # Possible SECURITY ATTACK detected\. It looks like somebody is sending POST /,
  );
  assertMatch(line, /Connection from 127\.0\.0\.1:4711 aborted\.\n$/);
});

Deno.test("POST and Host: are words like others where no command is expected", async () => {
  await using test = await startFrozenServer();
  using client = await RespClient.connect(test.port);
  assertEquals(await client.ask("SET", "POST", "Host:"), '+"OK"');
  assertEquals(await client.ask("ECHO", "POST"), '$"POST"');
});
