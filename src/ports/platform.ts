/**
 * All that a server and its program need of the runtime that they run on.
 *
 * @module
 */
import type { Host } from "./host.ts";
import type { Network } from "./network.ts";
import type { Process } from "./process.ts";

/** A runtime. */
export interface Platform {
  readonly network: Network;
  readonly process: Process;
  /** The machine for one server: it has a directory of its own, that of the process to begin with. */
  newHost(): Host;
}
