import { assertEquals } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { startServer } from "../../src/mod.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { compare, describeRequest, problem, withPair } from "../support/differential.ts";
import { effort } from "../support/effort.ts";
import { Oracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";

const skip = { ignore: problem !== undefined };
const suffix = problem === undefined ? "" : ` (skipped: ${problem})`;

/** Sends bytes, then QUIT, and returns all that comes back until the connection ends. */
async function exchange(port: number, bytes: Uint8Array): Promise<string> {
  using client = await RespClient.connect(port);
  // The server may close while we still send.
  await client.send(bytes).catch(() => {});
  await client.send(fromLatin1("*1\r\n$4\r\nQUIT\r\n")).catch(() => {});
  return await client.readToEnd();
}

Deno.test({
  name: `broken requests get redis-server's errors, and then the connection closes${suffix}`,
  ...skip,
  async fn() {
    await using oracle = await Oracle.start();
    await using server = await startServer({ port: "0" });
    const requests = [
      "*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n",
      "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n",
      "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n",
      "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n",
      "*3000000000\r\n",
      "*20000000\r\n",
      "*-10\r\nPING\r\n",
      "*blabla\r\n",
      "*1\r\nfoo\r\n",
      "*1\r\n\x01oo\r\n",
      "\r\n\r\nPING\r\n",
      "PING\n",
      "  PING  \r\n",
      "SET k 'a b'\r\nGET k\r\n",
      'SET k "a\\x41\\n\\"b"\r\nGET k\r\n',
      "SET k 'it\\'s'\r\nGET k\r\n",
      'set """test-key""" test-value\r\n',
      'GET "unbalanced\r\n',
      "GET 'a'b\r\n",
      "*0\r\n*-1\r\nPING\r\n",
      "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n",
      "ping\r\nfoo bar\r\nECHO hi\r\n",
      "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
      "*2\r\n$4\r\nECHO\r\n$00\r\n\r\n",
      "*1\r\n$4\r\nQUIT\r\nPING\r\n",
      "*99999999999999999999999999\r\n",
      "*1\r\n$99999999999999999999\r\n",
    ];
    for (const request of requests) {
      const [actual, expected] = await Promise.all(
        [server.port, oracle.port].map((port) => exchange(port, fromLatin1(request))),
      );
      assertEquals(actual, expected, JSON.stringify(request));
    }
  },
});

Deno.test({
  name: `a pipeline cut at any byte gets the same replies${suffix}`,
  ...skip,
  async fn() {
    await using oracle = await Oracle.start();
    await using server = await startServer({ port: "0" });
    const random = new SeededRandom(31);
    for (let round = 0; round < 40; round++) {
      const words = Array.from(
        { length: 40 },
        (_, i) =>
          i % 3 === 0
            ? ["SET", `k${random.below(5)}`, "v".repeat(random.below(300))]
            : i % 3 === 1
            ? ["GET", `k${random.below(5)}`]
            : ["APPEND", `k${random.below(5)}`, "x"],
      );
      const text = words.map((request) => encodeRequest(request));
      const bytes = new Uint8Array(await new Blob(text as BlobPart[]).arrayBuffer());
      const replies = await Promise.all([server.port, oracle.port].map(async (port) => {
        using client = await RespClient.connect(port);
        await client.call("FLUSHALL");
        const cuts = new SeededRandom(round);
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + cuts.below(200);
          await client.send(bytes.subarray(at, end));
          at = end;
        }
        await client.send(fromLatin1("QUIT\r\n"));
        return await client.readToEnd();
      }));
      assertEquals(replies[0], replies[1]);
    }
  },
});

/** Deadlines in seconds since 1970: from now on would not be the same moment for both servers. */
const SOON = "4000000000";
const LATER = "4100000000";

