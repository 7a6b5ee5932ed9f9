/**
 * Calls of the functions that scripts have, on both servers, compared value for value.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { compare, describeRequest, type Pair, problem, withPair } from "./differential.ts";
import { effort } from "./effort.ts";
import { Chance } from "./property.ts";

/** What shows any value, with every digit of a number, and tables in the order in which they are walked, unless it depends on addresses. */
const SHOW = `
local function show(v)
  if type(v) == 'string' then return string.format('%q', v) end
  if type(v) == 'number' then return string.format('%.17g', v) end
  if type(v) == 'userdata' then return v == cjson.null and 'null' or 'userdata' end
  if type(v) ~= 'table' then return tostring(v) end
  local all, any = {}, false
  for key, value in pairs(v) do
    any = any or type(key) == 'table'
    all[#all + 1] = show(key) .. '=' .. show(value)
  end
  if any then table.sort(all) end
  return '{' .. table.concat(all, ' ') .. '}'
end
local function all(...)
  local shown = {}
  for i = 1, select('#', ...) do shown[i] = show((select(i, ...))) end
  return shown
end
`;

/** A script that replies with all that an expression is worth, or with its error. */
function scriptOf(body: string): string {
  const statements = /\breturn\b/.test(body) ? body : `return ${body}`;
  return `${SHOW}\nreturn all(pcall(function(...)\n${statements}\nend, unpack(ARGV)))`;
}

/** Runs scripts on both servers; throws an error that tells of all that differ. A body is an expression, or has a \`return\`; words are its arguments. */
export async function compareScripts(
  pair: Pair,
  bodies: readonly string[],
  ...words: readonly (string | Uint8Array)[]
): Promise<void> {
  const differences: string[] = [];
  for (const body of bodies) {
    const difference = await compare(pair, ["EVAL", scriptOf(body), "0", ...words], "");
    if (difference === undefined) continue;
    differences.push(`${body} ${describeRequest(words)}\n${difference}`);
  }
  if (differences.length > 0) throw new AssertionError(differences.join("\n"));
}

/** A test that runs something on both servers. */
export function rule(name: string, body: (pair: Pair) => Promise<void>): void {
  Deno.test({
    name: problem === undefined ? name : `${name} (skipped: ${problem})`,
    ignore: problem !== undefined,
    fn: () => withPair(body),
  });
}

/** A test that compares these scripts. */
export function sameScripts(name: string, ...bodies: readonly string[]): void {
  rule(name, (pair) => compareScripts(pair, bodies));
}

const TRIALS = 50;

/** A test that compares scripts that chance makes, each with its arguments. */
export function sameRandomScripts(
  name: string,
  make: (chance: Chance) => readonly [body: string, ...words: Uint8Array[]],
): void {
  rule(name, async (pair) => {
    const count = TRIALS * effort;
    for (let trial = 0; trial < count; trial++) {
      const [body, ...words] = make(new Chance(count * 1000 + trial, trial));
      await compareScripts(pair, [body], ...words);
    }
  });
}

/** Expressions that are divided by bars or stand on lines of their own. */
export function choices(text: string): string[] {
  return text.split(/\||\n/).map((choice) => choice.trim()).filter((choice) => choice !== "");
}

/** All that a template makes of these, the template having `@` where each is to stand. */
export function each(template: string, values: readonly (string | number)[]): string[] {
  return values.map((value) => template.replaceAll("@", () => String(value)));
}

/** Numbers at the limits of what can be told apart. */
export const NUMBERS: readonly string[] = choices(`
  0 | -0 | 1 | -1 | 9 | 10 | 99 | 100 | 127 | 128 | 255 | 256 | 32767 | 32768 | 65535 | 65536 | -31 | -32 | -33
  -127 | -128 | -129 | -32768 | -32769 | 2^31-1 | 2^31 | -2^31 | -2^31-1 | 2^32-1 | 2^32 | 2^52 | 2^53 | -2^53
  2^53+2 | 2^62 | 2^63 | -2^63 | -2^63-1024 | 2^63-1024 | 2^63-512 | 2^63+2048 | 2^64 | 2^64-2048 | 2^64+4096
  2^80+2^30 | -2^64 | 1e13 | 1e14 | 1e15 | 99999999999999 | 999999999999999 | 0.5 | -0.5 | 1.5 | 2.5 | 0.1 | 1/3 | -1/3
  1e-4 | 1e-5 | 1.5e-7 | 1e20 | 1e21 | 1e22 | 1e23 | 1e36 | 1e37 | 1e100 | 1e300 | 1.7976931348623157e308
  2.2250738585072014e-308 | 5e-324 | 12345678901234.5 | 12345678901235.5 | 1234567890123.45 | 99999999999999.5
  1/0 | -1/0 | 0/0 | -(0/0) | 3.14 | 100.25 | 16777216 | 16777217 | 16777217.5 | 3.4028234663852886e38 | 3.5e38
  1e-45 | 1e-46
`);

/** Texts that Lua takes for numbers. */
export const NUMBER_TEXTS: readonly string[] = choices(
  "'1' | '0x10' | ' 2 ' | '1e3' | 'nan' | 'inf' | '-5.7'",
);

/** What is no number. */
export const NOT_NUMBERS: readonly string[] = choices(
  "nil | true | {} | '' | 'x' | cjson.null | type",
);

/** What makes a table in so many steps. */
const built = (size: number, step: string) =>
  `(function() local t = {} for i = 1, ${size} do ${step} end return t end)()`;

/** Values of every other kind and size. */
export const VALUES: readonly string[] = [
  ...choices(String.raw`
    nil | true | false | '' | 'abc' | 'a\0b' | type | tostring | coroutine.create(function() end) | cjson.null
    {} | {1} | {1, 2, 3} | {1, nil, 3} | {nil, 2} | {[2] = 2} | {[1.5] = 1} | {[0] = 1} | {[-1] = 1} | {a = 1}
    {1, a = 2} | {[true] = 1} | {[1] = 1, ['1'] = 2} | {[3] = 3, [2] = 2, [1] = 1} | {[2^31] = 1} | {[2^53] = 1}
    {[1/0] = 1} | {{}, {{}}} | {a = {b = {c = {}}}} | {{1, 2}, {a = 'b'}} | {a = cjson.null, b = {cjson.null}}
    {[type] = 1} | {[{}] = 1}
    setmetatable({}, {__index = function() return 1 end}) | setmetatable({1}, {__len = function() return 5 end})
    (function() local t = {} t[1] = t return t end)() | (function() local t = {} t.a = t return t end)()
    (function() local t = {1, 2, 3, 4} t[4] = nil t[3] = nil return t end)()
    (function() local t = {a = 1, b = 2, c = 3} t.a = nil return t end)()
    (function() local t = {} for i = 1, 40 do t[i] = i end for i = 1, 38 do t[i] = nil end return t end)()
  `),
  ...each("('x'):rep(@)", [31, 32, 255, 256, 65535, 65536]),
  ...[15, 16, 17, 100, 65535, 65536].map((size) => built(size, "t[i] = i")),
  ...[15, 16, 65536].map((size) => built(size, `t[${size + 1} - i] = i`)),
  ...[15, 16, 17, 100].map((size) => built(size, "t['k' .. i] = i")),
  ...[1, 2, 14, 15, 16, 17, 18, 50].map((depth) => built(depth, "t = {t}")),
  ...[1, 15, 16, 17, 50].map((depth) => built(depth, "t = {a = t}")),
];
