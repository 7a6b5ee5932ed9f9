import { assertEquals, assertMatch } from "@std/assert";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

Deno.test("oom-score-adj follows its directives, and gives back what was there before", async () => {
  const host = new MemoryHost();
  host.score = 22;
  const server = await new LocalServer(host, {}).start();
  const set = (...words: string[]) => server.ask("CONFIG", "SET", ...words);
  assertEquals(set("oom-score-adj-values", "9 20 30"), "OK");
  assertEquals(host.score, 22);
  assertEquals(set("oom-score-adj", "yes"), "OK");
  assertEquals(host.score, 31);
  assertEquals(set("oom-score-adj", "absolute"), "OK");
  assertEquals(host.score, 9);
  assertEquals(set("oom-score-adj-values", "2000 2000 2000"), "OK");
  assertEquals(host.score, 1000);
  assertEquals(set("oom-score-adj", "no"), "OK");
  assertEquals(host.score, 22);
  for (const values of ["-2001 0 0", "0 0 2001", "x 0 0"]) {
    assertMatch(set("oom-score-adj-values", values)!, /must be between -2000 and 2000/);
  }
  host.score = undefined;
  assertMatch(set("oom-score-adj", "yes")!, /Failed to set current oom_score_adj/);
  assertEquals(server.run(["CONFIG", "GET", "oom-score-adj"])[0].elements[1].text, "no");
});
