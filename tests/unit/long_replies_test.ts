import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { ReplyTooLarge } from "../../src/resp/reply_buffer.ts";
import { ReplyWriter } from "../../src/resp/reply_writer.ts";
import { effort } from "../support/effort.ts";

/** All that is written, as one; given back at once, and overwritten there so that nobody may use it any more. */
function takeAll(writer: ReplyWriter): string {
  const pieces: Uint8Array[] = [];
  while (writer.length > 0) {
    const piece = writer.take();
    pieces.push(piece.slice());
    piece.fill(0x21);
    writer.recycle(piece);
  }
  const bytes = concat(pieces);
  return latin1(bytes, 0, bytes.length);
}

Deno.test("ReplyWriter writes what a plain string would hold, however long", () => {
  const random = new SeededRandom(31 + effort);
  const writer = new ReplyWriter();
  const sizes = [0, 1, 90, 4000, 65_500, 65_536, 300_000, 1_048_576, 1_300_000];
  for (let round = 0; round < 16 * effort; round++) {
    let expected = "";
    let open: { begin: number; count: number } | undefined;
    const largest = 3 + random.below(sizes.length - 2);
    for (let step = 0; step < 60; step++) {
      const text = "abcdefgh".charAt(random.below(8)).repeat(
        Math.max(0, sizes[random.below(largest)] - random.below(60)),
      );
      switch (random.below(9)) {
        case 0:
        case 1:
        case 2:
          writer.bulkText(text);
          expected += `$${text.length}\r\n${text}\r\n`;
          if (open !== undefined) open.count++;
          break;
        case 3:
          writer.raw(fromLatin1(`+${text}\r\n`));
          expected += `+${text}\r\n`;
          if (open !== undefined) open.count++;
          break;
        case 4:
          writer.simple(text);
          expected += `+${text}\r\n`;
          if (open !== undefined) open.count++;
          break;
        case 5:
          open ??= { begin: writer.beginArray(), count: 0 };
          break;
        case 6:
          if (open === undefined) break;
          writer.endArray(open.begin, open.count);
          expected = `${expected.slice(0, open.begin)}*${open.count}\r\n` +
            expected.slice(open.begin);
          open = undefined;
          break;
        case 7:
          if (random.below(3) > 0) break;
          expected = expected.slice(0, random.below(expected.length + 1));
          writer.truncate(expected.length);
          open = undefined;
          break;
        case 8:
          if (random.below(6) > 0) break;
          assert(takeAll(writer) === expected, `round ${round}, step ${step}`);
          expected = "";
          open = undefined;
      }
      assertEquals(writer.length, expected.length);
    }
    assert(takeAll(writer) === expected, `round ${round}`);
  }
});

Deno.test("ReplyWriter keeps no more than its limit and a step, whatever the size of what is written", () => {
  for (const limit of [0, 1000, 65_536, 100_000, 1_000_000, 5_000_000]) {
    for (const size of [1, 100, 40_000, 70_000, 700_000, 20_000_000]) {
      const writer = new ReplyWriter();
      let reached = 0;
      writer.limit = limit;
      writer.onLimit = () => reached++;
      const element = new Uint8Array(size);
      // It looks where a chunk is full, and chunks double up to a megabyte.
      const most = Math.max(65_536, Math.min(limit * 2, limit + 2 ** 20));
      for (let written = 0; written < limit + 3_000_000; written += size) {
        writer.bulkBytes(element);
        assert(writer.length <= most, `${limit} ${size}: ${writer.length}`);
      }
      assertEquals(reached, 1, `${limit} ${size}`);
      writer.simple("dropped");
      writer.clear();
      writer.limit = Infinity;
      writer.simple("for the next");
      assertEquals(takeAll(writer), "+for the next\r\n");
    }
  }
});

Deno.test("ReplyWriter stops a body that may be stopped, and no other", () => {
  const writer = new ReplyWriter();
  writer.limit = 100_000;
  const write = () => {
    for (let i = 0; i < 100_000; i++) writer.integer(i);
  };
  write();
  writer.mayStop = true;
  assertThrows(write, ReplyTooLarge);
  writer.mayStop = false;
  writer.clear();
  writer.simple("still there");
  assertEquals(takeAll(writer), "+still there\r\n");
});

Deno.test("ReplyWriter keeps what came before it was muted, and after", () => {
  for (const before of [10, 65_530, 900_000, 2_000_000]) {
    for (const muted of [10, 65_530, 3_000_000]) {
      const writer = new ReplyWriter();
      writer.limit = 4_000_000;
      writer.onLimit = () => assert(false);
      writer.simple("x".repeat(before));
      const { length } = writer;
      writer.mute();
      for (let i = 0; i < 3; i++) writer.bulkBytes(new Uint8Array(muted));
      const begin = writer.beginArray();
      for (let i = 0; i < 20_000; i++) writer.integer(i);
      writer.endArray(begin, 20_000);
      writer.truncate(length);
      writer.unmute();
      writer.simple("after");
      assert(takeAll(writer) === `+${"x".repeat(before)}\r\n+after\r\n`, `${before} ${muted}`);
    }
  }
});
