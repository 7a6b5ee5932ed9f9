/**
 * Which node serves which slot, and which slots are on their way from one node to another.
 *
 * @module
 */
import { SLOT_COUNT } from "../keyspace/key_slot.ts";
import type { ClusterNode } from "./cluster_node.ts";

/** Slots that follow each other, the last one included. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** The slots of a cluster and their nodes. */
export class SlotMap {
  /** All known nodes, by id. */
  readonly nodes: Map<string, ClusterNode> = new Map();
  /** Slots of this node that are on their way to another one. */
  readonly migrating: Map<number, ClusterNode> = new Map();
  /** Slots that are on their way from another node to this one. */
  readonly importing: Map<number, ClusterNode> = new Map();
  /** Called when a slot has lost its node, also if it is about to get another one. */
  onLost: (slot: number) => void = () => {};
  readonly #owners: (ClusterNode | undefined)[] = new Array(SLOT_COUNT).fill(undefined);
  readonly #counts = new Map<ClusterNode, number>();

  constructor(readonly myself: ClusterNode) {
    this.add(myself);
  }

  /** Adds a node. */
  add(node: ClusterNode): void {
    this.nodes.set(node.id, node);
  }

  /** Gives a node another id. */
  rename(node: ClusterNode, id: string): void {
    this.nodes.delete(node.id);
    node.id = id;
    this.add(node);
  }

  /** Forgets a node, and who its slots belong to. */
  remove(node: ClusterNode): void {
    this.unassignAll(node);
    for (const moving of [this.migrating, this.importing]) {
      for (const [slot, other] of moving) if (other === node) moving.delete(slot);
    }
    for (const other of this.nodes.values()) if (other.primary === node) other.primary = undefined;
    this.nodes.delete(node.id);
  }

  /** The node that serves a slot. */
  owner(slot: number): ClusterNode | undefined {
    return this.#owners[slot];
  }

  /** How many slots a node serves. */
  count(node: ClusterNode): number {
    return this.#counts.get(node) ?? 0;
  }

  /** Whether every slot has a node that has not failed. */
  get isCovered(): boolean {
    return this.#owners.every((node) => node !== undefined && !node.hasFailed);
  }

  /** The primaries that serve a slot. */
  get servingNodes(): ClusterNode[] {
    return [...this.#counts.keys()].filter((node) => this.count(node) > 0);
  }

  /** The replicas of a node. */
  replicas(node: ClusterNode): ClusterNode[] {
    return [...this.nodes.values()].filter(({ primary }) => primary === node);
  }

  /** Lets a node serve a slot, whoever has served it before. */
  assign(slot: number, node: ClusterNode): void {
    this.unassign(slot);
    this.#owners[slot] = node;
    this.#counts.set(node, this.count(node) + 1);
  }

  /** Lets nobody serve a slot. */
  unassign(slot: number): void {
    const owner = this.#owners[slot];
    if (owner === undefined) return;
    this.#owners[slot] = undefined;
    this.#counts.set(owner, this.count(owner) - 1);
    this.onLost(slot);
  }

  /** Lets nobody serve the slots of a node. */
  unassignAll(node: ClusterNode): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (this.#owners[slot] === node) this.unassign(slot);
    }
  }

  /** Forgets that slots are on their way. */
  closeAll(): void {
    this.migrating.clear();
    this.importing.clear();
  }

  /** Who serves what: the ranges of slots that have the same node, in order. */
  ranges(): { readonly range: SlotRange; readonly node: ClusterNode }[] {
    const found: { range: SlotRange; node: ClusterNode }[] = [];
    let first = 0;
    for (let slot = 1; slot <= SLOT_COUNT; slot++) {
      const node = this.#owners[first];
      if (slot < SLOT_COUNT && this.#owners[slot] === node) continue;
      if (node !== undefined) found.push({ range: { first, last: slot - 1 }, node });
      first = slot;
    }
    return found;
  }

  /** The ranges of a node's slots, in order. */
  rangesOf(node: ClusterNode): SlotRange[] {
    return this.ranges().filter((entry) => entry.node === node).map(({ range }) => range);
  }
}
