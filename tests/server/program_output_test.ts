/** The program and whoever reads what it prints. */
import { assertEquals } from "@std/assert";
import { freePort } from "../support/oracle.ts";
import { programProblem } from "../support/program.ts";
import { RespClient } from "../support/resp_client.ts";

const problem = await programProblem();
const main = new URL("../../main.ts", import.meta.url).pathname;

Deno.test({
  name: `a server goes on when nobody reads its log any more${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  async fn() {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "redeno-" });
    const rights = ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"];
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", ...rights, main, "--port", `${port}`, "--dir", folder],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("Ready to accept connections")) text += (await reader.read()).value;
    await reader.cancel();
    {
      using client = await RespClient.connect(port);
      // It logs that it has saved.
      assertEquals((await client.call("SAVE")).text, "OK");
      assertEquals((await client.call("PING")).text, "PONG");
      client.call("SHUTDOWN").catch(() => {});
      assertEquals((await process.status).code, 0);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
