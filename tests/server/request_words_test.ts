import { assertEquals } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

/** What would end the server, or never come back, or make a replica of the server or of its client. */
const LEFT_OUT =
  /^(shutdown|debug|migrate|monitor|quit|replicaof|slaveof|p?sync|client\|(kill|pause|reply))$/;
const WORDS = ["0", "1", "-1", "2", "*", "s", "l", "h", "z", "x", "t", "g", "1-1", "", "YES", "on"];
const SETUP = [
  "SET s 1",
  "RPUSH l a b",
  "HSET h f 1",
  "ZADD z 1 a 2 b",
  "XADD x 1-1 f v",
  "XGROUP CREATE x g 0",
  "SADD t 1 2",
];

Deno.test("no command reads an argument that its request does not have", async () => {
  const server = await new LocalServer(new MemoryHost(), { maxmemory: "100mb" }).start();
  const random = new SeededRandom(1);
  const [client] = server.server.clients;
  for (const { spec, parent } of server.server.commands.withSubcommands()) {
    const name = parent === undefined ? [spec.name] : [parent.spec.name, spec.name];
    if (LEFT_OUT.test(name.join("|"))) continue;
    // The options of the command's own syntax, and values for them.
    const words = [...WORDS, ...spec.syntax?.match(/\b[A-Z][A-Z-]+\b/g) ?? []];
    for (const line of SETUP) server.run(line.split(" "));
    for (let round = 0; round < 40 * effort; round++) {
      const length = Math.abs(spec.arity) - name.length + random.below(6);
      const rest = Array.from({ length }, () => words[random.below(words.length)]);
      server.run([...name, ...rest]);
      server.server.blocked.unblock(client);
      client.closesAfterReply = false;
      server.run(["RESET"]);
    }
  }
  assertEquals(server.log.filter((line) => line.includes("Internal error")), []);
});
