import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { Backlog } from "../../src/replication/backlog.ts";
import { property } from "../support/property.ts";

/** Everything from number `offset` on. */
function readAll(backlog: Backlog, offset: number): Uint8Array {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = offset;;) {
    const piece = backlog.read(at);
    if (piece === undefined) return concat(pieces);
    pieces.push(piece);
    at += piece.length;
  }
}

property(
  "a backlog holds the newest bytes, and those that are needed, under their numbers",
  { trials: 200, size: 40 },
  (chance) => {
    const first = chance.pick([1, 2, 2 ** 40]);
    const backlog = new Backlog(chance.between(1, 70), first);
    /** All bytes that were ever added. */
    const stream: number[] = [];
    let neededFrom = Infinity;
    const read: { readonly piece: Uint8Array; readonly copy: Uint8Array }[] = [];
    chance.run({
      "4 append": () => {
        const bytes = Uint8Array.from(
          { length: chance.pick([0, 1, 7, 40, 200]) },
          () => chance.below(256),
        );
        const start = chance.below(bytes.length + 1);
        const length = chance.below(bytes.length - start + 1);
        backlog.append(bytes, start, length);
        stream.push(...bytes.subarray(start, start + length));
        bytes.fill(0);
        backlog.trim(neededFrom);
      },
      "resize": () => {
        backlog.size = chance.between(1, 150);
        backlog.trim(neededFrom);
      },
      "need": () => neededFrom = chance.between(backlog.first, backlog.end),
      "need nothing": () => neededFrom = Infinity,
      "read": () => {
        const piece = backlog.read(chance.between(backlog.first, backlog.end));
        if (piece !== undefined) read.push({ piece, copy: piece.slice() });
      },
    });
    assertEquals(backlog.end, first + stream.length);
    assertEquals(backlog.length, backlog.end - backlog.first);
    const kept = Math.min(stream.length, backlog.size);
    // A backlog that has become larger does not get back what it dropped before.
    if (!chance.steps.includes("resize")) assertEquals(backlog.length >= kept, true);
    assertEquals(backlog.first <= neededFrom, true);
    assertEquals(backlog.has(backlog.first - 1), false);
    assertEquals(backlog.has(backlog.end + 1), false);
    for (let offset = backlog.first; offset <= backlog.end; offset++) {
      assertEquals(backlog.has(offset), true);
      assertEquals([...readAll(backlog, offset)], stream.slice(offset - first));
    }
    for (const { piece, copy } of read) assertEquals(piece, copy);
  },
);

Deno.test("a backlog keeps little more than its size", () => {
  const backlog = new Backlog(2 ** 20, 1);
  const unit = new Uint8Array(100_003);
  for (let i = 0; i < 100; i++) {
    backlog.append(unit, 0, unit.length);
    backlog.trim(Infinity);
    assertEquals(backlog.memoryBytes <= 2 ** 20 + 2 * 65536, true);
  }
  assertEquals(backlog.length >= 2 ** 20, true);
  backlog.size = 16384;
  backlog.trim(Infinity);
  assertEquals(backlog.memoryBytes <= 2 * 65536, true);
});