/** Requests made by chance: mostly sensible, sometimes not. */
function randomRequest(random: SeededRandom): (string | Uint8Array)[] {
  const pick = <T>(from: readonly T[]) => from[random.below(from.length)];
  const key = () => pick(["a", "b", "c", "d", "number", "bits"]);
  const integer = () => pick([0, 1, -1, 2, 7, 8, 100, -100, 2 ** 31, 2 ** 53].map(String));
  const value = () =>
    pick<() => string | Uint8Array>([
      integer,
      () => "hello",
      () => "",
      () => "3.25",
      () => "x".repeat(random.below(100)),
      () => Uint8Array.from({ length: random.below(20) }, () => random.below(256)),
    ])();
  const small = () => String(random.below(40) - 10);
  return pick<() => (string | Uint8Array)[]>([
    () => ["SET", key(), value()],
    () => ["SET", key(), value(), pick(["NX", "XX", "GET", "KEEPTTL", "BAD"])],
    () => ["SET", key(), value(), "EXAT", pick([SOON, LATER, "0", "abc"])],
    () => ["GET", key()],
    () => ["GETDEL", key()],
    () => ["GETEX", key(), pick(["PERSIST", "BAD"])],
    () => ["APPEND", key(), value()],
    () => ["STRLEN", key()],
    () => ["SETRANGE", key(), small(), value()],
    () => ["GETRANGE", key(), small(), small()],
    () => [pick(["INCR", "DECR"]), key()],
    () => [pick(["INCRBY", "DECRBY"]), key(), integer()],
    () => ["INCRBYFLOAT", key(), pick(["0.1", "-3.5", "1e3", "abc"])],
    () => ["SETBIT", key(), small(), pick(["0", "1", "2"])],
    () => ["GETBIT", key(), small()],
    () => ["BITCOUNT", key(), small(), small(), pick(["BIT", "BYTE"])],
    () => ["BITPOS", key(), pick(["0", "1"]), small(), small(), pick(["BIT", "BYTE"])],
    () => ["BITOP", pick(["AND", "OR", "XOR", "NOT"]), key(), key(), key()],
    () => ["BITOP", "NOT", key(), key()],
    () => [
      ...["BITFIELD", key(), "OVERFLOW", pick(["WRAP", "SAT", "FAIL"]), "INCRBY"],
      ...[`${pick(["i", "u"])}${1 + random.below(63)}`, small(), integer()],
    ],
    () => [
      ...[
        "BITFIELD",
        key(),
        "SET",
        `${pick(["i", "u"])}${1 + random.below(63)}`,
        `#${random.below(9)}`,
      ],
      ...[integer(), "GET", `i${1 + random.below(64)}`, String(random.below(70))],
    ],
    () => ["MSET", key(), value(), key(), value()],
    () => ["MSETNX", key(), value(), key(), value()],
    () => ["MGET", key(), key(), key()],
    () => ["DEL", key()],
    () => ["EXISTS", key(), key()],
    () => ["EXPIREAT", key(), pick([SOON, LATER, "1"]), pick(["NX", "XX", "GT", "LT"])],
    () => ["PERSIST", key()],
    () => ["EXPIRETIME", key()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["OBJECT", "ENCODING", key()],
    () => ["TYPE", key()],
    () => ["LCS", key(), key(), pick(["LEN", "IDX"])],
    () => ["DBSIZE"],
  ])();
}

Deno.test({
  name: `random requests get the same replies, and leave the same data${suffix}`,
  ...skip,
  fn: () =>
    withPair(async (pair) => {
      for (let seed = effort; seed < effort + 6 * effort; seed++) {
        const random = new SeededRandom(seed);
        await Promise.all([pair.ours, pair.oracle].map((client) => client.call("FLUSHALL")));
        for (let i = 0; i < 2500; i++) {
          const request = randomRequest(random);
          const difference = await compare(pair, request, "");
          const context = `seed ${seed}, request ${i}: ${describeRequest(request)}`;
          assertEquals(difference, undefined, context);
        }
        assertEquals(await compare(pair, ["DEBUG", "DIGEST"], ""), undefined, `seed ${seed}`);
        await pair.ours.call("DEBUG", "ARENA").then(({ type }) => assertEquals(type, "$"));
      }
    }),
});
