/**
 * Both servers side by side under requests with odd arguments: their replies, the events that they publish, the changes that they count and
 * the data that they end with are the same.
 *
 * @module
 */
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { describeRequest, type Pair } from "./differential.ts";
import { SEEDS } from "./odd_requests.ts";
import { type Reply, RespClient, show } from "./resp_client.ts";

/** Replies whose elements have no order that the two servers could share. */
const UNORDERED =
  /^(SMEMBERS|SINTER|SUNION|SDIFF|HGETALL|HKEYS|HVALS|KEYS|SCAN|SSCAN|HSCAN|ZSCAN)$/;
/** Replies that chance makes: only their shape is compared. */
const RANDOM = /^(SPOP|SRANDMEMBER|HRANDFIELD|ZRANDMEMBER|RANDOMKEY)$/;
/** Replies with times in them, or with what the servers are made of inside. */
const TIMED = /^(P?TTL|P?EXPIRETIME|XPENDING|XINFO|OBJECT)$/;
/** Requests that look at keys in an order of the server's own, and so tell of misses and expired keys in it. */
const HAPPENING = /^(SORT|SORT_RO|SCAN|RANDOMKEY)$/;
const PART = "a part";
const TOLERANCE = 20_000;

/** One side of the comparison. */
class Side implements Disposable {
  #token = 0;
  #changes = 0;

  private constructor(
    readonly client: RespClient,
    private readonly subscriber: RespClient,
  ) {}

  static async connect(client: RespClient, port: number): Promise<Side> {
    await client.call("CONFIG", "SET", "notify-keyspace-events", "EAnm");
    await client.call("CONFIG", "SET", "proto-max-bulk-len", "1048576");
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    const subscriber = await RespClient.connect(port);
    await subscriber.call("PSUBSCRIBE", "*");
    return new Side(client, subscriber);
  }

  async run(requests: readonly (readonly string[])[]): Promise<Reply[]> {
    for (const words of requests) await this.client.send(encodeRequest(words.map(fromLatin1)));
    const replies: Reply[] = [];
    for (const _ of requests) replies.push(await this.client.read());
    return replies;
  }

  /** What the server has published since the last call. */
  async events(): Promise<string[]> {
    const token = `token:${this.#token++}`;
    await this.client.call("PUBLISH", token, "");
    const events: string[] = [];
    for (;;) {
      const [, , channel, message] = (await this.subscriber.read()).elements;
      if (channel.text === token) return events;
      events.push(`${channel.text}: ${JSON.stringify(message.text)}`);
    }
  }

  /** Empties the server; how many keys that were depends on when expired ones were met. */
  async empty(): Promise<void> {
    await this.client.call("FLUSHALL");
    await this.events();
    await this.changes();
  }

  /** How many changes the server has counted since the last call. */
  async changes(): Promise<string> {
    const info = (await this.client.call("INFO", "persistence")).text!;
    const changes = Number(/rdb_changes_since_last_save:(\d+)/.exec(info)![1]);
    const before = this.#changes;
    this.#changes = changes;
    return String(changes - before);
  }

  [Symbol.dispose](): void {
    this.subscriber.close();
  }
}

/** What {@link OddComparison} has found. */
export interface Difference {
  /** The request, or what it was about. */
  readonly request: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Compares two servers request by request. */
export class OddComparison implements Disposable {
  /** How many replies were compared. */
  compared = 0;

  private constructor(private readonly ours: Side, private readonly theirs: Side) {}

  static async connect({ ours, oracle, ports }: Pair): Promise<OddComparison> {
    return new OddComparison(
      await Side.connect(ours, ports.ours),
      await Side.connect(oracle, ports.oracle),
    );
  }

