import { assertEquals, assertNotEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { ReplicationHistory } from "../../src/replication/history.ts";
import { property } from "../support/property.ts";

property(
  "a history covers who has seen a part of it, and nobody who has seen anything else",
  { trials: 200, size: 12 },
  (chance) => {
    const history = new ReplicationHistory(new SeededRandom(chance.below(1000)));
    /** Each byte of the stream, under every id that it had. */
    let before = "";
    let beforeEnd = -1;
    chance.run({
      "2 advance": () => history.advance(chance.below(4)),
      promote: () => {
        [before, beforeEnd] = [history.id, history.offset];
        history.promote();
        assertNotEquals(history.id, before);
      },
      renamed: () => {
        [before, beforeEnd] = [history.id, history.offset];
        history.renamed(String(chance.below(10)).repeat(40));
        if (history.id === before) before = "not known";
      },
      "renamed to the same": () => history.renamed(history.id),
      follow: () => {
        const [id, offset] = ["f".repeat(40), chance.below(100)];
        history.follow(id, offset);
        assertEquals([history.id, history.offset], [id, offset]);
        before = "";
      },
      restart: () => {
        const { offset } = history;
        history.restart();
        assertEquals(history.offset, offset);
        before = "";
      },
    });
    assertEquals(history.covers(history.id, history.offset + 1), true);
    assertEquals(history.covers(history.id.toUpperCase(), 1), true);
    assertEquals(history.covers("?", -1), false);
    assertEquals(history.covers("e".repeat(40), 1), false);
    if (before === "not known") return;
    if (before === "") {
      assertEquals([history.secondId, history.secondOffset], ["0".repeat(40), -1]);
      return;
    }
    assertEquals(history.covers(before, beforeEnd + 1), true);
    if (before !== history.id) assertEquals(history.covers(before, beforeEnd + 2), false);
  },
);
