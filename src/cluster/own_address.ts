/**
 * The address of this node: what others are told, which may be another one than it listens on.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { ClusterNode } from "./cluster_node.ts";

/** How far the bus port is from the port for clients. */
const BUS_PORT_DISTANCE = 10000;

/** Where the address comes from. */
export interface AddressParts {
  readonly config: Config;
  /** The TCP port that the server listens on; 0 if that is not known yet. */
  readonly port: number;
}

/** Keeps a node's address as the configuration says. */
export class OwnAddress {
  /** Called after names or the address have changed. */
  onChange: () => void = () => {};

  constructor(private readonly myself: ClusterNode, private readonly parts: AddressParts) {
    const { config } = parts;
    this.refresh();
    let hasBegun = false;
    config.follow("cluster-announce-ip", (ip) => {
      if (hasBegun || ip !== "") myself.ip = ip;
      this.onChange();
    });
    hasBegun = true;
    config.follow("cluster-announce-hostname", (name) => {
      myself.hostname = name;
      this.onChange();
    });
    config.follow("cluster-announce-human-nodename", (name) => {
      myself.humanName = name;
      this.onChange();
    });
    config.follow("cluster-replica-no-failover", (isOn) => {
      if (isOn) myself.marks.add("nofailover");
      else myself.marks.delete("nofailover");
      this.onChange();
    });
  }

  /** Takes over the ports, which follow from several directives and from what the system has given. */
  refresh(): void {
    const { config } = this.parts;
    const { myself } = this;
    const port = this.parts.port || config.number("port");
    const tlsPort = config.number("tls-port");
    const clientPort = config.flag("tls-cluster") ? tlsPort : port;
    myself.port = config.number("cluster-announce-port") || port;
    myself.tlsPort = config.number("cluster-announce-tls-port") || tlsPort;
    myself.busPort = config.number("cluster-announce-bus-port") ||
      config.number("cluster-port") || clientPort + BUS_PORT_DISTANCE;
  }
}
