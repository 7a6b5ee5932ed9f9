/** The library cjson that scripts have, compared with redis-server. */
import {
  choices,
  compareScripts,
  each,
  NUMBERS,
  rule,
  sameScripts,
  VALUES,
} from "../support/library_scripts.ts";

const raw = String.raw;
/** A text in quotes of Lua's. */
const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

sameScripts(
  "cjson encodes every value as Redis does",
  ...each("cjson.encode(@)", [...VALUES, ...NUMBERS]),
  ...each("cjson.encode({a = @})", NUMBERS),
  ...each("cjson.encode({[@] = 1})", NUMBERS.filter((number) => !number.includes("0/0"))),
  ...each("cjson.encode(@)", [
    "",
    "1, 2",
    "{a = type}",
    "{[true] = 1}",
    "{1, 2, a = 3, [10] = 4}",
  ]),
  "local s = '' for i = 0, 255 do s = s .. string.char(i) end return cjson.encode({s, [s] = s})",
  "local s = '' for i = 0, 255 do s = s .. string.char(i) end return cjson.encode(s:rep(40))",
);

sameScripts(
  "cjson takes tables with holes for arrays until there are too many",
  ...each(
    `local mine = cjson.new()
     local results = {mine.encode_sparse_array(@)}
     for _, t in ipairs({{[11] = 1}, {[10] = 1}, {1, [5] = 2}, {1, 2, 3, [20] = 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, [19] = 1},
       {[2^31] = 1, [5] = 2}, {[2^31 - 1] = 1, [2^31] = 2, a = 1}, {[100] = 1, [50] = 2, [75] = 3}}) do
       results[#results + 1] = {pcall(mine.encode, t)}
     end
     return results`,
    [
      "",
      ...choices(`
      true | false | true, 0 | false, 0 | true, 1 | true, 2, 3 | true, 2147483647 | false, 1, 0 | 'on', 3, 100
    `),
    ],
  ),
);

sameScripts(
  "the settings of cjson refuse what is out of range, and say what is set",
  ...choices(`
    encode_sparse_array | encode_max_depth | decode_max_depth | encode_number_precision | encode_keep_buffer
    encode_invalid_numbers | decode_invalid_numbers
  `).flatMap((name) =>
    each(`cjson.new().${name}(@)`, [
      "",
      ...choices(raw`
      nil | 1 | 0 | -1 | 14 | 15 | 1.9 | 'on' | 'off' | 'null' | 'on\0x' | 'x\0y' | true | false | {} | '5'
      2147483647 | 2147483648 | 2^32 + 5 | 1e300 | 0/0 | 1, 2 | nil, nil | 1, 2, 3, 4 | true, 1, 'x' | true, -1
      false, 5, -1 | true, 5, 7 | nil, 3 | nil, nil, 3
    `),
    ])
  ),
);

sameScripts(
  "the settings of cjson last from script to script",
  "cjson.encode_number_precision(3)",
  "cjson.encode(3.14159), cjson.new().encode(3.14159)",
  "cjson.encode_number_precision(14)",
  "cjson.encode_invalid_numbers('null')",
  "cjson.encode({1/0, -1/0, 0/0, [4] = 5})",
  "cjson.encode({[1/0] = 1})",
  "cjson.encode_invalid_numbers(true)",
  "cjson.encode({1/0, -1/0, 0/0, -(0/0)})",
  "cjson.encode({[1/0] = 1})",
  "cjson.encode_invalid_numbers(false)",
  "cjson.encode({1/0})",
  "cjson.encode_keep_buffer(false), cjson.encode({1}), cjson.encode_keep_buffer()",
  "cjson.encode_sparse_array(true), cjson.encode({[100] = 1})",
  "cjson.encode({[100] = 1})",
  "cjson.decode_max_depth(2)",
  ...each("cjson.decode('@')", ["[[1]]", "[[[1]]]", '{"a":{"b":{}}}', '{"a":{"b":1}}']),
  "cjson.new().decode('[[[1]]]')",
  "cjson.decode_max_depth()",
);

