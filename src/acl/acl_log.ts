/**
 * The latest refusals (ACL LOG).
 *
 * @module
 */

/** A refusal within this time of a similar one is counted with it. */
const SAME_WITHIN_MS = 60_000;

/** How many of the last refusals a new one is compared with. */
const COMPARED = 10;

/** A refusal. */
export interface AclLogEntry {
  readonly id: number;
  /** How many similar refusals there were. */
  count: number;
  readonly reason: "command" | "key" | "channel" | "auth";
  /** Where the request came from. */
  readonly context: "toplevel" | "multi" | "lua";
  /** The command, key or channel that was refused. */
  readonly object: string;
  readonly username: string;
  /** The client as CLIENT LIST shows it. */
  clientInfo: string;
  readonly createdMs: number;
  updatedMs: number;
}

/** A refusal to add. */
export type Refusal = Omit<AclLogEntry, "id" | "count" | "createdMs" | "updatedMs">;

/** The last refusals, and the number of refusals of each kind. */
export class AclLog {
  /** Most refusals that are kept (`acllog-max-len`). */
  maxLength = 128;
  /** Refusals since the start or CONFIG RESETSTAT. */
  readonly denied: Record<AclLogEntry["reason"], number> = {
    auth: 0,
    command: 0,
    key: 0,
    channel: 0,
  };
  #entries: AclLogEntry[] = [];
  #nextId = 0;

  /** Remembers a refusal. */
  add(refusal: Refusal, nowMs: number): void {
    this.denied[refusal.reason]++;
    const known = this.#entries.slice(0, COMPARED).find((entry) =>
      entry.reason === refusal.reason && entry.context === refusal.context &&
      entry.object === refusal.object && entry.username === refusal.username &&
      nowMs - entry.updatedMs <= SAME_WITHIN_MS
    );
    if (known !== undefined) {
      known.count++;
      known.updatedMs = nowMs;
      known.clientInfo = refusal.clientInfo;
      this.#entries = [known, ...this.#entries.filter((entry) => entry !== known)];
      return;
    }
    const entry = { ...refusal, id: this.#nextId++, count: 1, createdMs: nowMs, updatedMs: nowMs };
    this.#entries.unshift(entry);
    this.#entries.length = Math.min(this.#entries.length, this.maxLength);
  }

  /** The last `count` refusals, newest first. */
  latest(count: number): AclLogEntry[] {
    return this.#entries.slice(0, count);
  }

  /** Forgets the refusals, but not the counts. */
  clear(): void {
    this.#entries = [];
  }
}
