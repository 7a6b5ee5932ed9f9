/**
 * Requests with odd arguments: every command on data, with arguments made after its own syntax, and then spoilt. A command that is added is
 * asked in odd ways without anybody having to think of it.
 *
 * @module
 */
import type { CommandSpec } from "../../src/command/spec.ts";
import { type Argument, parseSyntax } from "../../src/command/syntax.ts";
import type { SeededRandom } from "../../src/lib/random.ts";

const INTEGERS = (
  "0 0 0 1 1 1 2 2 3 5 -1 -1 -2 -3 10 100 -0 +1 01 0x10 1e2 1.0 1_0 2147483647 2147483648 -2147483648 4294967295 4294967296 " +
  "9007199254740993 4611686018427387903 4611686018427387904 -4611686018427387904 9223372036854775 9223372036854776 " +
  "-9223372036854776 9223372036854775806 9223372036854775807 9223372036854775808 -9223372036854775807 -9223372036854775808 " +
  "-9223372036854775809 18446744073709551615 18446744073709551616"
).split(" ").concat("", " 1", "1 ", "1\0", "\0");

const DOUBLES = (
  "0 1 1 2 3 -1 1.5 -1.5 0.1 10.25 -0 -0.0 +0 .5 5. . 1e 1e+ 1e1 1E-1 1e400 -1e400 1e-400 1e5000 1e-5000 4.9e-324 1e308 1e+308 " +
  "1.7976931348623157e308 1.7976931348623159e308 2.2250738585072011e-308 inf -inf +inf INFINITY infin nan -nan nan(1) 0x10 0x1p3 -0x.8 0x 0x. 0xg 0x1p 0x1p-1074 " +
  "0x1p-1076 0x1p1024 0x1.fffffffffffff8p0 0x0p9999 1,5 1_0 123456789012345678901234567890 0.30000000000000004 9007199254740993 3.0e10 " +
  "9223372036854775807 9223372036854775.807"
).split(" ").concat("", " 1", "1 ", "\t1", "1\0", "1\0x", "1".repeat(300), `1${"0".repeat(5200)}`);

const SCORE_BOUNDS =
  "0 1 2 3 (1 (2 -inf +inf inf (inf (-inf ( (( ((1 (nan nan 1e400 (0x1 0x2 ( 1 (1e400 -1 -0 (-0"
    .split(" ")
    .concat("", " 1", "1\0", "(\0", "(1\0z", "1 ", "( 1");

const LEX_BOUNDS = "- + [a (a [b (b [c [m3 ( [ -a +a a [~ (~".split(" ").concat(
  "",
  "[\0",
  "(\0",
  "-\0",
);

const IDS = (
  "0 1 2 3 4 5 0-0 0-1 1-1 1-2 2-1 3-3 5-0 $ > - + * (1 (1-1 (- (+ (0-0 1-* 6-* 7-1 8-1 9-9 ( 1- -1 1-1-1 a 1-a 01-01 +1 0x1 1--1 " +
  "18446744073709551615 18446744073709551615-18446744073709551615 (18446744073709551615-18446744073709551615 18446744073709551615-* " +
  "18446744073709551616 0-18446744073709551615 9223372036854775808-5"
).split(" ").concat("", " 1", "1\0", "1-1\0", "1 ");

const WORDS =
  "a b c m1 m2 m3 aa ab 1 2 3 10 -1 0 -0 1.5 x y z f1 f2 f3 inf 0x10 9223372036854775807".split(" ")
    .concat("", "\0", "a\0", "\0a", " 1", "\xff\x80", "a".repeat(65), "b".repeat(200));

const PATTERNS =
  ("* ** ? a* *a [a-c]* [^a]* [z-a] [a \\a \\ *\\* ?* *? **? a** [ [] [^] [\\]] *1* k:* h* *->f1 # w_* h1->* nosort")
    .split(" ")
    .concat("", "\0", "*\0*", "-> ", "a->", "->f", "*->");

const TOKENS =
  ("NX XX GT LT CH INCR GET EX PX EXAT PXAT KEEPTTL PERSIST LIMIT REV BYSCORE BYLEX WITHSCORES WITHSCORE WITHVALUES MATCH COUNT TYPE ANY " +
    "ASC DESC STORE STOREDIST BYTE BIT MIN MAX LEFT RIGHT SUM AGGREGATE WEIGHTS MAXLEN MINID JUSTID FORCE IDLE STREAMS BLOCK ALPHA BY " +
    "OVERFLOW FAIL SAT u8 i64 u64 i0 u63 REPLACE DB ABSTTL ~ = * BEFORE AFTER string hash zset list")
    .split(" ");

