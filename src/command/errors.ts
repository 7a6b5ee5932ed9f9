/**
 * The error replies, letter for letter those of Redis 7.2. The fixed ones are instances that are made once.
 *
 * @module
 */

/**
 * Thrown by a command's body to reply with an error. Only the executor catches it. It is no `Error`: the stack trace of one takes a hundred
 * times as long as the rest of it, and a client that provokes errors in a loop must not slow down others.
 */
export class ReplyError {
  constructor(readonly message: string) {}
}

/** An error with the code ERR. */
export function err(message: string): ReplyError {
  return new ReplyError(`ERR ${message}`);
}

/** The fixed errors. */
export const errors = {
  wrongType: new ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value"),
  syntax: err("syntax error"),
  notInteger: err("value is not an integer or out of range"),
  notPositive: err("value is out of range, must be positive"),
  notFloat: err("value is not a valid float"),
  noSuchKey: err("no such key"),
  indexOutOfRange: err("index out of range"),
  overflow: err("increment or decrement would overflow"),
  hashNotInteger: err("hash value is not an integer"),
  hashNotFloat: err("hash value is not a float"),
  numkeysNotPositive: err("numkeys should be greater than 0"),
  numkeysTooLarge: err("Number of keys can't be greater than number of args"),
  xxAndNx: err("XX and NX options at the same time are not compatible"),
  gtLtNx: err("GT, LT, and/or NX options at the same time are not compatible"),
  incrPair: err("INCR option supports a single increment-element pair"),
  scoreNotNumber: err("resulting score is not a number (NaN)"),
  fieldsMissing: err("Mandatory argument FIELDS is missing or not at the right position"),
  fieldsNotPositive: err("Number of fields must be a positive integer"),
  expireFieldsNotPositive: err("Parameter `numFields` should be greater than 0"),
  fieldsMismatch: err("The `numfields` parameter must match the number of arguments"),
  weightNotFloat: err("weight value is not a float"),
  scoreRange: err("min or max is not a float"),
  lexRange: err("min or max not valid string range item"),
  limitNeedsRange: err(
    "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
  ),
  scoresNotByLex: err("syntax error, WITHSCORES not supported in combination with BYLEX"),
  rankZero: err(
    "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use " +
      "negative to start from the end of the list",
  ),
  negativeCount: err("COUNT can't be negative"),
  negativeMaxlen: err("MAXLEN can't be negative"),
  countNotPositive: err("count should be greater than 0"),
  streamId: err("Invalid stream ID specified as stream command argument"),
  streamStart: err("invalid start ID for the interval"),
  streamEnd: err("invalid end ID for the interval"),
  timeoutNotFloat: err("timeout is not a float or out of range"),
  unblocked: new ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
  timeoutNotInteger: err("timeout is not an integer or out of range"),
  timeoutNegative: err("timeout is negative"),
  timeoutOutOfRange: err("timeout is out of range"),
  negativeLimit: err("LIMIT can't be negative"),
  outOfSymmetricRange: err(
    "value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  ),
  outOfInt32: err("value is out of range, value must between -2147483648 and 2147483647"),
  outOfRange: err("value is out of range"),
  notFinite: err("increment would produce NaN or Infinity"),
  stringTooLong: err("string exceeds maximum allowed size (proto-max-bulk-len)"),
  offsetOutOfRange: err("offset is out of range"),
  bitOffset: err("bit offset is not an integer or out of range"),
  bitValue: err("bit is not an integer or out of range"),
  bitArgument: err("The bit argument must be 1 or 0."),
  bitfieldType: err(
    "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
  ),
  bitfieldReadOnly: err("BITFIELD_RO only supports the GET subcommand"),
  dbOutOfRange: err("DB index is out of range"),
  sameObject: err("source and destination objects are the same"),
  invalidCursor: err("invalid cursor"),
  monitorUsesData: err("Replica can't interact with the keyspace"),
  notInTransaction: err("Command not allowed inside a transaction"),
  noAuth: new ReplyError("NOAUTH Authentication required."),
  wrongPass: new ReplyError("WRONGPASS invalid username-password pair or user is disabled."),
  noShutdown: err("No shutdown in progress."),
  shutdownFailed: err("Errors trying to SHUTDOWN. Check logs."),
  saveInProgress: err("Background save already in progress"),
  loading: new ReplyError("LOADING Redis is loading the dataset in memory"),
  misconfigured: new ReplyError(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to " +
      "disk. Commands that may modify the data set are disabled, because this instance is " +
      "configured to report errors during writes if RDB snapshotting fails " +
      "(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the " +
      "RDB error.",
  ),
  noReplicas: new ReplyError("NOREPLICAS Not enough good replicas to write."),
  readOnlyReplica: new ReplyError("READONLY You can't write against a read only replica."),
  masterDown: new ReplyError(
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  ),
  outOfMemory: new ReplyError("OOM command not allowed when used memory > 'maxmemory'."),
} as const;
