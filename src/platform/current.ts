/**
 * Which runtime this is.
 *
 * @module
 */
import type { Platform } from "../ports/platform.ts";

/** The platform that this program runs on. Only that one is loaded. */
export async function currentPlatform(): Promise<Platform> {
  const { denoPlatform } = await import("./deno/platform.ts");
  return denoPlatform;
}