  /** Empties both, seeds them, runs the units under the given limits of encodings and compares all that can be compared. */
  async epoch(
    units: readonly (readonly string[][])[],
    batch: number,
    limits: readonly string[],
  ): Promise<Difference[]> {
    for (const side of [this.ours, this.theirs]) {
      if (limits.length > 0) await side.client.call("CONFIG", "SET", ...limits);
      await side.empty();
    }
    const differences = await this.#run(SEEDS.map((seed) => [...seed]));
    for (const requests of batches(units, batch)) differences.push(...await this.#run(requests));
    const digests = await Promise.all(
      [this.ours, this.theirs].map(async (side) =>
        show((await side.run([["DEBUG", "DIGEST"]]))[0])
      ),
    );
    if (digests[0] !== digests[1]) differences.push(difference("DEBUG DIGEST", digests));
    return differences;
  }

  async #run(requests: readonly string[][]): Promise<Difference[]> {
    const sides = [this.ours, this.theirs];
    const replies = await Promise.all(sides.map((side) => side.run(requests)));
    const found: Difference[] = [];
    requests.forEach((words, i) => {
      const shown = [replies[0][i], replies[1][i]].map((reply) => comparable(words, reply));
      const asked = words[0] === "EXEC" ? requests[i - 1] : words;
      if (!isSame(asked, shown)) found.push(difference(describeRequest(asked), shown));
    });
    this.compared += requests.length;
    const events = await Promise.all(
      sides.map(async (side) => (await side.events()).join("\n    ")),
    );
    const changes = await Promise.all(sides.map((side) => side.changes()));
    const about = requests.map(describeRequest).join("; ");
    if (events[0] !== events[1] && !requests.some(isHappening)) {
      found.push(difference(`events of ${about}`, events));
    }
    if (changes[0] !== changes[1]) found.push(difference(`changes of ${about}`, changes));
    return found;
  }

  [Symbol.dispose](): void {
    this.ours[Symbol.dispose]();
    this.theirs[Symbol.dispose]();
  }
}

const isHappening = ([name]: readonly string[]) => HAPPENING.test(name);

/** The requests of so many units at a time; of one at a time if its events are not compared. */
function* batches(units: readonly (readonly string[][])[], size: number): Generator<string[][]> {
  let batch: string[][] = [];
  for (const unit of units) {
    const isAlone = unit.some(isHappening);
    if (batch.length > 0 && (isAlone || batch.length >= size)) {
      yield batch;
      batch = [];
    }
    batch.push(...unit.flatMap(withoutChance));
    if (!isAlone) continue;
    // Whatever has expired is met by both now.
    batch.push(["SCAN", "0", "COUNT", "100000"]);
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** After a request that removes what chance picks, the key is deleted: the servers would not agree any more. */
function withoutChance(words: string[]): string[][] {
  return words[0].toUpperCase() === "SPOP" && words.length > 1
    ? [words, ["DEL", words[1]]]
    : [words];
}

function comparable(words: readonly string[], reply: Reply): string {
  const command = words[0].toUpperCase();
  if (RANDOM.test(command) && reply.type !== "-") return `${reply.type}${reply.elements.length}`;
  if (isUnordered(command, words) && reply.type !== "-") return unordered(words, reply);
  return show(reply);
}

/** Sorting by values that are missing leaves all elements equal, and what Redis does with those is as its algorithm happens to do. */
function isUnordered(command: string, words: readonly string[]): boolean {
  const isSort = /^SORT(_RO)?$/.test(command);
  return UNORDERED.test(command) || isSort && words.some((word) => /^(BY|ALPHA)/i.test(word));
}

/** The elements in an order of their own; of a walk that is not over, or is in the middle, only the shape. */
function unordered(words: readonly string[], reply: Reply): string {
  if (!/SCAN$/i.test(words[0])) return reply.elements.map(show).sort().join(" ");
  const [cursor, elements] = reply.elements;
  const isMiddle = !/^[+-]?0*(\0|$)/.test(words[words[0].length > 4 ? 2 : 1]);
  if (cursor.text !== "0" || isMiddle) return PART;
  return elements.elements.map(show).sort().join(" ");
}

function isSame(words: readonly string[], [ours, theirs]: readonly string[]): boolean {
  if (ours === theirs) return true;
  // One server may be through with a walk where the other is not.
  if (ours === PART && isArray(theirs) || theirs === PART && isArray(ours)) return true;
  if (!TIMED.test(words[0].toUpperCase())) return false;
  const [a, b] = [ours, theirs].map((text) => text.split(/(?<=:")(-?\d+)(?=")/));
  return a.length === b.length &&
    a.every((part, i) =>
      part === b[i] || i % 2 === 1 && Math.abs(Number(part) - Number(b[i])) < TOLERANCE
    );
}

const isArray = (shown: string) => !shown.startsWith("-");

function difference(request: string, [ours, theirs]: readonly string[]): Difference {
  return { request, ours, theirs };
}
