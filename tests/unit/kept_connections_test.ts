import { assertEquals } from "@std/assert";
import { KeptConnections } from "../../src/ports/kept_connections.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";

Deno.test("KeptConnections keeps 64 at most, and closes each of them once", () => {
  const clock = new ManualClock();
  const kept = new KeptConnections(clock);
  const closed: number[] = [];
  const connection = (i: number) => ({
    send: () => Promise.resolve(),
    receive: () => Promise.resolve(undefined),
    close: () => void closed.push(i),
  });
  for (let i = 0; i < 66; i++) kept.keep(`host:${i}`, connection(i), i);
  assertEquals([kept.size, closed], [64, [0, 1]]);
  assertEquals(kept.take("host:1"), undefined);
  // Who has been taken is the taker's to close.
  const taken = kept.take("host:2")!;
  assertEquals([taken.database, kept.take("host:2"), kept.size], [2, undefined, 63]);
  clock.advance({ seconds: 9 });
  kept.keep("host:2", taken.connection, undefined);
  clock.advance({ milliseconds: 1001 });
  kept.closeIdle();
  assertEquals([kept.size, closed.length], [1, 2 + 63]);
  kept.closeAll();
  assertEquals(closed.toSorted((a, b) => a - b), Array.from({ length: 66 }, (_, i) => i));
});
