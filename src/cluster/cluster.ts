/**
 * The cluster as one of its nodes sees it: who serves which slot, and whether requests can be served at all.
 *
 * Nothing carries news between nodes yet. What a node knows comes from its file, from the directive `cluster-table`, or from CLUSTER
 * commands; a bus will change the same {@link SlotMap} and call {@link Cluster.changed}, as those commands do. A node that nobody has told
 * of any slots serves all of them, so that one server alone is a whole cluster. The first ADDSLOTS says otherwise: from then on it
 * serves what it has been given.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/kinds.ts";
import { SLOT_COUNT } from "../keyspace/key_slot.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { latin1, utf8 } from "../lib/bytes.ts";
import { messageOf } from "../lib/error_message.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Host } from "../ports/host.ts";
import type { Log } from "../telemetry/log.ts";
import { ClusterNode, newNodeId } from "./cluster_node.ts";
import { nodesFile, type Viewpoint } from "./nodes_text.ts";
import { readNodesFile } from "./nodes_file_reader.ts";
import { OwnAddress } from "./own_address.ts";
import { SlotMap } from "./slot_map.ts";
import { applySlotTable } from "./slot_table.ts";

/** The address of a node for a client without a socket. */
const LOOPBACK = "127.0.0.1";

/** What a node is made with. */
export interface ClusterParts {
  readonly config: Config;
  readonly host: Host;
  readonly keyspace: Keyspace;
  readonly log: Log;
  readonly random: RandomSource;
  /** The TCP port that it listens on; 0 if that is not known yet. */
  readonly port: number;
  /** Stops the server at once. */
  fail(message: string): void;
}

/** The view of one node. */
export class Cluster {
  readonly map: SlotMap;
  /** The largest epoch that it has seen. */
  currentEpoch = 0n;
  /** The epoch of its last vote. */
  lastVoteEpoch = 0n;
  /** Whether requests with keys are served. */
  isOk = false;
  /** Called after slots or nodes have changed. */
  onChange: () => void = () => {};
  readonly address: OwnAddress;
  /** Whether it serves all slots only because nobody has said which. */
  #servesByDefault = false;
  #isUnsaved = false;

