import { assertEquals } from "@std/assert";
import type { Client } from "../../src/clients/client.ts";
import { SlowLog, type SlowLogEntry } from "../../src/telemetry/slow_log.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { property } from "../support/property.ts";

/** As Redis shortens: 32 words, the last of which says how many more there were, and 128 bytes of each. */
function shown(words: readonly string[], redacted: readonly number[]): string[] {
  const kept = words.length > 32 ? words.slice(0, 31) : words;
  const short = kept.map((word, i) => redacted.includes(i) ? "(redacted)" : word)
    .map((word) =>
      word.length > 128 ? `${word.slice(0, 128)}... (${word.length - 128} more bytes)` : word
    );
  return words.length > 32 ? [...short, `... (${words.length - 31} more arguments)`] : short;
}

property(
  "the slow log holds the last requests that took long enough, newest first, and no more than it may",
  { trials: 60, size: 60 },
  (chance) => {
    const log = new SlowLog();
    let model: SlowLogEntry[] = [];
    let id = 0;
    chance.run({
      "6 add": () => {
        const words = Array.from(
          { length: chance.pick([1, 3, 31, 32, 33, 40]) },
          () => chance.pick(["a", "\xff"]).repeat(chance.pick([0, 3, 127, 128, 129, 300])),
        );
        const redacted = chance.list(2, () => chance.below(words.length));
        const client = { name: chance.text(3, "ab"), connection: { remoteAddress: "a:1" } };
        const [microseconds, nowMs] = [chance.below(40) / 2, chance.below(10_000)];
        const args = new Arguments();
        args.assign(words.map(fromLatin1));
        log.add(args, redacted, client as Client, microseconds, nowMs);
        const { thresholdMicroseconds, maxLength } = log;
        if (thresholdMicroseconds < 0 || microseconds < thresholdMicroseconds) return;
        model = [{
          id: id++,
          seconds: Math.floor(nowMs / 1000),
          microseconds: Math.floor(microseconds),
          words: shown(words, redacted),
          address: "a:1",
          clientName: client.name,
        }, ...model].slice(0, maxLength);
      },
      "change the threshold": () => log.thresholdMicroseconds = chance.pick([-1, 0, 5, 10]),
      "change the length": () => log.maxLength = chance.pick([0, 1, 2, 20, 128]),
      "clear": () => {
        if (!chance.oneIn(5)) return;
        log.clear();
        model = [];
      },
      "look": () => {
        const count = chance.below(model.length + 3);
        assertEquals(log.latest(count), model.slice(0, count));
      },
    });
    assertEquals(log.length, model.length);
    assertEquals(log.latest(Infinity), model);
  },
);
