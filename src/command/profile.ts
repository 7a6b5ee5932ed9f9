/**
 * The directive `compatibility`: which server this one is taken for. Commands, subcommands and options that came after its version are
 * unknown, and INFO and HELLO tell its version. Which they are follows from `since` and `history` of the specs (see `as_of.ts`).
 *
 * @module
 */
import { REDIS_VERSION } from "../lib/version.ts";

/** A server that this one may be taken for. */
export interface Profile {
  /** The Redis version that INFO and HELLO tell. */
  readonly redisVersion: string;
  /** The newest Redis version whose commands it has; undefined means all that there are. */
  readonly newest: string | undefined;
  /** The version of Valkey, if that is what it is taken for. */
  readonly valkeyVersion?: string;
}

/** The profiles by their names; the empty name is this server as it is. */
export const PROFILES = {
  "": { redisVersion: REDIS_VERSION, newest: undefined },
  "redis-6.2": { redisVersion: "6.2.14", newest: "6.2" },
  "redis-7.0": { redisVersion: "7.0.15", newest: "7.0" },
  "redis-7.2": { redisVersion: REDIS_VERSION, newest: "7.2" },
  "redis-8": { redisVersion: "8.0.0", newest: "8.0" },
  "valkey-8": { redisVersion: "7.2.4", newest: "7.2", valkeyVersion: "8.0.0" },
} as const satisfies Readonly<Record<string, Profile>>;

/** Whether a server of this profile knows a command that is there since a version. */
export function knows({ newest }: Profile, { since }: { readonly since: string }): boolean {
  return newest === undefined || seriesOf(since) <= seriesOf(newest);
}

/** A version as a number that grows with it; what stands behind the second dot does not count. */
function seriesOf(version: string): number {
  const [major, minor] = version.split(".").map(Number);
  return 1000 * major + minor;
}
