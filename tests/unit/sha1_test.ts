import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { SeededRandom } from "../../src/lib/random.ts";
import { sha1, SHA1_BYTES } from "../../src/lib/sha1.ts";

Deno.test("sha1() gives the digests of the runtime's own, wherever the message lies", () => {
  const random = new SeededRandom(1);
  const digest = new Uint8Array(SHA1_BYTES);
  for (let length = 0; length < 400; length++) {
    const start = random.below(20);
    const bytes = random.secureBytes(start + length + random.below(20));
    sha1(bytes, start, length, digest);
    const expected = createHash("sha1").update(bytes.subarray(start, start + length)).digest();
    assertEquals(digest, Uint8Array.from(expected), `${length} bytes`);
  }
});

Deno.test("sha1() may write the digest over the message", () => {
  const message = new Uint8Array(SHA1_BYTES).fill(7);
  const expected = Uint8Array.from(createHash("sha1").update(message).digest());
  sha1(message, 0, SHA1_BYTES, message);
  assertEquals(message, expected);
});
