/**
 * The platform Node; Bun too, as far as it behaves like Node.
 *
 * @module
 */
import type { Host } from "../../ports/host.ts";
import type { Platform } from "../../ports/platform.ts";
import { NodeHost } from "./host.ts";
import { NodeHttp } from "./http.ts";
import { NodeNetwork } from "./network.ts";
import { NodeProcess } from "./process.ts";

/** The runtime that this program runs on, if that is Node or Bun. */
export const nodePlatform: Platform = {
  network: new NodeNetwork(),
  http: new NodeHttp(),
  process: new NodeProcess(),
  newHost: (): Host => new NodeHost(),
};
