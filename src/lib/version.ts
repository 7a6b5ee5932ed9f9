/**
 * The versions that the server reports.
 *
 * @module
 */

/** Version of this program, the same as in deno.json (a test compares them). */
export const REDENO_VERSION = "0.1.0";
/** The Redis version whose behaviour is the reference. */
export const REDIS_VERSION = "7.2.6";
