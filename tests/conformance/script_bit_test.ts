/** The library bit that scripts have, compared with redis-server. */
import {
  choices,
  each,
  NOT_NUMBERS,
  NUMBER_TEXTS,
  NUMBERS,
  sameScripts,
} from "../support/library_scripts.ts";

const functions = (names: string, template: string, values: readonly string[]) =>
  choices(names).flatMap((name) => each(template.replace("?", name), values));

sameScripts(
  "bit reads numbers modulo 2^32",
  ...functions("tobit | bnot | bswap", "bit.?(@)", [...NUMBERS, ...NOT_NUMBERS, ...NUMBER_TEXTS]),
  "bit.tobit()",
  "bit.tobit(1, 2)",
);

sameScripts(
  "bit combines any number of numbers",
  ...functions("band | bor | bxor", "bit.?(@)", [
    "",
    ...choices(`
      5 | 12, 10 | 0xf0f0f0f0, 0x0ff00ff0, 0xffffffff | -1, 2^31, 2^32 + 7 | '7', '3'
      1, nil | 1, 'x', {} | nil, {}
    `),
  ]),
);

sameScripts(
  "bit shifts and turns by the lower five bits",
  ...functions("lshift | rshift | arshift | rol | ror", "bit.?(@)", [
    "",
    ...choices("1 | 1, nil | 1, {} | '256', '4'"),
    ...["0", "1", "4", "31", "32", "33", "-1", "2.5"].flatMap((by) => [
      `0x87654321, ${by}`,
      `0x12345678, ${by}`,
    ]),
  ]),
);

sameScripts(
  "bit.tohex writes up to eight digits, in capitals for a negative count",
  ...each("bit.tohex(0xdeadbeef, @)", [8, 1, 4, 0, -4, -8, 9, -9, 2 ** 31, -(2 ** 31), 1.5]),
  ...each("bit.tohex(@)", choices("255 | -1 | 255, nil | 255, 'x' | nil | 1, 2, 3")),
);