rule("SCRIPT FLUSH resets the settings of cjson", async (pair) => {
  await compareScripts(pair, ["cjson.encode_number_precision(3)", "cjson.encode(1/3)"]);
  for (const client of [pair.ours, pair.oracle]) await client.call("SCRIPT", "FLUSH");
  await compareScripts(pair, ["cjson.encode(1/3)"]);
});

sameScripts(
  "a library of cjson.new has settings of its own",
  `local mine = cjson.new()
   mine.encode_number_precision(2)
   mine.encode_max_depth(1)
   return mine.encode(1/3), mine.new().encode(1/3), cjson.encode(1/3), pcall(mine.encode, {{}})`,
  "local mine = cjson.new() mine.more = 1 return mine.more, mine.null == cjson.null",
  `local mine = cjson.new()
   collectgarbage()
   return mine.decode_max_depth(5), pcall(mine.decode, '[[[[[[]]]]]]')`,
  `local t = {}
   for i = 1, 1000 do t[i] = cjson.new() t[i].encode_max_depth(i) end
   return t[7].encode_max_depth(), t[1000].encode_max_depth()`,
);

sameScripts(
  "cjson rounds numbers as C does, at every precision",
  ...each(
    `local mine, results = cjson.new(), {}
     mine.encode_number_precision(@)
     for _, n in ipairs({${
      NUMBERS.filter((number) => !number.includes("/0")).join(", ")
    }, 0.25, 0.35,
       25, 35, 45, 3.5, 1250, 1350, 9.5, 99.5, 8.5, 1.25, 1.35, 123456789, 0.000123456789, 5e-5, 12345.5, 12346.5,
       1234567890.5, 123456789012.25, 1234567890123.5, 0.00001234565, 123456.5e10, 1234565e20, 9.9999999999999995e22}) do
       results[#results + 1] = mine.encode(n)
       results[#results + 1] = mine.encode(-n)
     end
     return results`,
    Array.from({ length: 14 }, (_, i) => i + 1),
  ),
);

const nested = (table: string) =>
  `local mine, t = cjson.new(), {}
   for i = 2, @ do t = ${table} end
   if @ > 2000 then mine.encode_max_depth(100000) end
   local ok, e = pcall(mine.encode, t)
   return ok, #e, ok or e`;
const nestedText = (begin: string, end: string) =>
  `local mine = cjson.new()
   if @ > 2000 then mine.decode_max_depth(100000) end
   local ok, e = pcall(mine.decode, ('${begin}'):rep(@) .. '{}' .. ('${end}'):rep(@))
   return ok, ok or e`;

sameScripts(
  "cjson refuses tables that are nested deeper than is set, or than Lua's stack",
  ...[nested("{t}"), nested("{a = t}"), nestedText("[", "]"), nestedText('{"a":', "}")].flatMap((
    body,
  ) =>
    each(body, [
      ...[998, 999, 1000, 1001, 2001, 2664, 2665, 2666, 2667, 3994, 3996, 3997, 3998, 3999, 4000],
      ...[7994, 7995, 7996, 7997, 7998, 7999, 8000, 8001, 20000],
    ])
  ),
);

