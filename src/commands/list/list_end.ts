import type { ListEnd } from "../../keyspace/lists.ts";
import type { Call } from "../call.ts";
import { errors } from "../errors.ts";

/** Which end of a list argument `i` names. */
export function endAt(call: Call, i: number): ListEnd {
  if (call.args.is(i, "LEFT")) return "head";
  if (call.args.is(i, "RIGHT")) return "tail";
  throw errors.syntax;
}
