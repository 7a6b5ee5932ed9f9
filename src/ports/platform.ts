/**
 * All that a server and its program need of the runtime that they run on.
 *
 * @module
 */
import type { Host } from "./host.ts";
import type { Http } from "./http.ts";
import type { Network } from "./network.ts";
import type { Process } from "./process.ts";

/**
 * The runtime that the program runs on.
 *
 * @internal
 */
export interface Platform {
  readonly network: Network;
  readonly http: Http;
  readonly process: Process;
  /** A host for one server. It begins with the working directory of the process and can change its own. */
  newHost(): Host;
}
