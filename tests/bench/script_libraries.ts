/**
 * `deno run -A tests/bench/script_libraries.ts [pattern]`: what the libraries of scripts do in one call, on this server and on redis-server (or
 * the program that REDIS_SERVER names), in turns. Microseconds of processor time of a call, which depend less than others on what else the machine
 * does, and their ratio: above 1 this server is the quicker one. Scripts are run for some seconds before: V8 must have seen the code.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const WARMING_MS = 8000;
const ROUNDS = 20;
/** The turn of a server lasts so long. */
const TURN_MS = 300;
/** Of the system's clock of processes. */
const TICK_US = 10_000;

const user = (i: number) => ({
  id: i,
  name: `user ${i}`,
  email: `user${i}@example.com`,
  active: i % 2 === 0,
  score: i * 1.25,
  tags: ["a", "b", "c"],
  address: { street: `Main street ${i}`, zip: 10000 + i, geo: [12.5 + i, 48.125] },
});
const users = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => user(i)));
const sentences = "All work and no play makes Jack a dull boy.\n".repeat(2300);
const numbers = Array.from({ length: 6000 }, (_, i) => i * 1.37 + 0.001 * i);

interface Row {
  readonly name: string;
  /** What is done again and again; `x` is the argument. */
  readonly body: string;
  /** What is done once. */
  readonly setup?: string;
  readonly argument?: string;
  readonly calls: number;
}

const ROWS: readonly Row[] = [
  { name: "JSON of 1 KB, both ways", body: "encode(decode(x))", argument: users(6), calls: 200 },
  { name: "JSON of 100 KB, both ways", body: "encode(decode(x))", argument: users(560), calls: 4 },
  { name: "cjson.decode, 100 KB", body: "decode(x)", argument: users(560), calls: 4 },
  {
    name: "cjson.encode, 100 KB",
    setup: "x = decode(x)",
    body: "encode(x)",
    argument: users(560),
    calls: 4,
  },
  {
    name: "one text of 100 KB, both ways",
    body: "encode(decode(x))",
    argument: JSON.stringify([sentences]),
    calls: 20,
  },
  {
    name: "6000 fractions, both ways",
    body: "encode(decode(x))",
    argument: JSON.stringify(numbers),
    calls: 4,
  },
  {
    name: "cmsgpack of the same 1 KB",
    setup: "x = decode(x)",
    body: "unpack(pack(x))",
    argument: users(6),
    calls: 200,
  },
  {
    name: "cmsgpack of the same 100 KB",
    setup: "x = decode(x)",
    body: "unpack(pack(x))",
    argument: users(560),
    calls: 4,
  },
  {
    name: "struct, 4 values, both ways",
    setup: "local pack, unpack = struct.pack, struct.unpack",
    body: "unpack('>ihds', pack('>ihds', i, 7, 0.5, 'abc'))",
    calls: 10000,
  },
  { name: "bit.bxor of a shift", body: "bxor(i, lshift(i, 3))", calls: 50000 },
];

const scriptOf = ({ body, setup = "", calls }: Row) => `
  local encode, decode, pack, unpack = cjson.encode, cjson.decode, cmsgpack.pack, cmsgpack.unpack
  local bxor, lshift = bit.bxor, bit.lshift
  local x = ARGV[1]
  ${setup}
  for i = 1, ${calls} do local _ = ${body} end
  return 'done'`;

/** Runs a script until time is over; returns how many calls that were. */
async function run(client: RespClient, row: Row, ms: number): Promise<number> {
  let calls = 0;
  for (const end = performance.now() + ms; performance.now() < end; calls += row.calls) {
    const reply = await client.call("EVAL", scriptOf(row), "0", row.argument ?? "");
    if (reply.type === "error") throw new Error(`${row.name}: ${reply.text}`);
  }
  return calls;
}

interface Side {
  readonly server: MeasuredServer;
  readonly client: RespClient;
}

async function measure(sides: readonly Side[], row: Row): Promise<string> {
  await run(sides[0].client, row, WARMING_MS);
  const ticks = sides.map(() => 0);
  const calls = sides.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { client, server }] of sides.entries()) {
      const before = server.cpuTicks();
      calls[i] += await run(client, row, TURN_MS);
      ticks[i] += server.cpuTicks() - before;
    }
  }
  const times = ticks.map((count, i) => count * TICK_US / calls[i]);
  const columns = times.map((time) => time.toFixed(time < 10 ? 2 : 0).padStart(9)).join("");
  return `${row.name.padEnd(32)}${columns}${(times[1] / times[0]).toFixed(2).padStart(8)}`;
}

const pattern = new RegExp(Deno.args[0] ?? "", "i");
await using ourServer = await MeasuredServer.redeno();
await using redisServer = await MeasuredServer.redis();
using ourClient = await RespClient.connect(ourServer.port);
using redisClient = await RespClient.connect(redisServer.port);
console.log(`${"microseconds a call".padEnd(34)} redeno    redis   ratio`);
const sides = [
  { server: ourServer, client: ourClient },
  { server: redisServer, client: redisClient },
];
for (const row of ROWS) {
  if (pattern.test(row.name)) console.log(await measure(sides, row));
}
