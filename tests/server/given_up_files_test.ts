/** Files that are given up while they are made safe. */
import { assertEquals, assertRejects } from "@std/assert";
import { DenoHost } from "../../src/platform/deno/host.ts";
import { programProblem } from "../support/program.ts";

const problem = await programProblem();

Deno.test({
  name: "a file that is given up while it is made safe does not take the name of the next one" +
    (problem === undefined ? "" : ` (skipped: ${problem})`),
  ignore: problem !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const host = new DenoHost();
      host.useDirectory(folder);
      const first = host.beginFile("dump", "temp");
      first.write(new Uint8Array([1]));
      const finished = first.finish();
      first.abort();
      const second = host.beginFile("dump", "temp");
      second.write(new Uint8Array([2]));
      await assertRejects(() => finished);
      first.abort();
      assertEquals(host.hasFile("dump"), false);
      await second.finish();
      second.abort();
      assertEquals([...host.readFile("dump")], [2]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
