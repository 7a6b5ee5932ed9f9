/**
 * The least server for `arrival.ts` that the runtime allows: what it does wrong no server on this runtime can do better. It listens on the port
 * given, knows one channel at a time for each connection, and answers PING, SUBSCRIBE and PUBLISH that come in one piece.
 *
 * @module
 */
const subscribed = new Set<string>();
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function answer([, , name, , channel]: string[]): string {
  if (name === "PING") return "+PONG\r\n";
  if (name === "PUBLISH") return subscribed.has(channel) ? ":1\r\n" : ":0\r\n";
  subscribed.add(channel);
  return "+subscribed\r\n";
}

async function serve(socket: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (let count; (count = await socket.read(buffer)) !== null;) {
    const words = decoder.decode(buffer.subarray(0, count)).split("\r\n");
    await socket.write(encoder.encode(answer(words)));
  }
  socket.close();
}

for await (const socket of Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) })) {
  serve(socket).catch(() => socket.close());
}
