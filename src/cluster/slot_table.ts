/**
 * The directive `cluster-table`: which node serves which slots, for nodes that do not tell each other. One line serves all nodes of a
 * cluster:
 *
 *     cluster-table 10.0.0.1:6379 0-8191 10.0.0.2:6379 8192-16383
 *
 * Behind the address of a node stand its slots. Behind a slot's number `->` and an address say that it is on its way there, so that clients
 * are sent after a key that is gone; `<-` that it is on its way from there. Among the slots of this node alone such words have an effect.
 * The word `myself` may stand for this node's own address.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { sha1, SHA1_BYTES } from "../lib/sha1.ts";
import { fromLatin1, hexText } from "../lib/bytes.ts";
import { SLOT_COUNT } from "../keyspace/key_slot.ts";
import { ClusterNode } from "./cluster_node.ts";
import type { SlotMap, SlotRange } from "./slot_map.ts";

/** A slot that is on its way. */
interface MovingSlot {
  readonly slot: number;
  readonly isLeaving: boolean;
  /** The address of the other node. */
  readonly address: string;
}

/** The slots of one node. */
export interface TableNode {
  /** `ip:port`, or `myself`. */
  readonly address: string;
  readonly ranges: readonly SlotRange[];
  readonly moving: readonly MovingSlot[];
}

/** The word for the node that reads the table. */
export const MYSELF = "myself";

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const MOVING = /^(\d{1,5})(->|<-)(.+)$/;
const ADDRESS = /^(.+):(\d{1,5})$/;
const LARGEST_PORT = 65535;

/** Reads the words of a table. Throws an `Error` that says what is wrong. */
export function parseSlotTable(words: readonly string[]): TableNode[] {
  const nodes: { address: string; ranges: SlotRange[]; moving: MovingSlot[] }[] = [];
  const owners = new Set<number>();
  for (const word of words) {
    const range = RANGE.exec(word);
    const moving = MOVING.exec(word);
    const node = nodes.at(-1);
    if (range === null && moving === null) {
      if (!isAddress(word)) throw new Error(`'${word}' is no address, slot or range of slots`);
      if (nodes.some(({ address }) => address === word)) throw new Error(`'${word}' stands twice`);
      nodes.push({ address: word, ranges: [], moving: [] });
      continue;
    }
    if (node === undefined) throw new Error(`'${word}' stands before the address of its node`);
    if (range !== null) node.ranges.push(claim(owners, range[1], range[2] ?? range[1]));
    if (moving === null) continue;
    const [, slot, direction, address] = moving;
    if (!isAddress(address)) throw new Error(`'${address}' is no address`);
    node.moving.push({ slot: slotOf(slot), isLeaving: direction === "->", address });
  }
  return nodes;
}

/** Makes a map of slots say what a table says. Throws an `Error` that says what is wrong with the table; then nothing has changed. */
export function applySlotTable(words: readonly string[], map: SlotMap, config: Config): void {
  const table = parseSlotTable(words);
  const own = ownLine(table, map.myself, config);
  const nodes = new Map<string, ClusterNode>();
  for (const { address, moving } of table) {
    for (const name of [address, ...moving.map(({ address }) => address)]) {
      const isOwn = name === MYSELF || name === own.address;
      nodes.set(name, isOwn ? map.myself : nodeAt(name, map, config.flag("tls-cluster")));
    }
  }
  if (own.address !== MYSELF) becomeNodeAt(own.address, map);
  for (const node of [...map.nodes.values()]) {
    if (![...nodes.values(), map.myself].includes(node)) map.remove(node);
  }
  for (const node of nodes.values()) map.add(node);
  assignSlots(table, nodes, map);
  map.closeAll();
  for (const { address, isLeaving, slot } of own.moving) {
    (isLeaving ? map.migrating : map.importing).set(slot, nodes.get(address)!);
  }
}

/** Changes the owners of those slots only that have another one. */
function assignSlots(
  table: readonly TableNode[],
  nodes: ReadonlyMap<string, ClusterNode>,
  map: SlotMap,
): void {
  const owners = new Map<number, ClusterNode>();
  for (const { address, ranges } of table) {
    for (const { first, last } of ranges) {
      for (let slot = first; slot <= last; slot++) owners.set(slot, nodes.get(address)!);
    }
  }
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = owners.get(slot);
    if (owner === map.owner(slot)) continue;
    if (owner === undefined) map.unassign(slot);
    else map.assign(slot, owner);
  }
}

/** What a table says of the node that reads it: the line of its address or, if it has not been told its IP address, of its port. */
function ownLine(table: readonly TableNode[], myself: ClusterNode, config: Config): TableNode {
  const port = myself.portFor(config.flag("tls-cluster"));
  const ip = config.text("cluster-announce-ip");
  const own = table.filter(({ address }) =>
    address === MYSELF || (ip === "" ? address.endsWith(`:${port}`) : address === `${ip}:${port}`)
  );
  if (own.length === 1) return own[0];
  throw new Error(
    own.length === 0
      ? "none of the addresses is that of this node; write 'myself' in its place"
      : `which of ${
        own.map(({ address }) => address).join(", ")
      } is this node? Write 'myself' in ` +
        "its place, or set cluster-announce-ip",
  );
}

/** The node at an address. Its ids follow from the address, so that all nodes that read the same table know them. */
function nodeAt(address: string, map: SlotMap, usesTls: boolean): ClusterNode {
  const id = digest(address);
  const known = map.nodes.get(id);
  if (known !== undefined) return known;
  const node = new ClusterNode(id, digest(id), false);
  const [ip, port] = partsOf(address);
  node.ip = ip;
  if (usesTls) node.tlsPort = port;
  else node.port = port;
  return node;
}

/** Lets this node have the ids and the IP address that the others know it by. */
function becomeNodeAt(address: string, map: SlotMap): void {
  const { myself } = map;
  const id = digest(address);
  map.rename(myself, id);
  myself.shardId = digest(id);
  [myself.ip] = partsOf(address);
}

function partsOf(address: string): [ip: string, port: number] {
  const [, ip, port] = ADDRESS.exec(address)!;
  return [ip.replace(/^\[(.*)\]$/, "$1"), Number(port)];
}

function isAddress(word: string): boolean {
  if (word === MYSELF) return true;
  const parts = ADDRESS.exec(word);
  return parts !== null && Number(parts[2]) > 0 && Number(parts[2]) <= LARGEST_PORT;
}

function claim(owners: Set<number>, from: string, to: string): SlotRange {
  const [first, last] = [slotOf(from), slotOf(to)];
  if (first > last) throw new Error(`'${from}-${to}' ends before it begins`);
  for (let slot = first; slot <= last; slot++) {
    if (owners.has(slot)) throw new Error(`slot ${slot} has two nodes`);
    owners.add(slot);
  }
  return { first, last };
}

function slotOf(word: string): number {
  const slot = Number(word);
  if (slot >= SLOT_COUNT) throw new Error(`there is no slot ${slot}`);
  return slot;
}

function digest(text: string): string {
  const bytes = fromLatin1(text);
  const result = new Uint8Array(SHA1_BYTES);
  sha1(bytes, 0, bytes.length, result);
  return hexText(result);
}
