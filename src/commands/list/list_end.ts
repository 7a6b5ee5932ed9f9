import type { ListEnd } from "../../keyspace/lists.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** The end of a list that argument `i` names; throws if it names none. */
export function endAt(call: Call, i: number): ListEnd {
  if (call.args.is(i, "LEFT")) return "head";
  if (call.args.is(i, "RIGHT")) return "tail";
  throw errors.syntax;
}
