/** The library struct that scripts have, compared with redis-server. */
import {
  choices,
  each,
  NOT_NUMBERS,
  NUMBER_TEXTS,
  NUMBERS,
  sameScripts,
} from "../support/library_scripts.ts";

const INTEGERS = choices(`
  b | B | h | >h | H | l | >l | L | T | i | >i | I | i3 | >i3 | <I3 | >i5 | i7 | >i8 | i9 | >i9 | I9 | i10 | I12 | >I12
  i16 | >i32 | >I32 | i0
`);
const REALS = choices("d | >d | f | >f");

sameScripts(
  "struct packs every number in every size and order",
  ...[...INTEGERS, ...REALS].flatMap((format) => each(`struct.pack('${format}', @)`, NUMBERS)),
  ...["i", "d", ">f"].flatMap((format) =>
    each(`struct.pack('${format}', @)`, [...NOT_NUMBERS, ...NUMBER_TEXTS])
  ),
);

sameScripts(
  "struct packs strings",
  ...each(
    "struct.pack(@)",
    choices(String.raw`
      's', 'abc' | 's', 'a\0bc' | 'ss', '', 'x' | 'c', 'abc' | 'c0', 'abc' | 'c2c3', 'abc', 'defg' | 'c4', 'abc'
      'c2147483647', 'abc' | 'c2147483648', 'abc' | 'c99999999999', 'abc' | 's', 12 | 's', nil | 's' | 'c0s', {}, 'x'
    `),
  ),
);

const FORMATS = [
  "",
  " ",
  ...choices(String.raw`
    !bi | !4bd | !8bd | !bhil | !2bi | !16bd | ! b h | !1bd | !0b | !3b | !2147483647b | !2147483648b | !1073741824bd
    bxh | !xi | !bi3b | !bi5b | !bi16b | b>h<h | i33 | i32 | i99999999999 | z | A | 1 | % | $ | \0b | b\0i | c0 | s | c
    c5 | b s | x!x | \200 | i\n | ( | = | bbbbbbbbbb!8d | c2147483647c2147483647c2147483647
  `),
];

sameScripts(
  "struct aligns, and refuses formats that are none",
  ...each("struct.size('@')", FORMATS),
  ...each("struct.pack('@', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)", FORMATS),
  ...each("struct.pack('@')", FORMATS),
  ...each(String.raw`struct.unpack('@', ('\1\2\3\4\5\6\7\200'):rep(16))`, FORMATS),
  ...each("struct.unpack('@', '')", FORMATS),
  ...["size", "pack", "unpack"].flatMap((name) =>
    each(`struct.${name}(@)`, [
      "",
      ...choices("nil | 1 | {} | 'i' | 'i', nil | 'i', {} | 'i', 12345"),
    ])
  ),
);

sameScripts(
  "struct unpacks any bytes as numbers",
  ...[...INTEGERS, ...REALS].flatMap((format) =>
    choices(String.raw`
      ('\255'):rep(40) | ('\0'):rep(40) | ('\1\2\3\4\5\6\7\8\9\250'):rep(4) | ('\127\240\0\1\255'):rep(8)
      ('\255\240\0\1\127'):rep(8) | ('\0\0\192\255'):rep(10) | '\1'
    `).flatMap((data) => [
      `struct.unpack('${format}', ${data})`,
      // The bits of what is not a number stay.
      `struct.pack('df', (struct.unpack('${format}', ${data})), (struct.unpack('${format}', ${data})))`,
    ])
  ),
);

sameScripts(
  "struct unpacks strings, with a zero behind them or a length before them",
  ...each(
    "struct.unpack(@)",
    choices(String.raw`
      'bc0', '\3abcd' | 'bc0b', '\3abcd' | 'bc0', '\5abcd' | 'bc0', '\0abcd' | 'bc0', '\255abcd' | 'c0', 'abcd'
      'c1c0', '2abcd' | 'c1c0', 'xabcd' | 'sc0', '2\0abcd' | 'xc0', '2\0abcd' | 'bbc0c0', '\1\2abcd'
      's', 'abc\0def\0' | 'ss', 'abc\0def\0' | 's', 'abc' | 's', '' | 'sb', 'abc\0'
    `),
  ),
  ...each(
    "struct.unpack('dc0', struct.pack('d', @) .. 'abcde')",
    choices(
      "-0.5 | 0.5 | 1.9 | -1 | -1e300 | 1e300 | 2^63 | 2^64 | 2^64+4096 | 0/0 | 1/0 | -1/0 | 5 | 6",
    ),
  ),
);

sameScripts(
  "struct unpacks from an offset",
  ...choices("'b', 'abcd' | '>h', 'abcd' | '', 'abcd' | 's', 'ab\\0d'").flatMap((args) =>
    each(
      `struct.unpack(${args}, @)`,
      choices(`
        1 | 2 | 3 | 4 | 5 | 6 | 0 | -1 | 2.9 | nil | '2' | 'x' | {} | 1e300 | -1e300 | 2^31 | 2^32 | 2^32+1 | 0/0
      `),
    )
  ),
  // A negative offset is a large one, which alignment may turn over to the beginning.
  ...each("struct.unpack('!8d', ('x'):rep(20), @)", [-1, -2, -3, -7, -8, -9]),
);

sameScripts(
  "struct gives as many results as Lua has room for",
  ...each(
    `local t = {pcall(struct.unpack, ('b'):rep(@), ('x'):rep(@))} return #t, t[1], t[2], t[#t]`,
    [10, 7990, 7993, 7994, 7995, 7996, 7997, 7998, 7999, 8000, 8100],
  ),
);
