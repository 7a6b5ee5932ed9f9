/**
 * Waiting without sleeping, for what a server is about to do: it is asked until it has, but not for ever.
 *
 * @module
 */
import { AssertionError } from "@std/assert";

const MOST_TURNS = 100_000;

/** Asks again and again; throws if it is not so after very many turns. `what` says in the error what was waited for. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) if (await isSo()) return;
  throw new AssertionError(`Waited in vain for ${what}: asked ${MOST_TURNS} times`);
}
