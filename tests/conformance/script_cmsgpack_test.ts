/** The library cmsgpack that scripts have, compared with redis-server. */
import {
  choices,
  each,
  NOT_NUMBERS,
  NUMBERS,
  sameScripts,
  VALUES,
} from "../support/library_scripts.ts";

sameScripts(
  "cmsgpack packs every value into Redis's bytes",
  ...each("cmsgpack.pack(@)", [...VALUES, ...NUMBERS]),
  ...each("cmsgpack.pack({[1] = @, a = @})", NUMBERS),
  "cmsgpack.pack()",
  "cmsgpack.pack(1, 'a', {}, nil, true)",
  "cmsgpack.pack(nil, nil)",
  ...each(
    "local t = {} for i = 1, @ do t[i] = i end return #cmsgpack.pack(unpack(t))",
    [3990, 3999, 4000, 4001, 7990],
  ),
);

sameScripts(
  "cmsgpack unpacks what it has packed",
  ...each("cmsgpack.unpack(cmsgpack.pack(@))", [...VALUES, ...NUMBERS]),
  "cmsgpack.unpack(cmsgpack.pack(1, 'a', {}, nil, true))",
  ...each(
    String.raw`local t = {pcall(cmsgpack.unpack, ('\1'):rep(@))} return #t, t[1], t[2]`,
    [7990, 7997, 7998, 7999, 8000, 8001],
  ),
);

/** Values in hexadecimal: each form, with the limits of what it holds, cut off, and lying about its length. */
const PACKED = `
  c0 c1 c2 c3 c4 c7 c8 c9 d4 d8 00 7f 80 90 a0 e0 ff cc ccff cdff cdffff ceffffff ceffffffff cf00000000 cf0000000000000001
  cf7fffffffffffffff cf8000000000000000 cfffffffffffffffff cf0020000000000001 d0 d080 d1ff d18000 d17fff d2ffffff
  d280000000 d3 d38000000000000000 d3ffffffffffffffff d37fffffffffffffff ca ca3f8000 ca3f800000 caffc00001 ca7fc00000
  ca7f800000 ca7f800001 cb cb3ff0000000000000 cbfff8000000000000 cb7ff0000000000000 cb7ff8000000000001
  cb7ff0000000000001 a1 a161 d9 d901 d90161 da da0001 da000161 db db00000001 db0000000161 dbffffffff61 91 9101 910101
  92c0c0 93c001c0 dc dc0001 dc000101 dcffff01 dd dd0000000101 ddffffffff ddffffffff0101 81 8101 810101 81c001
  81cb7ff800000000000001 8101c0 82010201ff 8181010203 819101a0 de de00010102 deffff0102 df df000000010102 dfffffffff0102
  9181 0102a161c0 92a16191a162c0 d9ff61 dcffff${"c0".repeat(70)} c4010203 d500 c1c0
`.trim().split(/\s+/);

const unhex = "local s = ('@'):gsub('..', function(h) return string.char(tonumber(h, 16)) end)";

sameScripts(
  "cmsgpack reads every form, and refuses what is cut off or no form",
  ...each(`${unhex} return cmsgpack.unpack(s)`, PACKED),
  ...each(`${unhex} return struct.pack('d', (cmsgpack.unpack(s)))`, PACKED),
  ...each(`${unhex} return cmsgpack.unpack_one(s)`, PACKED),
  ...each(`${unhex} return cmsgpack.unpack_limit(s, 2)`, PACKED),
  ...each("cmsgpack.unpack(@)", ["", "12", "'\\1', 2, 3", ...NOT_NUMBERS]),
);

sameScripts(
  "cmsgpack goes on from an offset and stops at a limit",
  ...["_one(s, @)", "_limit(s, @)", "_limit(s, @, 1)", "_limit(s, 2, @)", "_limit(s, 0, @)"]
    .flatMap((call) =>
      each(
        String.raw`local s = '\1\2\3\4' return cmsgpack.unpack${call}`,
        choices(`
        0 | 1 | 2 | 3 | 4 | 5 | -1 | 1.9 | nil | '1' | 'x' | {} | 2^31 | 2^32 | 2^32+1 | 2^63 | -2^63 | 1e300 | 0/0
      `),
      )
    ),
  ...each("cmsgpack.unpack_one(@)", ["", "''", "nil, 'x'"]),
  ...each("cmsgpack.unpack_limit(@)", ["", "'\\1'", "'\\1', 1, 0, 9, 9"]),
);

sameScripts(
  "cmsgpack unpacks structures as deep as Lua's stack",
  ...choices(String.raw`\145 | \129\1 | \220\0\1 | \129`).flatMap((open) =>
    each(
      String.raw`
        local ok, e = pcall(cmsgpack.unpack, ('${open}'):rep(@) .. ('\1'):rep(@ + 1)) return ok, ok or e`,
      [10, 1000, 2664, 2668, 3990, 3995, 3996, 3997, 3998, 3999, 4000, 4001, 7990, 8000, 20000],
    )
  ),
);
