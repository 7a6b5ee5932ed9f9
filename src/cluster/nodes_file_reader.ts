/**
 * Reads the file in which a node remembers its cluster; `nodes_text.ts` says what it looks like.
 *
 * @module
 */
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { splitWords } from "../lib/quoted_words.ts";
import { SLOT_COUNT } from "../keyspace/key_slot.ts";
import { ClusterNode, isNodeId, NODE_MARKS, type NodeMark } from "./cluster_node.ts";
import { SlotMap } from "./slot_map.ts";

/** What a file says. */
export interface RememberedCluster {
  readonly map: SlotMap;
  readonly currentEpoch: bigint;
  readonly lastVoteEpoch: bigint;
}

/** Thrown for a file that makes no sense; says which line. */
export class NodesFileError extends Error {
  override name = "NodesFileError";
}

/** A line about a node, in words. */
interface NodeLine {
  readonly words: readonly string[];
  readonly node: ClusterNode;
}

/** How the bus port follows from the port where a file does not say it. */
const BUS_PORT_DISTANCE = 10000;
/** Words of a line in front of the slots. */
const WORDS_BEFORE_SLOTS = 8;

/** Reads a file's text. `newShardId` makes the shard id of nodes that have none. */
export function readNodesFile(text: string, newShardId: () => string): RememberedCluster {
  const epochs = { currentEpoch: 0n, lastVoteEpoch: 0n };
  const lines: NodeLine[] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const words = splitWords(fromLatin1(line))?.map((word) => latin1(word, 0, word.length));
    if (words === undefined) throw broken(line);
    if (words[0].toLowerCase() === "vars") readVariables(words, epochs, line);
    else lines.push({ words, node: readNode(words, newShardId, line) });
  }
  const myself = lines.map(({ node }) => node).find(({ isMyself }) => isMyself);
  if (myself === undefined) throw new NodesFileError("no line says 'myself'");
  const map = new SlotMap(myself);
  for (const { node } of lines) map.add(node);
  for (const { node, words } of lines) readPlace(map, node, words);
  const highest = lines.reduce(
    (most, { node: { configEpoch } }) => configEpoch > most ? configEpoch : most,
    epochs.currentEpoch,
  );
  return { map, currentEpoch: highest, lastVoteEpoch: epochs.lastVoteEpoch };
}

function broken(line: string): NodesFileError {
  return new NodesFileError(`"${line}"`);
}

function readVariables(
  words: readonly string[],
  epochs: { currentEpoch: bigint; lastVoteEpoch: bigint },
  line: string,
): void {
  if (words.length % 2 === 0) throw broken(line);
  for (let i = 1; i < words.length; i += 2) {
    const name = words[i].toLowerCase();
    if (name === "currentepoch") epochs.currentEpoch = readEpoch(words[i + 1], line);
    else if (name === "lastvoteepoch") epochs.lastVoteEpoch = readEpoch(words[i + 1], line);
  }
}

function readEpoch(word: string, line: string): bigint {
  if (!/^\d+$/.test(word)) throw broken(line);
  return BigInt(word);
}

/** The node of a line, without its place among the others. */
function readNode(words: readonly string[], newShardId: () => string, line: string): ClusterNode {
  if (words.length < WORDS_BEFORE_SLOTS || !isNodeId(words[0])) throw broken(line);
  const flags = words[2].toLowerCase().split(",");
  const node = new ClusterNode(words[0], newShardId(), flags.includes("myself"));
  for (const flag of flags) {
    if (NODE_MARKS.includes(flag as NodeMark)) node.marks.add(flag as NodeMark);
    else if (!["myself", "master", "slave", "noflags"].includes(flag)) throw broken(line);
  }
  readAddress(node, words[1], line);
  node.configEpoch = readEpoch(words[6], line);
  return node;
}

function readAddress(node: ClusterNode, text: string, line: string): void {
  const [address, hostname = "", ...pairs] = text.split(",");
  const parts = /^(.*):(\d+)(?:@(\d+))?$/.exec(address);
  if (parts === null) throw broken(line);
  const [, ip, port, busPort] = parts;
  node.ip = ip;
  node.hostname = hostname;
  node.port = Number(port);
  node.busPort = busPort === undefined ? node.port + BUS_PORT_DISTANCE : Number(busPort);
  for (const pair of pairs) {
    const [name, value, ...rest] = pair.split("=");
    if (value === undefined || rest.length > 0) throw broken(line);
    if (name === "shard-id" && isNodeId(value)) node.shardId = value;
    else if (name === "nodename") node.humanName = value;
    else if (name === "tcp-port" && /^\d{1,5}$/.test(value)) node.port = Number(value);
    else if (name === "tls-port" && /^\d{1,5}$/.test(value)) node.tlsPort = Number(value);
    else throw broken(line);
  }
}

/** Reads whose replica a node is, and its slots. */
function readPlace(map: SlotMap, node: ClusterNode, words: readonly string[]): void {
  const line = words.join(" ");
  if (words[3] !== "-") {
    node.primary = knownNode(map, words[3], line);
    node.configEpoch = 0n;
  }
  for (const word of words.slice(WORDS_BEFORE_SLOTS)) {
    const moving = /^\[(\d+)-([<>])-([0-9a-z]+)\]$/.exec(word);
    if (moving !== null) {
      const other = knownNode(map, moving[3], line);
      (moving[2] === ">" ? map.migrating : map.importing).set(readSlot(moving[1], line), other);
      continue;
    }
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (range === null) throw broken(line);
    const last = readSlot(range[2] ?? range[1], line);
    for (let slot = readSlot(range[1], line); slot <= last; slot++) {
      if (map.owner(slot) === undefined) map.assign(slot, node);
    }
  }
}

function knownNode(map: SlotMap, id: string, line: string): ClusterNode {
  const node = map.nodes.get(id);
  if (node === undefined) throw broken(line);
  return node;
}

function readSlot(word: string, line: string): number {
  const slot = Number(word);
  if (slot >= SLOT_COUNT) throw broken(line);
  return slot;
}
