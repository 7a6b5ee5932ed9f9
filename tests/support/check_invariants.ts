/**
 * Turns the checks of `src/lib/invariant.ts` on. It must be loaded before anything of the server, so `deno task test` preloads it, and the
 * tests under Node import it first. It may import nothing itself.
 *
 * @module
 */
Object.assign(globalThis, {
  // The server would only log the error and reply with another, which a test may not look at. Node has no such function.
  redenoOnBrokenInvariant: (error: Error) => globalThis.reportError?.(error),
});
