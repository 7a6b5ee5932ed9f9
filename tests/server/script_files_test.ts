/** What scripts have changed is what the append-only file brings back. */
import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { RandomScripts } from "../support/random_scripts.ts";

const SEEDS = 10;
const SCRIPTS_PER_SEED = 20;

const start = (host: MemoryHost) => new LocalServer(host, { appendonly: "yes" }).start();

Deno.test("the append-only file repeats what random scripts have changed", async () => {
  for (let seed = effort; seed < effort + SEEDS * effort; seed++) {
    const host = new MemoryHost();
    const scripts = new RandomScripts(new SeededRandom(seed));
    const local = await start(host);
    for (let i = 0; i < SCRIPTS_PER_SEED; i++) {
      // Some in a transaction, among other requests.
      const request = ["EVAL", fromLatin1(scripts.next()), "0"];
      if (i % 4 === 0) local.run(["MULTI"], ["INCR", "count"], request, ["EXEC"]);
      else local.run(request);
    }
    const digest = local.digest();
    assertEquals(local.log.filter((line) => line.includes("Internal error")), []);
    local.server.stop();
    const loaded = await start(host);
    assertEquals(loaded.digest(), digest, `seed ${seed}`);
    loaded.server.stop();
  }
});
