/**
 * Branches by name, and what follows for everybody when one is restored: for DEBUG BRANCH and the test tool.
 *
 * A restore is a change of each key that has become another one, as if a client had written or deleted it: clients that wait for the key
 * run again, those that watch it lose their transaction, those that cache it are told, the count of changes since the save grows,
 * notifications say `restore` or `del`, and the append-only file and replicas get RESTORE and DEL, all of them in one transaction.
 *
 * Keys with their TTLs and access times, and the libraries of functions belong to a branch. What is no data does not: the clock, clients,
 * users, the configuration, the cache of EVAL, counters.
 *
 * @module
 */
import type { Changes } from "../changes/changes.ts";
import type { ChangeStream } from "../changes/stream.ts";
import type { Client } from "../clients/client.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { BranchControl, FunctionControl } from "../command/context.ts";
import { err } from "../command/errors.ts";
import { type Branch, Branches } from "../keyspace/branches.ts";
import type { ChangedKeys } from "../keyspace/branch_record.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type ByteRange, copyRange, fromLatin1 } from "../lib/bytes.ts";
import { dumpValue } from "../rdb/dump_payload.ts";

/** The parts that a restore concerns. */
export interface BranchParts {
  readonly changes: Changes;
  readonly functions: FunctionControl;
  readonly keyspace: Keyspace;
  readonly propagation: ChangeStream;
  readonly tracking: Tracking;
  readonly following: { readonly isReplica: boolean };
  readonly persistence: { readonly isLoading: boolean };
}

interface NamedBranch {
  readonly branch: Branch;
  readonly functions: readonly Uint8Array<ArrayBuffer>[];
}

/** The branches of one server. */
export class Branching implements BranchControl {
  readonly #named = new Map<string, NamedBranch>();
  readonly #branches: Branches;

  constructor(private readonly parts: BranchParts) {
    this.#branches = new Branches(parts.keyspace);
  }

  get names(): readonly string[] {
    return [...this.#named.keys()];
  }

  create(name: string): void {
    const { functions, keyspace, persistence } = this.parts;
    if (keyspace.indexesSlots) throw err("A node of a cluster cannot remember branches.");
    if (persistence.isLoading) throw err("Data is being loaded.");
    const old = this.#named.get(name);
    this.#named.delete(name);
    const branch = this.#branches.create();
    this.#named.set(name, { branch, functions: functions.texts() });
    if (old !== undefined) this.#branches.drop(old.branch);
  }

  restore(name: string, current: Client | undefined): void {
    const { following, persistence } = this.parts;
    const { branch, functions } = this.#get(name);
    if (following.isReplica) {
      throw err("A replica cannot restore a branch: its data is its primary's.");
    }
    if (persistence.isLoading) throw err("Data is being loaded.");
    const changed = this.#branches.restore(branch);
    this.#restoreFunctions(functions);
    this.#tell(changed, current);
  }

  drop(name: string): void {
    const { branch } = this.#get(name);
    this.#named.delete(name);
    this.#branches.drop(branch);
  }

  #get(name: string): NamedBranch {
    const found = this.#named.get(name);
    if (found === undefined) throw err(`No such branch: '${name}'`);
    return found;
  }

  #restoreFunctions(texts: readonly Uint8Array<ArrayBuffer>[]): void {
    const { changes, functions, propagation } = this.parts;
    const present = functions.texts();
    if (present.length === texts.length && present.every((text, i) => text === texts[i])) return;
    functions.restore(texts, "flush");
    changes.count(1);
    if (!propagation.isOn) return;
    propagation.add(0, ["FUNCTION", "FLUSH"]);
    for (const text of texts) propagation.add(0, ["FUNCTION", "LOAD", range(text)]);
  }

  #tell(changed: ChangedKeys, current: Client | undefined): void {
    const { changes, keyspace, propagation, tracking } = this.parts;
    let areAllChanged = false;
    for (const [index, keys] of changed) {
      const database = keyspace.databases[index];
      if (keys === "all") {
        areAllChanged = true;
        if (propagation.isOn) this.#propagateAll(database);
        changes.databaseChanged(database, Math.max(1, database.size));
        continue;
      }
      for (const key of keys) this.#tellOfKey(database, range(fromLatin1(key)));
    }
    if (areAllChanged) tracking.flushed(current);
  }

  #tellOfKey(database: Database, key: ByteRange): void {
    const { changes, propagation } = this.parts;
    const entry = database.peek(key.bytes, key.start, key.length);
    const isGone = entry === 0 || database.isExpired(entry);
    if (propagation.isOn) {
      if (isGone) propagation.add(database.index, ["DEL", key]);
      else this.#propagate(database, entry);
    }
    changes.keyChanged(database, key, "generic", isGone ? "del" : "restore", 1);
  }

  #propagateAll(database: Database): void {
    const { propagation } = this.parts;
    propagation.add(database.index, ["FLUSHDB"]);
    database.scan(0, Infinity, (entry) => {
      if (!database.isExpired(entry)) this.#propagate(database, entry);
    });
  }

  #propagate(database: Database, entry: number): void {
    const { keyspace, propagation } = this.parts;
    const { entries } = keyspace;
    const key = copyRange(entries.key(entry));
    const deadlineMs = entries.hasTtl(entry) ? entries.deadline(entry) : 0;
    const payload = range(dumpValue(keyspace, entry, true));
    const words = ["RESTORE", key, String(deadlineMs), payload, "REPLACE", "ABSTTL"];
    propagation.add(database.index, words);
  }
}

function range(bytes: Uint8Array): ByteRange {
  return { bytes, start: 0, length: bytes.length };
}