  /** Throws a `ConfigError` if what is known of the cluster makes no sense, or cannot be kept. */
  constructor(private readonly parts: ClusterParts) {
    const { config, log } = parts;
    const isKnown = this.#file !== "" && parts.host.hasFile(this.#file);
    this.map = isKnown ? this.#load() : this.#begin();
    this.address = new OwnAddress(this.map.myself, parts);
    const table = config.text("cluster-table");
    if (isKnown && table !== "") {
      log.warning(`'cluster-table' has no effect: the cluster is that of ${this.#file}`);
    } else if (table === "" && this.#servesByDefault) {
      for (let slot = 0; slot < SLOT_COUNT; slot++) this.map.assign(slot, this.map.myself);
    }
    let hasBegun = false;
    config.follow("cluster-table", (words) => {
      if (words !== "" && (hasBegun || !isKnown)) this.#useTable(words);
    });
    hasBegun = true;
    config.follow("cluster-require-full-coverage", () => this.#updateState());
    this.address.onChange = () => this.#isUnsaved = true;
    if (isKnown) return;
    this.#isUnsaved = true;
    this.#mustSave((message) => {
      throw new ConfigError(message);
    });
  }

  get #file(): string {
    return this.parts.config.text("cluster-config-file");
  }

  /** Call it after each change of slots, nodes or epochs. What is to be remembered is written before the replies of the round go out. */
  changed(): void {
    this.#isUnsaved = true;
    this.#updateState();
    this.onChange();
  }

  /** Writes what has changed. If that fails the server stops, because it would come back with what it had given away. */
  saveChanges(): void {
    if (this.#isUnsaved) this.#mustSave((message) => this.parts.fail(message));
  }

  /** Writes everything; throws the system's reason if that fails. */
  save(): void {
    this.#isUnsaved = false;
    if (this.#file === "") return;
    this.address.refresh();
    const text = nodesFile(this.map, this.currentEpoch, this.lastVoteEpoch);
    this.parts.host.replaceFile(this.#file, utf8(text));
  }

  #mustSave(fail: (message: string) => void): void {
    try {
      this.save();
    } catch (error) {
      fail(`Fatal: can't update cluster config file ${this.#file}: ${messageOf(error)}`);
    }
  }

  /** How many keys a slot has. */
  keyCount(slot: number): number {
    return this.parts.keyspace.databases[0].slots!.count(slot);
  }

  /** How addresses look to a client that has connected to this address of the node. */
  viewOf(localAddress: string): Viewpoint {
    const [, ip, port] = /^\[?(.*?)\]?:(\d+)$/.exec(localAddress) ?? [];
    this.address.refresh();
    return {
      ownIp: ip === undefined || port === "0" ? LOOPBACK : ip,
      usesTls: port !== "0" && Number(port) === this.parts.config.number("tls-port"),
    };
  }

  /** Whether a slot has a node that was told to serve it. */
  isAssigned(slot: number): boolean {
    return !this.#servesByDefault && this.map.owner(slot) !== undefined;
  }

  /** Makes this node serve slots that nobody serves. */
  addSlots(slots: Iterable<number>): void {
    const { map } = this;
    if (this.#servesByDefault) this.#keepOnlyUsedSlots();
    for (const slot of slots) {
      map.importing.delete(slot);
      map.assign(slot, map.myself);
    }
    this.changedByHand();
  }

  /** What nobody has asked this node to serve it gives up, except where its keys would be lost with it. */
  #keepOnlyUsedSlots(): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (this.keyCount(slot) === 0) this.map.unassign(slot);
    }
  }

  /** Lets nobody serve slots. */
  removeSlots(slots: Iterable<number>): void {
    for (const slot of slots) {
      this.map.importing.delete(slot);
      this.map.unassign(slot);
    }
    this.changedByHand();
  }

  /** As {@link changed}, after somebody has said which slots this node serves. */
  changedByHand(): void {
    this.#servesByDefault = false;
    this.changed();
  }

  /** Takes the next epoch for this node's claim to its slots, unless it is the youngest already; returns whether it has. */
  bumpEpoch(): boolean {
    const { myself } = this.map;
    const most = [...this.map.nodes.values()].reduce(
      (most, { configEpoch }) => configEpoch > most ? configEpoch : most,
      this.currentEpoch,
    );
    if (myself.configEpoch !== 0n && myself.configEpoch === most) return false;
    myself.configEpoch = ++this.currentEpoch;
    this.parts.log.notice(`New configEpoch set to ${myself.configEpoch}`);
    this.changed();
    return true;
  }

  /** Forgets all slots and all other nodes; with `isHard` this node becomes another one. */
  reset(isHard: boolean): void {
    const { log, random } = this.parts;
    const { map } = this;
    const { myself } = map;
    map.closeAll();
    for (let slot = 0; slot < SLOT_COUNT; slot++) map.unassign(slot);
    for (const node of [...map.nodes.values()]) if (node !== myself) map.remove(node);
    if (isHard) {
      this.currentEpoch = 0n;
      this.lastVoteEpoch = 0n;
      myself.configEpoch = 0n;
      log.notice("configEpoch set to 0 via CLUSTER RESET HARD");
      map.rename(myself, newNodeId(random));
      myself.shardId = newNodeId(random);
      log.notice(`Node hard reset, now I'm ${myself.id}`);
    }
    this.changedByHand();
  }

  /** Call it when data is loaded: a slot whose keys are here is this node's, or on its way here. */
  claimLoadedSlots(): void {
    const { importing, myself } = this.map;
    let hasChanged = false;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = this.map.owner(slot);
      if (owner === myself || importing.has(slot) || this.keyCount(slot) === 0) continue;
      hasChanged = true;
      if (owner === undefined) {
        this.parts.log.notice(
          `I have keys for unassigned slot ${slot}. Taking responsibility for it.`,
        );
        this.map.assign(slot, myself);
      } else {
        this.parts.log.notice(
          `I have keys for slot ${slot}, but the slot is assigned to another node. Setting it to ` +
            "importing state.",
        );
        importing.set(slot, owner);
      }
    }
    if (!hasChanged) return;
    this.changed();
    this.saveChanges();
  }

  /** What the file says. */
  #load(): SlotMap {
    const { host, log, random } = this.parts;
    try {
      const bytes = host.readFile(this.#file);
      const text = latin1(bytes, 0, bytes.length);
      if (text.trim() === "") return this.#begin();
      const { currentEpoch, lastVoteEpoch, map } = readNodesFile(text, () => newNodeId(random));
      if (map.myself.primary !== undefined) {
        throw new Error("this node is a replica there, which is not supported");
      }
      this.currentEpoch = currentEpoch;
      this.lastVoteEpoch = lastVoteEpoch;
      log.notice(`Node configuration loaded, I'm ${map.myself.id}`);
      return map;
    } catch (error) {
      throw new ConfigError(
        `Unrecoverable error: corrupted cluster config file ${this.#file}: ${messageOf(error)}`,
      );
    }
  }

  /** A cluster of this node alone. */
  #begin(): SlotMap {
    const { log, random } = this.parts;
    const myself = new ClusterNode(newNodeId(random), newNodeId(random), true);
    log.notice(`No cluster configuration found, I'm ${myself.id}`);
    this.#servesByDefault = true;
    return new SlotMap(myself);
  }

  #useTable(words: string): void {
    this.address.refresh();
    try {
      applySlotTable(words.split(" "), this.map, this.parts.config);
    } catch (error) {
      throw new ConfigError(`cluster-table: ${messageOf(error)}`);
    }
    this.#servesByDefault = false;
    this.changed();
  }

  #updateState(): void {
    const serving = this.map.servingNodes;
    const reachable = serving.filter(({ marks }) => !marks.has("fail") && !marks.has("fail?"));
    const isComplete = !this.parts.config.flag("cluster-require-full-coverage") ||
      this.map.isCovered;
    const isOk = isComplete && reachable.length > serving.length / 2;
    if (isOk === this.isOk) return;
    this.isOk = isOk;
    const message = `Cluster state changed: ${isOk ? "ok" : "fail"}`;
    if (isOk) this.parts.log.notice(message);
    else this.parts.log.warning(message);
  }
}