const KEYS: Readonly<Record<string, readonly string[]>> = {
  string: ["s1", "s2", "s3", "s4", "s5"],
  bitmap: ["s1", "s4", "b1"],
  hash: ["h1", "h2"],
  list: ["l1", "l2", "l3"],
  set: ["e1", "e2", "e3"],
  "sorted-set": ["z1", "z2", "z3", "g1", "y1"],
  geo: ["g1", "g2"],
  stream: ["t1", "t2"],
  hyperloglog: ["p1", "p2", "s1"],
};
/** A sorted set whose members all have the score 0. */
const ONE_SCORE = "y1";
const ALL_KEYS = [...new Set(Object.values(KEYS).flat()), "none", "", "\0"];

/** Fills the keys with something that every type's commands find interesting. */
export const SEEDS: readonly (readonly string[])[] = [
  "SET s1 10",
  "SET s2 hello",
  "SET s3 1.5",
  "SET s4 \xff\x00\x0f",
  "SET s5 0x10",
  "SET b1 \x00\x00\xff",
  "RPUSH l1 a b c 1 2 3 a",
  "RPUSH l2 3 1 2 10 -1",
  "SADD e1 1 2 3 10",
  "SADD e2 a b c 1 2",
  "HSET h1 a 1 b 2 f1 x f2 1.5 f3 0x10",
  "HSET h2 f1 9223372036854775807 f2 inf",
  "ZADD z1 0 a 1 b 2 c 2 d 3 m3",
  "ZADD y1 0 a 0 aa 0 ab 0 b 0 c 0 m3 0 -0",
  "ZADD z2 0 a 0 aa 0 ab 0 b 0 c",
  "ZADD z3 -inf x -1.5 y inf z 4 a",
  "GEOADD g1 13.361389 38.115556 m1 15.087269 37.502669 m2 0 0 m3",
  "GEOADD g2 -179 80 a 179 -80 b 2.5 48.5 c",
  "XADD t1 1-1 f v",
  "XADD t1 1-2 f v g w",
  "XADD t1 3-3 a b",
  "XADD t1 5-1 f v",
  "XGROUP CREATE t1 a 0",
  "XREADGROUP GROUP a c1 COUNT 2 STREAMS t1 >",
  "XADD t2 2-1 f v",
  "XGROUP CREATE t2 b $",
  "PFADD p1 a b c",
  "PFADD p2 c d",
].map((line) => line.split(" "));

/** Names of arguments that are no integers by their type, and what they are made of. */
const BY_NAME: Readonly<Record<string, readonly string[]>> = {
  score: DOUBLES,
  weight: DOUBLES,
  longitude: DOUBLES,
  latitude: DOUBLES,
  radius: DOUBLES,
  width: DOUBLES,
  height: DOUBLES,
  min: SCORE_BOUNDS,
  max: SCORE_BOUNDS,
  id: IDS,
  lastid: IDS,
  "last-id": IDS,
  "max-deleted-id": IDS,
  threshold: [...INTEGERS, ...IDS],
  pattern: PATTERNS,
  group: ["a", "b", "none", ""],
  consumer: ["c1", "c2", ""],
  encoding: "u8 i8 u1 i64 u63 i5 u64 i65 u0 i0 u i x8 U8 u08".split(" ").concat("", "u8\0"),
  subcommand: ["ENCODING", "DECODE", "GETREG", "TODENSE", "x"],
  type: "string list hash set zset stream module none x".split(" ").concat("", "STRING"),
};
const FLOAT_INCREMENTS = ["incrbyfloat", "hincrbyfloat", "zincrby"];
const BLOCKING =
  /^(BLPOP|BRPOP|BRPOPLPUSH|BLMOVE|BLMPOP|BZPOPMIN|BZPOPMAX|BZMPOP|XREAD|XREADGROUP)$/;

const LIMITS: Readonly<Record<string, readonly string[]>> = {
  "list-max-listpack-size": ["-2", "-1", "0", "1", "2", "5", "128"],
  "hash-max-listpack-entries": ["512", "0", "1", "5"],
  "hash-max-listpack-value": ["64", "0", "3"],
  "set-max-listpack-entries": ["128", "0", "4"],
  "set-max-listpack-value": ["64", "1"],
  "zset-max-listpack-entries": ["128", "0", "3"],
  "zset-max-listpack-value": ["64", "1"],
  "stream-node-max-entries": ["100", "1", "2"],
};

