/**
 * A node of a cluster, as this one knows it.
 *
 * @module
 */
import type { RandomSource } from "../lib/random.ts";
import { hexText } from "../lib/bytes.ts";

const ID_BYTES = 20;

/** What may be said of a node besides its role, in the order in which CLUSTER NODES says it. */
export const NODE_MARKS = ["fail?", "fail", "handshake", "noaddr", "nofailover"] as const;
/** One of {@link NODE_MARKS}. */
export type NodeMark = typeof NODE_MARKS[number];

/** One node. */
export class ClusterNode {
  /** IP address; empty as long as a node does not know its own. */
  ip = "";
  /** Port for clients without TLS; 0 if there is none. */
  port = 0;
  /** Port for clients with TLS; 0 if there is none. */
  tlsPort = 0;
  /** Port on which nodes talk to each other. */
  busPort = 0;
  hostname = "";
  /** A name for people to read in logs. */
  humanName = "";
  /** The node whose replica it is; undefined for a primary. */
  primary: ClusterNode | undefined = undefined;
  readonly marks: Set<NodeMark> = new Set();
  /** When it was last asked for a sign of life, and gave one, in milliseconds since 1970; 0 is never. */
  pingSentMs = 0;
  pongReceivedMs = 0;
  /** The age of its claim to its slots: where claims differ, the larger epoch wins. */
  configEpoch = 0n;

  constructor(
    /** Forty hexadecimal digits. */
    public id: string,
    /** What it has in common with its primary or its replicas: forty hexadecimal digits. */
    public shardId: string,
    readonly isMyself: boolean,
  ) {}

  /** Whether it is out of reach for most primaries. */
  get hasFailed(): boolean {
    return this.marks.has("fail");
  }

  /** The port for a client that uses TLS or does not. */
  portFor(usesTls: boolean): number {
    return usesTls ? this.tlsPort : this.port;
  }
}

/** An id that no other node has. */
export function newNodeId(random: RandomSource): string {
  return hexText(random.secureBytes(ID_BYTES));
}

/** Whether a text may be the id of a node. */
export function isNodeId(text: string): boolean {
  return /^[0-9a-z]{40}$/.test(text);
}
