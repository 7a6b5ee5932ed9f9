/**
 * Copies keys from one server to another and compares them, a batch at a time.
 *
 * @module
 */
import { latin1 } from "../../lib/bytes.ts";
import { type Reply, RespError } from "../../resp/reply_reader.ts";
import type { RemoteServer } from "./remote_server.ts";
import type { ValueComparer } from "./value_comparer.ts";

/** Keys whose values are on their way together. */
const KEYS_AT_ONCE = 64;
/** A deadline that a server only tells as time to live comes out this much later or earlier, in milliseconds. */
const DEADLINE_SLACK_MS = 5000;

/** A key as it is on a server. */
interface Found {
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
  /** Its deadline in milliseconds since 1970, or the time that it has left; 0 for a key that does not expire. */
  readonly expiry: number;
}

/** Copies and compares. */
export class KeyCopier {
  /** PEXPIRETIME, or PTTL for a source before 7.0. */
  #expiryCommand = "PEXPIRETIME";

  constructor(
    private readonly source: RemoteServer,
    private readonly target: RemoteServer,
    private readonly comparer: ValueComparer,
  ) {}

  /** Finds out what the source can tell of deadlines. */
  async prepare(): Promise<void> {
    const [reply] = await this.source.batch([["PEXPIRETIME", ""]]);
    if (reply instanceof RespError) this.#expiryCommand = "PTTL";
  }

  /** Copies keys, in place of what the target has under their names. Rejects if the target refuses one. */
  async copy(keys: readonly Uint8Array[]): Promise<void> {
    for (const some of chunks(keys)) await this.#store(await this.#find(this.source, some));
  }

  /** Compares keys, and copies those that differ; resolves with how many did. */
  async compare(keys: readonly Uint8Array[]): Promise<number> {
    let differing = 0;
    for (const some of chunks(keys)) {
      const found = await this.#find(this.source, some);
      const copies = new Map(
        (await this.#find(this.target, found.map(({ key }) => key)))
          .map((copy) => [nameOf(copy.key), copy]),
      );
      const others = found.filter((original) => !this.#isSame(original, copies));
      await this.#store(others);
      differing += others.length;
    }
    return differing;
  }

  #isSame({ expiry, key, payload }: Found, copies: ReadonlyMap<string, Found>): boolean {
    const copy = copies.get(nameOf(key));
    if (copy === undefined || (copy.expiry === 0) !== (expiry === 0)) return false;
    const slackMs = this.#expiryCommand === "PTTL" ? DEADLINE_SLACK_MS : 0;
    return Math.abs(copy.expiry - expiry) <= slackMs &&
      this.comparer.areEqual(payload, copy.payload);
  }

  /** The keys that a server has of these. */
  async #find(server: RemoteServer, keys: readonly Uint8Array[]): Promise<Found[]> {
    if (keys.length === 0) return [];
    const requests = keys.flatMap((key) => [["DUMP", key], [this.#expiryCommand, key]]);
    const replies = await server.batch(requests);
    const found: Found[] = [];
    keys.forEach((key, i) => {
      const payload = good(replies[2 * i], "DUMP", key);
      const expiry = Number(good(replies[2 * i + 1], this.#expiryCommand, key));
      // A key that is gone meanwhile has neither.
      if (payload instanceof Uint8Array && expiry !== -2) {
        found.push({ key, payload, expiry: Math.max(0, expiry) });
      }
    });
    return found;
  }

  async #store(keys: readonly Found[]): Promise<void> {
    if (keys.length === 0) return;
    const isDeadline = this.#expiryCommand === "PEXPIRETIME";
    const replies = await this.target.batch(keys.map(({ expiry, key, payload }) => [
      "RESTORE",
      key,
      String(expiry),
      payload,
      "REPLACE",
      ...(isDeadline ? ["ABSTTL"] : []),
    ]));
    keys.forEach(({ key }, i) => good(replies[i], "RESTORE", key));
  }
}

function good(reply: Reply, command: string, key: Uint8Array): Reply {
  if (!(reply instanceof RespError)) return reply;
  throw new Error(`${command} of the key ${JSON.stringify(nameOf(key))} failed: ${reply.message}`);
}

function nameOf(key: Uint8Array): string {
  return latin1(key, 0, key.length);
}

function* chunks(keys: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) yield keys.slice(i, i + KEYS_AT_ONCE);
}