/** Limits of encodings, by chance, as words for CONFIG SET. */
export function oddLimits(random: SeededRandom): string[] {
  return Object.entries(LIMITS).flatMap((
    [name, values],
  ) => [name, random.below(2) === 0 ? values[0] : values[random.below(values.length)]]);
}

/** Makes requests with odd arguments for the commands that it is given. */
export class OddRequests {
  readonly #commands: { words: string[]; spec: CommandSpec; syntax: Argument[] }[] = [];

  constructor(specs: readonly CommandSpec[], private readonly random: SeededRandom) {
    for (const spec of specs) {
      const name = spec.name.toUpperCase();
      if (spec.run !== undefined) this.#add([name], spec);
      const subcommands = spec.subcommands ?? [];
      // What HELP says is in the server's own words.
      for (const sub of subcommands.filter((sub) => sub.name !== "help")) {
        this.#add([name, sub.name.toUpperCase()], sub);
      }
    }
  }

  #add(words: string[], spec: CommandSpec): void {
    this.#commands.push({ words, spec, syntax: parseSyntax(spec.syntax ?? "") });
  }

  /** A request; one that would wait is put into a transaction, where nothing waits. */
  next(): string[][] {
    for (;;) {
      const words = this.#chance(12) ? [...this.#pick(SEEDS)] : this.#request();
      if (!isSafe(words)) continue;
      return BLOCKING.test(words[0]) ? [["MULTI"], words, ["EXEC"]] : [words];
    }
  }

  #request(): string[] {
    const { words, spec, syntax } = this.#pick(this.#commands);
    const made = [...words, ...this.#sequence(syntax, spec)];
    for (let spoilt = this.#chance(3) ? 1 + this.random.below(2) : 0; spoilt > 0; spoilt--) {
      this.#spoil(made, words.length);
    }
    return made;
  }

  /** The arguments in their order, but optional ones that follow each other in any order, and now and then twice. */
  #sequence(syntax: readonly Argument[], spec: CommandSpec): string[] {
    const words: string[] = [];
    let options: string[][] = [];
    const flush = () => {
      for (let i = options.length - 1; i > 0; i--) {
        const j = this.random.below(i + 1);
        [options[i], options[j]] = [options[j], options[i]];
      }
      for (const option of options) {
        words.push(...option);
        if (this.#chance(12)) words.push(...this.#pick(options));
      }
      options = [];
    };
    for (const argument of syntax) {
      if (argument.isOptional) {
        if (this.#chance(2)) options.push(this.#one(argument, spec));
      } else {
        flush();
        words.push(...this.#one(argument, spec));
      }
    }
    flush();
    return this.#mendCounts(words, syntax);
  }

  /** Most numbers of keys are right, or nothing behind them would ever be looked at. */
  #mendCounts(words: string[], syntax: readonly Argument[]): string[] {
    const at = syntax.findIndex((argument) => argument.name === "numkeys");
    if (at >= 0 && !this.#chance(10)) {
      let keys = 0;
      while (ALL_KEYS.includes(words[at + 1 + keys])) keys++;
      words[at] = String(keys);
    }
    return words;
  }

  #one(argument: Argument, spec: CommandSpec): string[] {
    const times = argument.isMultiple ? 1 + this.random.below(3) : 1;
    const words: string[] = [];
    for (let i = 0; i < times; i++) {
      if (argument.type === "oneof") words.push(...this.#one(this.#pick(argument.parts!), spec));
      else if (argument.type === "block") words.push(...this.#sequence(argument.parts!, spec));
      else if (argument.type === "pure-token") words.push(argument.token!);
      else {
        if (argument.token !== undefined) words.push(argument.token);
        words.push(this.#argument(argument, spec));
      }
    }
    return words;
  }

  #argument({ name, type }: Argument, spec: CommandSpec): string {
    if (type === "key" || /^(source|destination|dst|src)$/.test(name)) return this.#key(spec);
    if (this.#chance(15)) return this.#anything();
    if (spec.group === "stream" && /^(start|end)$/.test(name)) return this.#pick(IDS);
    if (/LEX$/i.test(spec.name) && /^(min|max)$/.test(name)) return this.#pick(LEX_BOUNDS);
    if (/^zrange/.test(spec.name) && /^(start|stop|min|max)$/.test(name)) {
      return this.#pick(this.#pick([INTEGERS, SCORE_BOUNDS, LEX_BOUNDS]));
    }
    if (type === "double" || name === "timeout") return this.#pick(DOUBLES);
    if (name === "increment" && FLOAT_INCREMENTS.includes(spec.name)) return this.#pick(DOUBLES);
    if (/^(longitude|latitude)$/.test(name) && this.#chance(2)) {
      return `${this.random.below(180) - 90}.${this.random.below(1000)}`;
    }
    const named = BY_NAME[name];
    if (named !== undefined) return this.#pick(named);
    const isNumber = type === "integer" || type === "unix-time" ||
      /num|rank|len|limit|cursor|entries|ms|ttl|frequency|count|stop|start/.test(name);
    if (!isNumber) return this.#pick(WORDS);
    // Half of the numbers are small, or most requests would fail at the first.
    return this.#chance(2) ? String(this.random.below(6)) : this.#pick(INTEGERS);
  }

  #key(spec: CommandSpec): string {
    const own = KEYS[spec.group];
    return own === undefined || this.#chance(8) ? this.#pick(ALL_KEYS) : this.#pick(own);
  }

  #anything(): string {
    return this.#pick(
      this.#pick([
        INTEGERS,
        DOUBLES,
        SCORE_BOUNDS,
        LEX_BOUNDS,
        IDS,
        WORDS,
        PATTERNS,
        TOKENS,
        ALL_KEYS,
      ]),
    );
  }

  #spoil(words: string[], first: number): void {
    const at = first + this.random.below(Math.max(1, words.length - first));
    switch (this.random.below(7)) {
      case 0:
        words[at] = this.#anything();
        break;
      case 1:
        words.splice(at, 1);
        break;
      case 2:
        words.splice(at, 0, this.#anything());
        break;
      case 3:
        words.push(this.#pick(TOKENS));
        break;
      case 4:
        words.push(...words.slice(at, at + 2));
        break;
      case 5: {
        const other = first + this.random.below(Math.max(1, words.length - first));
        [words[at], words[other]] = [words[other] ?? "", words[at] ?? ""];
        break;
      }
      default:
        words[at] = this.#chance(2) ? (words[at] ?? "").toLowerCase() : `${words[at] ?? ""}\0`;
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }

  #chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }
}

/** Ranges of members are defined only where all scores are the same: there is one such key, and nothing gives it other scores. */
function isOfOneScore(command: string, words: readonly string[]): boolean {
  const isLexical = /LEX/.test(command) || words.some((word) => /^BYLEX/i.test(word));
  const source = command === "ZRANGESTORE" ? 2 : 1;
  const isTold = words.some((word, i) => i > 0 && word === ONE_SCORE);
  if (isLexical) return words[source] === ONE_SCORE && words.lastIndexOf(ONE_SCORE) === source;
  return !isTold || SEEDS.some((seed) => seed.every((word, i) => word === words[i]));
}

const isShort = (word: string | undefined) => /^[1-9]\d{0,8}$/.test(word ?? "");

/** Whether the outcome does not hang on the clock, and the reply has a size that can be waited for. */
function isSafe(words: readonly string[]): boolean {
  const command = words[0].toUpperCase();
  // A TTL or a wait of a few seconds may end in the middle of the test, on one server before the other.
  const timed = words.some((word, i) => /^(EX|PX|IDLE)(\0|$)/i.test(word) && isShort(words[i + 1]));
  if (timed) return false;
  if (/^(P?SETEX|P?EXPIRE|RESTORE)$/.test(command) && isShort(words[2])) return false;
  if (/^(XCLAIM|XAUTOCLAIM)$/.test(command) && isShort(words[4])) return false;
  const sortsByMissing = command.startsWith("SORT") &&
    words.some((word) => /^BY/i.test(word)) && words.some((word) => /^ALPHA/i.test(word));
  if (sortsByMissing) return false;
  if (!isOfOneScore(command, words)) return false;
  // Shared integers, and access times that RESTORE sets, are the server's own.
  if (command === "OBJECT" && words[1] !== "ENCODING") return false;
  // Members at the same place have no order.
  if (command.startsWith("GEO") && words.some((word) => /^[yz]\d/.test(word))) return false;
  // Later than 7.2.
  if (words.some((word) => /^NOVALUES/i.test(word))) return false;
  if (command === "XREAD" && words.some((word) => /^\+(\0|$)/.test(word))) return false;
  // Redis asks the system for that much memory, and replies with what the system says.
  if (command === "XAUTOCLAIM" && words.some((word) => /^\d{7,}$/.test(word))) return false;
  if (command === "XADD" && words.some((word) => /^\*(\0|$)/.test(word))) return false;
  if (/RAND/.test(command)) return !/^-\d{4,}$/.test(words[2] ?? "");
  return true;
}
