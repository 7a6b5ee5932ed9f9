/**
 * What can be wrong with a rule of ACL SETUSER, in the words of Redis 7.2.
 *
 * @module
 */
const REASONS = {
  "unknown command": "Unknown command or category name in ACL",
  "syntax": "Syntax error",
  "all keys":
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have " +
    "any effect. Try 'resetkeys' to start with an empty list of patterns",
  "all channels":
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not " +
    "have any effect. Try 'resetchannels' to start with an empty list of channels",
  "unknown password": "The password you are trying to remove from the user does not exist",
  "bad hash":
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
  "nested first argument": "Allowing first-arg of a subcommand is not supported",
} as const;

/** Thrown for a rule that makes no sense. */
export class AclRuleError extends Error {
  override name = "AclRuleError";

  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
  }
}

/** Thrown when users cannot be read; the message says where and why. */
export class AclError extends Error {
  override name = "AclError";
}
