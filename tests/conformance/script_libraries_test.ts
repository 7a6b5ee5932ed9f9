/** What the libraries cjson, cmsgpack, struct and bit make of random values and bytes, compared with redis-server. */
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { each, sameRandomScripts, sameScripts } from "../support/library_scripts.ts";
import type { Chance } from "../support/property.ts";

sameScripts(
  "the libraries have the functions and the names that Redis's have",
  ...each(
    `local names = {}
     for name, value in pairs(@) do
       names[#names + 1] = name .. ' ' .. (type(value) == 'string' and value or type(value))
     end
     table.sort(names)
     return names`,
    ["cjson", "cmsgpack", "struct", "bit", "cjson.new()"],
  ),
  "cjson.null == cjson.decode('null'), type(cjson.null), cjson.nosuch",
  "local function set() cjson.x = 1 end return pcall(set)",
  "tostring(cjson.null), getmetatable(cjson.null)",
);

sameScripts(
  "tables are walked in Redis's order, whatever the length of their keys",
  ...each(
    `local t = {}
     for i = 1, 200 do t[('x'):rep(@) .. i .. ('y'):rep(@)] = i end
     return t, cjson.encode(t)`,
    [0, 1, 10, 20, 100, 1000],
  ),
);

/** An expression of Lua for a value, of any kind and shape. */
function randomValue(chance: Chance, depth: number): string {
  const kind = chance.below(depth > 0 ? 12 : 7);
  if (kind === 0) return chance.pick(["nil", "true", "false", "cjson.null"]);
  if (kind <= 2) return String(chance.int64());
  if (kind === 3) return randomDouble(chance);
  return kind <= 6 ? randomString(chance) : randomTable(chance, depth - 1);
}

function randomTable(chance: Chance, depth: number): string {
  const value = () => randomValue(chance, depth);
  const entries = [
    value,
    () => `[${chance.between(1, 12)}] = ${value()}`,
    () => `[${randomString(chance)}] = ${value()}`,
    () => `[${chance.pick([randomDouble(chance), "true", "-1", "0"])}] = ${value()}`,
  ];
  // Most tables have entries of one kind.
  const kinds = chance.oneIn(4) ? entries : [entries[chance.pick([0, 0, 1, 2, 2, 3])]];
  return `{${chance.list(chance.pick([2, 5, 20]), () => chance.pick(kinds)()).join(", ")}}`;
}

function randomDouble(chance: Chance): string {
  const digits = chance.text(17, "0123456789") || "1";
  const exponent = chance.below(30);
  const forms = [`0.${digits}`, `${digits}.5`, `${digits}e-${exponent}`, `${digits}e${exponent}`];
  return chance.pick(["", "-"]) + chance.pick(forms);
}

function randomString(chance: Chance): string {
  const codes = chance.list(chance.pick([3, 10, 100]), () => chance.below(256));
  return `'${codes.map((code) => `\\${String(code).padStart(3, "0")}`).join("")}'`;
}

sameRandomScripts("values go through cjson and cmsgpack and come back", (chance) => [
  `local value, results = ${randomValue(chance, 4)}, {}
   local ways = {{cjson.encode, cjson.decode}, {cmsgpack.pack, cmsgpack.unpack}}
   for i, way in ipairs(ways) do
     local ok, text = pcall(way[1], value)
     results[i] = {text, ok and {pcall(way[2], text)}}
   end
   return results`,
]);

/** JSON of any shape, with something wrong in it now and then. */
function randomJson(chance: Chance, depth: number): string {
  if (chance.oneIn(60)) return chance.text(3, '{}[],:"\\ 0-.eE+tfnu\0');
  const space = () => chance.pick(["", "", "", " ", "\n\t"]);
  const list = (make: () => string) =>
    chance.list(5, () => `${space()}${make()}${space()}`).join(",");
  switch (chance.below(depth > 0 ? 6 : 4)) {
    case 0:
      return chance.pick(["true", "false", "null"]);
    case 1:
      return chance.pick([String(chance.int64()), randomDouble(chance)]);
    case 2:
    case 3:
      return randomJsonString(chance);
    case 4:
      return `[${list(() => randomJson(chance, depth - 1))}]`;
    default:
      return `{${list(() => `${randomJsonString(chance)}:${randomJson(chance, depth - 1)}`)}}`;
  }
}

function randomJsonString(chance: Chance): string {
  const escapes = ["\\n", "\\\\", '\\"', "\\u00e9", "\\ud83d\\ude00", "\\u0000"];
  const parts = ["a", "bc", " ", "\xc3\xa9", ...escapes, chance.oneIn(20) ? "\\x" : "/"];
  return `"${chance.list(12, () => chance.pick(parts)).join("")}"`;
}

sameRandomScripts("cjson reads any text, or says the same of it", (chance) => [
  "local value = cjson.decode((...)) return value, cjson.encode(value)",
  fromLatin1(randomJson(chance, 5)),
]);

sameRandomScripts("texts and packed values are refused wherever they are cut off", (chance) => [
  `local value, results = ${randomTable(chance, 2)}, {}
   for _, way in ipairs({{cjson.encode, cjson.decode}, {cmsgpack.pack, cmsgpack.unpack},
     {cmsgpack.pack, cmsgpack.unpack_one}}) do
     local ok, text = pcall(way[1], value)
     for length = 0, ok and math.min(#text, 200) or -1 do
       results[#results + 1] = {pcall(way[2], text:sub(1, length))}
     end
   end
   return results`,
]);

sameRandomScripts("any bytes are JSON, MessagePack or a structure, or an error", (chance) => [
  `local bytes, format = ...
   return {{pcall(cjson.decode, bytes)}, {pcall(cmsgpack.unpack, bytes)},
     {pcall(cmsgpack.unpack_limit, bytes, 3, 1)}, {pcall(struct.unpack, format, bytes)},
     {pcall(struct.size, format)}, {pcall(struct.unpack, bytes, bytes)}, {pcall(struct.pack, bytes, 1, 2)}}`,
  fromLatin1(chance.binary(60)),
  fromLatin1(chance.text(12, "bBhHlLTiIfdxcs>< !0123456789")),
]);
