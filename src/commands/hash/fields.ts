/**
 * The arguments `FIELDS numfields field [field ...]` of the commands on fields with TTLs.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import { errors, type ReplyError } from "../../command/errors.ts";

/** Where the fields stand. */
export interface FieldArguments {
  /** Argument with the first field. */
  readonly first: number;
  readonly count: number;
}

/** Reads the arguments from FIELDS (argument `i`) to the last one; each field takes `words` arguments. */
export function parseFields(
  call: Call,
  i: number,
  words = 1,
  notPositive: ReplyError = errors.fieldsNotPositive,
): FieldArguments {
  const { args } = call;
  if (i + 1 >= args.count || !args.is(i, "FIELDS")) throw errors.fieldsMissing;
  const count = call.integer(i + 1, notPositive);
  if (count < 1) throw notPositive;
  if (count * words !== args.count - i - 2) throw errors.fieldsMismatch;
  return { first: i + 2, count };
}

/**
 * Replies with an array. `of` writes the reply for each field; it gets the field's handle, or 0 if the field does not exist, and its
 * argument.
 */
export function replyForFields(
  call: Call,
  entry: number,
  { first, count }: FieldArguments,
  of: (handle: number, i: number) => void,
): undefined {
  const { hashes } = call.keyspace;
  call.reply.array(count);
  for (let i = first; i < first + count; i++) {
    of(entry === 0 ? 0 : hashes.find(entry, call.range(i)), i);
  }
}
