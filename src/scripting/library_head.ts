/**
 * The first line of a library: `#!lua name=mylib`.
 *
 * @module
 */
import { err, type ReplyError } from "../command/errors.ts";
import { cText, latin1, spells } from "../lib/bytes.ts";
import { splitWords } from "../lib/quoted_words.ts";

/** What the first line of a library says. */
export interface LibraryHead {
  readonly name: string;
  /** How many bytes of the text it takes, without the line's end: what is left has the same line numbers. */
  readonly length: number;
}

const invalid = err("Invalid library metadata");
/** Redis says this of functions too. */
export const badName: ReplyError = err(
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one " +
    "character long",
);

const NAME = "name=";

/** Whether libraries and functions can be called so. */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name);
}

/** Reads the first line. Throws an error to reply if it is not that of a library in Lua. */
export function readLibraryHead(text: Uint8Array): LibraryHead {
  if (!spells(text, 0, Math.min(2, text.length), "#!")) throw err("Missing library metadata");
  const length = text.indexOf(0x0a);
  const end = text.indexOf(0);
  if (length < 0 || end >= 0 && end < length) throw invalid;
  const words = splitWords(text.subarray(0, length))?.map((word) => latin1(word, 0, word.length));
  if (words === undefined || words.length === 0) throw invalid;
  const [first, ...options] = words;
  const name = readName(options);
  if (!isName(name)) throw badName;
  const engine = first.slice(2);
  if (engine.toLowerCase() !== "lua") throw err(`Engine '${engine}' not found`);
  return { name, length };
}

function readName(options: readonly string[]): string {
  let name: string | undefined;
  for (const option of options) {
    if (option.slice(0, NAME.length).toLowerCase() !== NAME) {
      throw err(`Invalid metadata value given: ${cText(option)}`);
    }
    if (name !== undefined) {
      throw err("Invalid metadata value, name argument was given multiple times");
    }
    name = option.slice(NAME.length);
  }
  if (name === undefined) throw err("Library name was not given");
  return name;
}
