/**
 * The first line of a script, if it is a shebang: `#!lua flags=no-writes,allow-oom`.
 *
 * @module
 */
import { err, ReplyError } from "../command/errors.ts";
import { ScriptFlag } from "../command/script_flag.ts";
import { splitWords } from "../lib/quoted_words.ts";
import { cText, latin1 } from "../lib/bytes.ts";

/** The bits by their names. */
export const SCRIPT_FLAGS: Readonly<Record<string, number>> = {
  "no-writes": ScriptFlag.NoWrites,
  "allow-oom": ScriptFlag.AllowOom,
  "allow-stale": ScriptFlag.AllowStale,
  "no-cluster": ScriptFlag.NoCluster,
  "allow-cross-slot-keys": ScriptFlag.AllowCrossSlotKeys,
};

/** A flag of Upstash, which @upstash/ratelimit sends. It lets a script run beside others on other keys; here a script always runs alone. */
const MEANINGLESS_HERE = "allow-key-locking";

/** What the first line of a script says. */
export interface Shebang {
  /** How many bytes of the script it takes, without the line's end: what is left has the same line numbers. */
  readonly length: number;
  /** Bits of {@link ScriptFlag}; undefined if there is no such line, and the script is treated as those of older versions. */
  readonly flags: number | undefined;
}

/** Reads the first line. Throws an error to reply if it is a shebang that makes no sense. */
export function readShebang(script: Uint8Array): Shebang {
  if (script[0] !== 0x23 || script[1] !== 0x21) return { length: 0, flags: undefined };
  const length = script.indexOf(0x0a);
  const end = script.indexOf(0);
  if (length < 0 || end >= 0 && end < length) throw err("Invalid script shebang");
  const words = splitWords(script.subarray(0, length))?.map((word) =>
    cText(latin1(word, 0, word.length))
  );
  if (words === undefined || words.length === 0) throw err("Invalid engine in script shebang");
  const [engine, ...options] = words;
  if (engine !== "#!lua") throw err(`Unexpected engine in script shebang: ${engine}`);
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith("flags=")) throw err(`Unknown lua shebang option: ${option}`);
    const names = option.slice("flags=".length);
    for (const name of names === "" ? [] : names.split(",")) {
      const flag = name === MEANINGLESS_HERE ? 0 : SCRIPT_FLAGS[name];
      if (flag === undefined) throw err(`Unexpected flag in script shebang: ${name}`);
      flags |= flag;
    }
  }
  return { length, flags };
}

/** As {@link readShebang}, for those who want to know what a script declares, and nothing of its errors. */
export function declaredFlags(script: Uint8Array): number | undefined {
  try {
    return readShebang(script).flags;
  } catch (error) {
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}
