/**
 * Finds files of more than 400 lines and functions of more than 60: a reader should hold each on a screen or two.
 *
 *     deno run --allow-read tests/check/sizes.ts
 *
 * @module
 */
import { readSource, sourceFiles } from "./source_files.ts";

const FILE_LINES = 400;
const FUNCTION_LINES = 60;

/** Files and functions that may be longer, each for a reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "src/config/directives.ts": "one list of everything, a line for each directive",
  "src/config/kinds.ts": "many small kinds, read one at a time beside their messages",
  "src/encodings/counted_tree.ts": "one structure: a B+tree is understood as a whole",
  "src/encodings/dict.ts": "one structure: splits and merges are understood together",
  "src/encodings/listpack.ts": "one layout: every reader and writer of it",
  "src/encodings/stream_nodes.ts": "one layout: every reader and writer of it",
  "src/keyspace/database.ts": "the one door to the keys of a database",
  "src/keyspace/lists.ts": "a list's two forms side by side; a folder for each type will divide it",
  "src/rdb/value_reader.ts": "every form in which Redis has written a value",
  "src/keyspace/sorted_sets.ts":
    "a sorted set's two forms side by side; a folder for each type will divide it",
  "src/server/info/memory_section.ts memorySection": "a table: one line for each figure",
  "src/server/info/stats_section.ts statsSection": "a table: one line for each figure",
};

/** Where a function, a method or an arrow function with a name begins: how far in it stands, and its name. */
const BEGIN =
  /^( *)(?:export )?(?:async )?(?:function\*? |const |(?:(?:static|override|get|set|async) )*\*?)(#?[\w$]+)(?:<.*>)?(?: = (?:async )?)?\(/;
const STATEMENTS = /^(if|for|while|switch|catch|return|super)$/;

interface Span {
  readonly name: string;
  readonly lines: number;
}

/** Functions with a body of several lines, which ends at a brace that stands as far in as the function does. */
function* functionsIn(text: string): Generator<Span> {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const [, indent, name] = BEGIN.exec(lines[i]) ?? [];
    if (name === undefined || STATEMENTS.test(name)) continue;
    // Words that stand on lines of their own end with a line like `): void {`.
    const head = lines[i].endsWith("(")
      ? lines.findIndex((line, j) => j > i && line.startsWith(`${indent})`))
      : i;
    if (head < 0 || !lines[head].endsWith("{")) continue;
    const end = lines.findIndex((line, j) => j > head && line.startsWith(`${indent}}`));
    if (end > 0) yield { name, lines: end - i + 1 };
  }
}

const seen = new Set<string>();
const problems: string[] = [];

function check(name: string, lines: number, most: number): void {
  if (lines <= most) return;
  seen.add(name);
  if (!(name in EXCEPTIONS)) problems.push(`${name} has ${lines} lines; more than ${most}`);
}

for (const path of sourceFiles("src")) {
  const text = readSource(path);
  check(path, text.trimEnd().split("\n").length, FILE_LINES);
  for (const { name, lines } of functionsIn(text)) check(`${path} ${name}`, lines, FUNCTION_LINES);
}
for (const name of Object.keys(EXCEPTIONS)) {
  if (!seen.has(name)) problems.push(`${name} is no longer too long: it needs no exception`);
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "Sizes: nothing is too long." : `${problems.length} too long`);
if (problems.length > 0) Deno.exit(1);
