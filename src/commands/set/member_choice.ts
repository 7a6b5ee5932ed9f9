import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import type { MemberHandle } from "../../keyspace/sets.ts";
import type { Choice } from "../shared/random_choice.ts";

/** A set as something to choose from. */
export function memberChoice(call: Call, entry: Address): Choice {
  const { sets } = call.keyspace;
  return {
    total: sets.count(entry),
    random: () => sets.random(entry, call.server.random),
    forEach: (visit: (handle: MemberHandle) => void) => sets.forEach(entry, visit),
  };
}
