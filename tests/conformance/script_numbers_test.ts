/** Integers of 64 bits in scripts, compared with redis-server. */
import { differential } from "../support/differential.ts";

/** A request that runs a script without keys; the script is in single quotes. */
const script = (text: string) => `EVAL '${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}' 0`;
const scripts = (...texts: string[]) => texts.map(script).join("\n");

differential(
  "string.format writes integers of 64 bits",
  scripts(
    "return string.format('%d', 1700000000000)",
    "return string.format('%5d|%x|%u|%i', 2^40, 2^40, 2^40+1, -2^40)",
    "return string.format('%x %X %#x %#o %o', -1, -2, -3, -4, -5)",
    "return string.format('%d %d %u', 1e100, 3.99, 1e100)..string.format('%d', 0/0)",
    "return string.format('%20d|%-20d|%020d|%+d|% d|%.15d|%20.15d|%020.15d|%-020d|', 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40)",
    "return string.format('%20x|%-20x|%020x|%#x|%#20x|%#020x|%.15X|%#o|%#.20o|', 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40)",
    "return string.format('%d %s %d%% %5.1f %d', '1700000000000', 'x', -5, 2.25, '0x10')",
    "return string.format('%d', 'x')",
    "return string.format('%d %d', 2^40)",
    "return string.format('%123d', 2^40)",
    "return string.format('%.123d', 2^40)",
    "return string.format('%------d', 2^40)",
    "return string.format('%y', 2^40)",
    "return string.format('%d %s %q %c', -1, 2^40, 'a\\0b', 65)",
    "return string.format('%s\\0%d', 'a', 2^40)",
    "return ('%d'):format(-2^31-1) .. ('%i'):format(2^31) .. ('%d'):format(-2^63) .. ('%u'):format(2^63) .. ('%u'):format(2^64) .. ('%x'):format(2^64 - 2048)",
    "return string.format()",
    "return string.format(5)",
    "return string.format({}, 2^40)",
    "return string.format('%.0d|%.0x|%.d', -0.5, -0.5, -0.5)",
    "return string.format('%5d', nil)",
    "return string.format('%-5d|%05d', -3, -3)",
  ),
);

differential(
  "tonumber reads integers of 64 bits in every base",
  scripts(
    "return tonumber('FFFFFFFFFF', 16)",
    "return {tostring(tonumber('-1', 2)), tostring(tonumber(-1, 16)), tostring(tonumber('zz', 36)), tostring(tonumber(' 0x1F ', 16)), tostring(tonumber('0x', 16)), tostring(tonumber('8', 8))}",
    "return {tostring(tonumber('fffffffffffffffffff', 16)), tostring(tonumber('-fffffffffffffffffff', 16)), tostring(tonumber('', 16)), tostring(tonumber('1 1', 16)), tostring(tonumber('+7', 8)), tostring(tonumber('- 7', 8))}",
    "return tonumber('10', 1)",
    "return tonumber('10', 37)",
    "return tonumber({}, 16)",
    "return tonumber(nil, 16)",
    "return tonumber('10', 'x')",
    "return tonumber()",
    "return {tonumber('10', nil), tonumber('10', 10), tonumber('10', '16'), tonumber(10, 16)}",
    "return {tostring(tonumber('1\\0', 16)), tostring(tonumber('-0x1F', 16)), tostring(tonumber('0X1f', 16)), tostring(tonumber('0x0x1', 16))}",
  ),
);

differential(
  "places beyond 32 bits are places far away",
  scripts(
    "return string.sub('abcdef', 1, 1e10)",
    "return string.sub('abcdef', -1e10, 3)",
    "return string.sub('abcdef', 2, 2^53)",
    "return string.sub('abcdef', 1, math.huge)",
    "return string.sub('abcdef', -math.huge, 2)",
    "return string.sub('abcdef', 1e10)",
    "return {string.byte('abc', 1, 1e10)}",
    "return {string.find('abc', 'b', -1e10)}",
    "return {string.find('abc', '', 1e10)}",
    "return string.sub('abcdef', 1, 2^63)",
    "return string.sub('abcdef', 1, 0/0)",
    "return string.sub('abcdef', 1, -1e100)",
    "return string.sub('abcdef', 2.7, 4.9)",
    "return ('x'):rep(3.9)",
    "return string.sub('abcdef', -2147483649)",
  ),
);
