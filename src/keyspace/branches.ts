/**
 * Branches: states of all keys that were remembered and can be had back, for tests.
 *
 *     branch a ─▶ changes ─▶ branch b ─▶ changes ─▶ now          a's record says how a differs from b, and b's how b differs from now
 *                                        restore(a) ─▶ now       b is applied, then a; meanwhile b is recorded anew, as it differs from a
 *
 * The records form a tree whose root is the present state, so only one of them is open and sees changes. To restore a branch the records on
 * the way to it are applied and turned round. So any branch can be restored at any time and again, and it costs what has changed since, not
 * what there is. To make one costs nothing but a list of databases.
 *
 * Rejected: to copy what there is (a branch of a million keys would take seconds), and a record that every branch keeps for itself (each
 * change would be copied for each branch).
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { BranchRecord, type ChangedKeys } from "./branch_record.ts";
import type { DetachedKeys } from "./database.ts";
import type { KeyspaceBranches, KeyspaceSnapshot } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** A state of the keyspace that was remembered. */
export class Branch {
  /** The state from which {@link record} says how this one differs; undefined is the present state. */
  nearer: Branch | undefined;
  /** The branches whose records say how they differ from this one. */
  readonly farther = new Set<Branch>();
  /** Whether nobody can restore it any more; it stays while others need its record. */
  isDropped = false;

  /** Use {@link Branches.create}. */
  constructor(public record: BranchRecord) {}
}

/** The branches of one keyspace. */
export class Branches implements KeyspaceBranches, KeyspaceSnapshot {
  /** The branch whose record is open. */
  #nearest: Branch | undefined;
  /** The record that sees changes. */
  #open: BranchRecord | undefined;

  constructor(private readonly keyspace: Keyspace) {}

  /** Remembers the present state. O(databases); what FLUSHALL ASYNC is still freeing belongs to no branch. */
  create(): Branch {
    const branch = new Branch(new BranchRecord(this.keyspace));
    const before = this.#nearest;
    if (before === undefined) {
      this.keyspace.addSnapshot(this);
      this.keyspace.branches = this;
    } else {
      before.record.close();
      hang(before, branch);
    }
    this.#nearest = branch;
    this.#open = branch.record;
    return branch;
  }

  /** Makes the keyspace what it was when a branch was made, and returns what has changed. The branch stays. */
  restore(branch: Branch): ChangedKeys {
    if (branch.isDropped) throw new Error("Cannot restore a branch: it was dropped");
    const changed: ChangedKeys = new Map();
    const way = [branch];
    while (way[0].nearer !== undefined) way.unshift(way[0].nearer);
    this.#quietly(() => {
      const [nearest, ...others] = way;
      nearest.record.close();
      this.#open = undefined;
      nearest.record.apply(changed);
      nearest.record = this.#open = new BranchRecord(this.keyspace);
      for (const next of others) this.#move(next, changed);
    });
    return changed;
  }

  /** Forgets a branch. Its memory is given back in the background. */
  drop(branch: Branch): void {
    branch.isDropped = true;
    this.#quietly(() => this.#remove(branch));
  }

  keep(detached: DetachedKeys): boolean {
    return this.#open?.keep(detached) ?? false;
  }

  before(root: Address, hash: number): void {
    if (this.#open === undefined) return;
    this.#quietly(() => this.#open!.save(root, hash));
  }

  beforeEnd(): void {
    // A dict that a branch needs is kept, and not freed.
  }

  beforeTouch(root: Address, hash: number, entry: Address): void {
    this.#open?.saveClock(root, hash, entry);
  }

  *blocks(): Generator<Address> {
    if (this.#nearest === undefined) return;
    const waiting = [this.#nearest];
    for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
      yield* branch.record.blocks();
      waiting.push(...branch.farther);
    }
  }

  /** Goes on from the nearest branch to one that hangs on it. */
  #move(next: Branch, changed: ChangedKeys): void {
    const from = next.nearer!;
    const { record } = next;
    // What is applied now is what makes the two differ the other way.
    record.apply(changed);
    from.record.close();
    from.farther.delete(next);
    next.nearer = undefined;
    hang(from, next);
    next.record = this.#open = new BranchRecord(this.keyspace);
    this.#nearest = next;
    // A dropped branch that only lay on the way is no longer needed.
    if (from.isDropped) this.#remove(from);
  }

  /** Takes a dropped branch out, if at most one other needs its record. */
  #remove(branch: Branch): void {
    const { nearer, farther } = branch;
    if (farther.size > 1) return;
    const [next] = farther;
    nearer?.farther.delete(branch);
    if (next === undefined) branch.record.release();
    else {
      next.record.continueWith(branch.record);
      next.nearer = undefined;
      if (nearer !== undefined) hang(next, nearer);
    }
    if (this.#nearest === branch) {
      this.#nearest = next;
      this.#open = next?.record;
      if (next !== undefined) return;
      this.keyspace.removeSnapshot(this);
      this.keyspace.branches = undefined;
    }
    if (nearer?.isDropped) this.#remove(nearer);
  }

  /** Runs what moves keys about without anybody being told, and without any of them expiring. */
  #quietly(run: () => void): void {
    const { keyspace } = this;
    const { observer } = keyspace;
    keyspace.observer = undefined;
    try {
      keyspace.withoutExpiry(run);
    } finally {
      keyspace.observer = observer;
    }
  }
}

function hang(branch: Branch, nearer: Branch): void {
  branch.nearer = nearer;
  nearer.farther.add(branch);
}
