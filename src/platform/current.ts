/**
 * Finds out which runtime this is.
 *
 * @module
 */
import type { Platform } from "../ports/platform.ts";

const isDeno = (globalThis as { Deno?: { version?: unknown } }).Deno?.version !== undefined;

/** The platform that this program runs on. Only this platform's modules are loaded. */
export async function currentPlatform(): Promise<Platform> {
  if (isDeno) return (await import("./deno/platform.ts")).denoPlatform;
  return (await import("./node/platform.ts")).nodePlatform;
}
