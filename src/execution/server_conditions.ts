/**
 * The conditions of a server in which its rules may refuse a request or hold it up. In the common case none holds, and one number says so.
 *
 * @module
 */
import type { ReplyError } from "../command/errors.ts";
import type { SlotRules } from "./slot_rules.ts";

const MEMORY_LIMITED = 1 << 0;
const LACKS_REPLICAS = 1 << 1;
const LOADING = 1 << 2;
const LOADING_ASIDE = 1 << 3;
const READ_ONLY = 1 << 4;
const STALE = 1 << 5;
const BUSY = 1 << 6;
const CLUSTER = 1 << 7;
const GATED = 1 << 8;

/** The conditions of one server. */
export class ServerConditions {
  #bits = 0;
  #busyError: ReplyError | undefined = undefined;
  #slotRules: SlotRules | undefined = undefined;

  /** Whether none of them holds. */
  get areOrdinary(): boolean {
    return this.#bits === 0;
  }

  /** Whether `maxmemory` limits anything. */
  get isMemoryLimited(): boolean {
    return (this.#bits & MEMORY_LIMITED) !== 0;
  }
  set isMemoryLimited(holds: boolean) {
    this.#set(MEMORY_LIMITED, holds);
  }

  /** Whether nothing may be written, because there are fewer replicas than `min-replicas-to-write` asks for. */
  get lacksReplicas(): boolean {
    return (this.#bits & LACKS_REPLICAS) !== 0;
  }
  set lacksReplicas(holds: boolean) {
    this.#set(LACKS_REPLICAS, holds);
  }

  /** Whether data is being loaded; commands that need it are refused until it is there. */
  get isLoading(): boolean {
    return (this.#bits & LOADING) !== 0;
  }
  set isLoading(holds: boolean) {
    this.#set(LOADING, holds);
  }

  /** Whether other data is being loaded beside the present data, which may be read meanwhile. */
  get isLoadingAside(): boolean {
    return (this.#bits & LOADING_ASIDE) !== 0;
  }
  set isLoadingAside(holds: boolean) {
    this.#set(LOADING_ASIDE, holds);
  }

  /** Whether only the primary may change data, because this server is a replica (`replica-read-only`). */
  get isReadOnly(): boolean {
    return (this.#bits & READ_ONLY) !== 0;
  }
  set isReadOnly(holds: boolean) {
    this.#set(READ_ONLY, holds);
  }

  /** Whether data must not be read, because this server is a replica that has lost its primary (`replica-serve-stale-data no`). */
  get isStale(): boolean {
    return (this.#bits & STALE) !== 0;
  }
  set isStale(holds: boolean) {
    this.#set(STALE, holds);
  }

  /** Whether tests look at each request before it runs; see `RequestGate`. */
  get isGated(): boolean {
    return (this.#bits & GATED) !== 0;
  }
  set isGated(holds: boolean) {
    this.#set(GATED, holds);
  }

  /** The error for everything that has to wait while a script runs for too long; undefined if none does. */
  get busyError(): ReplyError | undefined {
    return this.#busyError;
  }
  set busyError(error: ReplyError | undefined) {
    this.#busyError = error;
    this.#set(BUSY, error !== undefined);
  }

  /** The rules about slots, on the node of a cluster. */
  get slotRules(): SlotRules | undefined {
    return this.#slotRules;
  }
  set slotRules(rules: SlotRules | undefined) {
    this.#slotRules = rules;
    this.#set(CLUSTER, rules !== undefined);
  }

  #set(condition: number, holds: boolean): void {
    this.#bits = holds ? this.#bits | condition : this.#bits & ~condition;
  }
}