const NUMBER_TEXTS = [
  ...choices(`
    0 | -0 | 1 | -1 | +1 | -+1 | --1 | - | + | . | .5 | -.5 | 1. | 1.5 | 01 | 00 | -01 | 0x10 | 0X1F | -0x10 | 0x | 0xg
    0x.8 | 0x1.8p3 | 0x1p | 0x1p-2000 | 0xp1 | 0x.p1 | 1e5 | 1E5 | 1e+5 | 1e-5 | 1e | 1e+ | 1ex | 1e400 | -1e400 | 1e-400
    4.9e-324 | 2e-324 | inf | Inf | INF | -inf | infinity | Infinity | -infinity | infinit | infinityx | infx | nan | NaN
    -nan | nanx | nan( | nan(-) | nan() | +inf | +nan | +0x10 | i | n | t | f | I | N | nul | nullx | null | truex | true
    false | falsex | tru | fals | Null | 123456789012345 | 1234567890123456 | 1234567890123456789 | 0.1 | 1 2 | 1,
    0.30000000000000004 | 1e22 | 1e23 | 123456.789e-10 | 9007199254740993 | 1.7976931348623159e308 | 5e-324 | 0e999999
    0e-999999 | 1e99999999999 | 1e-99999999999 | 100000000000000000000000000000000000000000 | 0.00000000000000000000000001
  `),
  ...["1".repeat(400), `0.${"0".repeat(400)}1`, `0x${"f".repeat(300)}`, "1\\n", "\\n1", " 1 "],
];

sameScripts(
  "cjson reads numbers as C does",
  ...each("cjson.decode('@')", NUMBER_TEXTS),
  ...each("cjson.decode('[@]')", NUMBER_TEXTS),
  ...each("struct.pack('d', cjson.decode('[@]')[1])", NUMBER_TEXTS),
  ...each(
    "local mine = cjson.new() mine.decode_invalid_numbers(false) return mine.decode('[@]')",
    NUMBER_TEXTS,
  ),
  // Redis keeps what stands in the brackets in the bits of the number.
  ...each("cjson.decode('[@]')", choices("nan(12) | nan(x_1) | -nan(1) | NAN(ABC)")),
);

const TEXTS = [
  "",
  " ",
  ...raw`
    x [ ] { } [] {} [1 [1, [1,] [,1] [1}  {1} {"a" {"a"} {"a": {"a":1 {"a":1, {"a":1,} {"a":1] {"a"::1} {:1} {a:1} {1:1}
    {null:1} {"a":1,"a":2} {"":""} " "abc "abc" "a"x "a""b" [[[]]] [{}] [[],{}] {"a":[1,{"b":[]}]} [null,null] {"a":null}
    [true,false] nulll [1,2,3,4,5,6,7,8,9,10] {"1":1,"2":2} \t[\r\n1,\t2]\n \v1 \f1 \0 1\0 \0\0 a\0b [1\0] "a\0b" 1\00
    \239\187\191[] [1]\0garbage /**/1 , : ,, 1: [:] [1:2] true\tfalse \255 [\200] \\ "\255\254" "\1\31\127" {"a"\n1}
  `.trim().split(/\s+/),
];

sameScripts(
  "cjson reads texts, and says what is wrong with others",
  ...each("cjson.decode('@')", TEXTS),
);

const STRINGS = [
  "\\",
  ...raw`
    \n\t\r\b\f\/\\\" \a \x41 \' \u0041 \u00e9 \u20ac \uffff \u0000 a\u0000b \u \u1 \u12 \u123 \u12g4 \uABCD \uabcd \u-123
    \ud83d\ude00 \uD83D\uDE00 \ud800 \ud800x \ud800\n \ud800\u0041 \udc00 \udc00\ud800 \ud800\ud800 \udbff\udfff
    \ud800\udc00 \ud800\u \ud800\udc0 \u007f\u0080\u07ff\u0800 \U0041 é€😀
  `.trim().split(/\s+/),
  `plain and long: ${"x".repeat(100)}`,
  raw`${"x".repeat(100)}\n${"y".repeat(100)}`,
];

sameScripts(
  "cjson reads escapes",
  ...STRINGS.flatMap((text) => [
    `cjson.decode(${quote(`"${text}"`)})`,
    `cjson.decode(${quote(`{"${text}":["${text}"]}`)})`,
    `cjson.decode(${quote(`["a","${text}`)})`,
  ]),
);

sameScripts(
  "cjson.decode wants one string",
  ...each("cjson.decode(@)", ["", ...choices("'1', '2' | nil | {} | 12 | 1.5 | true")]),
);
