import { assert } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import type { LocalServer } from "./local_server.ts";
import { ReplyParser } from "./resp_client.ts";

/** Lets a server run the requests of a stream of changes, none of which may fail. */
export function repeatStream(server: LocalServer, bytes: Uint8Array<ArrayBuffer>): void {
  const parser = new ReplyParser();
  parser.push(bytes);
  for (let request = parser.next(); request !== undefined; request = parser.next()) {
    const words = request.elements.map(({ text }) => text!);
    const [reply] = server.run(words.map(fromLatin1));
    assert(reply.type !== "-", `${reply.text} for ${words}`);
  }
}
