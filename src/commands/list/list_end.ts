import type { ListEnd } from "../../keyspace/lists.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** Which end of a list argument `i` names. */
export function endAt(call: Call, i: number): ListEnd {
  if (call.args.is(i, "LEFT")) return "head";
  if (call.args.is(i, "RIGHT")) return "tail";
  throw errors.syntax;
}
