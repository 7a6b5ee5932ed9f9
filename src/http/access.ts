/**
 * Who a request acts for: the token that it brings, and the user behind it.
 *
 * Tokens are compared by their hashes, in a time that says nothing of how nearly one is right. Whoever brings wrong ones too often waits, but
 * a token that was right before still is let in, so that nobody can lock others out who come from the same address.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Acl } from "../acl/acl.ts";
import { userOfToken } from "../acl/rest_token.ts";
import type { User } from "../acl/user.ts";
import type { Config } from "../config/config.ts";
import { hexText } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { HttpError } from "./http_error.ts";

const TOKEN_BYTES = 24;
/** So many wrong tokens may come from an address in this time. */
const MOST_FAILURES = 20;
const FAILURE_WINDOW_MS = 60_000;
/** How many addresses and tokens are remembered. */
const MOST_REMEMBERED = 4096;

/** What the read-only token allows: to read data, but nothing that walks through all of it. */
const READ_ONLY_RULES =
  "on nopass resetkeys %R~* -@all +@read +ping +echo +time +dbsize -keys -scan -randomkey -@dangerous";

/** The parts that know users and tokens. */
export interface AccessParts {
  readonly acl: Acl;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly random: RandomSource;
}

interface Failures {
  count: number;
  readonly sinceMs: number;
}

/** The tokens of one server. */
export class Access {
  readonly #reader: User;
  #token = "";
  #readOnlyToken = "";
  #hash: Uint8Array = hashOf("");
  #readOnlyHash: Uint8Array = hashOf("");
  readonly #failures = new Map<string, Failures>();
  /** Hashes of tokens that were right. */
  readonly #known = new Set<string>();

  constructor(private readonly parts: AccessParts) {
    const { acl, config } = parts;
    this.#reader = acl.makeUser("default_ro", READ_ONLY_RULES.split(" "));
    config.follow("http-token", (token) => {
      this.#token = token;
      this.#hash = hashOf(token);
    });
    config.follow("http-read-only-token", (token) => {
      this.#readOnlyToken = token;
      this.#readOnlyHash = hashOf(token);
    });
  }

  /** Makes the tokens that the configuration does not give, and shows them in the log, once. */
  makeTokens(): void {
    const { config, log, random } = this.parts;
    for (const name of ["http-token", "http-read-only-token"] as const) {
      if (config.text(name) !== "") continue;
      const token = hexText(random.secureBytes(TOKEN_BYTES));
      if (name === "http-token") {
        this.#token = token;
        this.#hash = hashOf(token);
      } else {
        this.#readOnlyToken = token;
        this.#readOnlyHash = hashOf(token);
      }
      log.notice(`There is no ${name}; until the server ends it is ${token}`);
    }
  }

  /** The token with which everything is allowed that the default user may do; "" if there is none. */
  get token(): string {
    return this.#token;
  }

  /** The token with which data can be read; "" if there is none. */
  get readOnlyToken(): string {
    return this.#readOnlyToken;
  }

  /** The user whose token this is. Throws an {@link HttpError} if it is nobody's. `address` is where it comes from. */
  userOf(token: string | undefined, address: string): User {
    if (token === undefined || token === "") throw unauthorized("Unauthorized");
    const hash = hashOf(token);
    const nowMs = this.parts.clock.now();
    const failures = this.#failuresOf(address, nowMs);
    const isBlocked = failures !== undefined && failures.count >= MOST_FAILURES;
    if (isBlocked && !this.#known.has(hexText(hash))) {
      const seconds = Math.ceil((failures.sinceMs + FAILURE_WINDOW_MS - nowMs) / 1000);
      throw new HttpError(429, "ERR too many wrong tokens", { "retry-after": `${seconds}` });
    }
    const user = this.#find(token, hash);
    if (user === undefined) {
      this.#failed(address, failures, nowMs);
      throw unauthorized("WRONGPASS invalid or missing auth token");
    }
    if (this.#known.size < MOST_REMEMBERED) this.#known.add(hexText(hash));
    return user;
  }

  #find(token: string, hash: Uint8Array): User | undefined {
    const { acl } = this.parts;
    const isFull = isSame(hash, this.#hash) && this.#token !== "";
    const isReader = isSame(hash, this.#readOnlyHash) && this.#readOnlyToken !== "";
    if (isFull) return acl.defaultUser.isEnabled ? acl.defaultUser : undefined;
    return isReader ? this.#reader : userOfToken(acl, token);
  }

  #failuresOf(address: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(address);
    if (failures === undefined || nowMs - failures.sinceMs < FAILURE_WINDOW_MS) return failures;
    this.#failures.delete(address);
    return undefined;
  }

  #failed(address: string, failures: Failures | undefined, nowMs: number): void {
    if (failures !== undefined) return void failures.count++;
    if (this.#failures.size >= MOST_REMEMBERED) this.#failures.clear();
    this.#failures.set(address, { count: 1, sinceMs: nowMs });
  }
}

function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

function unauthorized(message: string): HttpError {
  return new HttpError(401, message, { "www-authenticate": "Bearer" });
}
