/**
 * The platform Deno.
 *
 * @module
 */
import type { Host } from "../../ports/host.ts";
import type { Platform } from "../../ports/platform.ts";
import { DenoHost } from "./host.ts";
import { DenoHttp } from "./http.ts";
import { DenoNetwork } from "./network.ts";
import { DenoProcess } from "./process.ts";

/** The runtime that this program runs on, if that is Deno. */
export const denoPlatform: Platform = {
  network: new DenoNetwork(),
  http: new DenoHttp(),
  process: new DenoProcess(),
  newHost: (): Host => new DenoHost(),
};
