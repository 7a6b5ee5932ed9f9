/**
 * `deno run -A tests/bench/long_commands.ts [pattern]`: how long commands on 500,000 elements hold everybody up, on this server and on
 * redis-server (or the program that REDIS_SERVER names), in turns. Medians of the milliseconds that each server's own slow log tells, with
 * the least and the most, and their ratio; then the ratio of the times until all of the reply has come.
 *
 * @module
 */
import { latin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { MeasuredServer } from "./servers.ts";

const ELEMENTS = 500_000;
const ROUNDS = 5;
const BATCH = 1000;
const END = "the end of the reply";

const member = (i: number) => `element:${String(i).padStart(9, "0")}`;
/** Numbers in no order, each once. */
const scattered = (i: number) => (i * 7919) % ELEMENTS;

/** What the data is, a thousand elements a request. */
const FILLS: Readonly<Record<string, (i: number) => string[]>> = {
  "SADD s1": (i) => [member(scattered(i))],
  "SADD s2": (i) => [member(scattered(i) + ELEMENTS / 2)],
  "SADD ints": (i) => [String(scattered(i))],
  "ZADD z1": (i) => [String(scattered(i)), member(i)],
  "ZADD z2": (i) => [`${scattered(i)}.5`, member(i + ELEMENTS / 2)],
  "GEOADD geo": (i) => [`${i * 0.36e-3 % 180}`, `${scattered(i) * 0.17e-3 % 85}`, member(i)],
  "RPUSH numbers": (i) => [String(scattered(i))],
  "RPUSH names": (i) => [member(scattered(i))],
  "HSET h": (i) => [member(i), `value:${i}`],
};

/** What is measured, by the slow log's name for it. Those that store do so under `to`, which is deleted before. */
const COMMANDS: readonly string[] = [
  "SORT numbers",
  "SORT numbers LIMIT 0 10",
  "SORT numbers LIMIT 0 10 DESC",
  "SORT names ALPHA",
  "SORT names ALPHA LIMIT 1000 10",
  "SORT numbers BY w:*",
  "SORT numbers BY w:* LIMIT 0 10 GET w:* GET #",
  "SORT ints",
  "SORT numbers STORE to",
  "SORT numbers BY nosort GET w:*",
  "DEBUG DIGEST-VALUE h s1 z1 names",
  "SMEMBERS s1",
  "SUNION s1 s2",
  "SUNIONSTORE to s1 s2",
  "SINTER s1 s2",
  "SINTERSTORE to s1 s2",
  "SINTERCARD 2 s1 s2",
  "SDIFF s1 s2",
  "SDIFFSTORE to s1 s2",
  "ZUNION 2 z1 z2 WITHSCORES",
  "ZUNIONSTORE to 2 z1 z2",
  "ZINTER 2 z1 z2",
  "ZINTERSTORE to 2 z1 z2",
  "ZINTERCARD 2 z1 z2",
  "ZDIFF 2 z1 z2",
  "ZDIFFSTORE to 2 z1 z2",
  "ZUNIONSTORE to 2 s1 s2",
  "ZRANGE z1 0 -1",
  "ZRANGE z1 0 -1 REV",
  "ZRANGE z1 0 -1 WITHSCORES",
  "ZRANGE z2 0 -1 WITHSCORES",
  "ZRANGEBYSCORE z1 -inf +inf",
  "ZRANGEBYLEX z1 - +",
  "ZRANGESTORE to z1 0 -1",
  "ZREMRANGEBYRANK to 0 -1",
  "LRANGE names 0 -1",
  "HGETALL h",
  "HKEYS h",
  "HVALS h",
  "KEYS *",
  "KEYS *99",
  "KEYS nothing*",
  "COPY s1 to",
  "COPY z1 to",
  "COPY h to",
  "DUMP z1",
  "GEOSEARCH geo FROMLONLAT 90 40 BYRADIUS 5000 km",
  "GEOSEARCH geo FROMLONLAT 90 40 BYRADIUS 5000 km ASC COUNT 10 WITHDIST",
  "GEOSEARCHSTORE to geo FROMLONLAT 90 40 BYRADIUS 5000 km",
  "BITCOUNT bits1",
  "BITOP AND to bits1 bits2",
  "BITOP XOR to bits1 bits2",
  "BITOP NOT to bits1",
  "BITPOS zeros 1",
  "GETRANGE bits1 1 90000000",
  "LREM names 0 nothing",
  "LPOS names nothing",
  "LINSERT names BEFORE nothing x",
  "DEL to",
];

/** A connection that does not look at replies, only for where they end. */
class Wire implements Disposable {
  readonly #buffer = new Uint8Array(2 ** 20);

  private constructor(private readonly socket: Deno.TcpConn) {}

  static async connect(port: number): Promise<Wire> {
    return new Wire(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a request and reads until all of its reply has come; returns the milliseconds. */
  async run(words: readonly string[]): Promise<number> {
    const start = performance.now();
    await this.#send([...encodeRequest(words), ...encodeRequest(["ECHO", END])]);
    const tail = `${END}\r\n`;
    for (let last = ""; !last.endsWith(tail);) {
      const count = await this.#read();
      last = (last + latin1(this.#buffer, Math.max(0, count - 64), Math.min(64, count))).slice(-64);
    }
    return performance.now() - start;
  }

  /** Sends a request and returns its reply as it comes, which must be short. */
  async ask(words: readonly string[]): Promise<string> {
    await this.#send([...encodeRequest(words)]);
    return latin1(this.#buffer, 0, await this.#read());
  }

  async #send(bytes: number[]): Promise<void> {
    let rest = Uint8Array.from(bytes);
    while (rest.length > 0) rest = rest.subarray(await this.socket.write(rest));
  }

  async #read(): Promise<number> {
    const count = await this.socket.read(this.#buffer);
    if (count === null) throw new Error("Cannot read: the server has closed the connection");
    return count;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** Makes the data that commands work on. */
async function fill(wire: Wire, commands: readonly string[]): Promise<void> {
  const words = new Set(commands.flatMap((command) => command.split(" ")));
  if (words.has("DEL") || words.has("ZREMRANGEBYRANK")) words.add("z1");
  for (const [command, elements] of Object.entries(FILLS)) {
    const [name, key] = command.split(" ");
    for (let first = 0; words.has(key) && first < ELEMENTS; first += BATCH) {
      const added = Array.from({ length: BATCH }, (_, i) => elements(first + i)).flat();
      await wire.ask([name, key, ...added]);
    }
  }
  for (let first = 0; (words.has("w:*") || words.has("KEYS")) && first < ELEMENTS; first += BATCH) {
    const pairs = Array.from(
      { length: BATCH },
      (_, i) => [`w:${first + i}`, `${scattered(first + i)}`],
    );
    await wire.ask(["MSET", ...pairs.flat()]);
  }
  for (const key of ["bits1", "bits2", "zeros"]) {
    if (!words.has(key)) continue;
    await wire.ask(["SETRANGE", key, "99999990", key === "zeros" ? "\0\0\0\0\0" : key]);
  }
  await wire.ask(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
}

/** Milliseconds of one run: by the slow log, and until the reply was there. */
async function measure(wire: Wire, command: string): Promise<[number, number]> {
  const words = command.split(" ");
  if (words[0] !== "DEL") await wire.ask(["UNLINK", "to"]);
  if (words[0] === "ZREMRANGEBYRANK" || words[0] === "DEL") {
    await wire.ask(["ZRANGESTORE", "to", "z1", "0", "-1"]);
  }
  const total = await wire.run(words);
  // Behind the ECHO. Its entry: number, time, microseconds.
  const [, , micros] = /:(\d+)\r\n:\d+\r\n:(\d+)\r\n/.exec(
    (await wire.ask(["SLOWLOG", "GET", "2"])).split("*6")[2],
  )!;
  return [Number(micros) / 1000, total];
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

function show(values: number[]): string {
  const figure = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return `${figure(median(values))} (${figure(Math.min(...values))}-${
    figure(Math.max(...values))
  })`;
}

const pattern = new RegExp(Deno.args[0] ?? "", "i");
await using redis = await MeasuredServer.redis("--enable-debug-command", "yes");
await using ours = await MeasuredServer.redeno(undefined, "--enable-debug-command", "yes");
using theirWire = await Wire.connect(redis.port);
using ourWire = await Wire.connect(ours.port);
const chosen = COMMANDS.filter((name) => pattern.test(name));
await Promise.all([fill(theirWire, chosen), fill(ourWire, chosen)]);
console.log("| command | ours, ms | redis-server, ms | ratio | ratio with the reply |");
console.log("| --- | --- | --- | --- | --- |");
for (const command of chosen) {
  const [mine, theirs]: number[][][] = [[[], []], [[], []]];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [wire, figures] of [[theirWire, theirs], [ourWire, mine]] as const) {
      const both = await measure(wire, command);
      // The first time is for warming.
      if (round > 0) both.forEach((ms, i) => figures[i].push(ms));
    }
  }
  const ratios = [0, 1].map((i) => (median(mine[i]) / median(theirs[i])).toFixed(2));
  console.log(`| ${[command, show(mine[0]), show(theirs[0]), ...ratios].join(" | ")} |`);
}
