/**
 * Scripts by chance: expressions, calls of everything that scripts find, errors of every kind, control flow around them. A script tries some
 * twenty pieces one after another and returns what has come of each as a text, so one difference does not hide the others.
 *
 * @module
 */
import type { SeededRandom } from "../../src/lib/random.ts";

/** What shows any value: tables in the order of `pairs`, which is the same on both servers. */
const SHOW = `local function show(v, depth)
  local kind = type(v)
  if kind == 'string' then return string.format('%q', v) end
  if kind == 'function' or kind == 'thread' then return kind end
  if kind ~= 'table' then return tostring(v) end
  if depth > 4 then return '{...}' end
  local parts = {}
  for k, x in pairs(v) do parts[#parts + 1] = '[' .. show(k, depth + 1) .. ']=' .. show(x, depth + 1) end
  return '{' .. table.concat(parts, ',') .. '}'
end
local out = {}
local function all(...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = show((select(i, ...)), 0) end
  return table.concat(parts, ' ')
end
local function try(f) out[#out + 1] = all(pcall(f)) end
local a, b, c, d = 1, 'text', {1, 2, 3}, {x = 1, y = 'z'}`;

/** Kinds of arguments: `n` number, `i` small integer, `s` string, `t` table, `l` list, `f` function, `p` pattern, `v` any value, `k` key. */
type Signature = string;

/** Functions, each with what it is called with; a kind with `?` may be missing. */
const FUNCTIONS: Readonly<Record<string, Signature>> = {
  "string.byte": "s i? i?",
  "string.char": "i i? i?",
  "string.find": "s p i? b?",
  "string.format": "F v? v? v?",
  "string.gsub": "s p R i?",
  "string.len": "s",
  "string.lower": "s",
  "string.match": "s p i?",
  "string.rep": "s i",
  "string.reverse": "s",
  "string.sub": "s i i?",
  "string.upper": "s",
  "table.concat": "l s? i? i?",
  "table.getn": "l",
  "table.insert": "l i? v",
  "table.maxn": "t",
  "table.remove": "l i?",
  "table.sort": "l C?",
  "table.foreach": "t f",
  "table.foreachi": "l f",
  "math.abs": "n",
  "math.ceil": "n",
  "math.floor": "n",
  "math.fmod": "N N",
  "math.frexp": "n",
  "math.ldexp": "N I",
  "math.max": "n n n?",
  "math.min": "n n n?",
  "math.modf": "n",
  "math.pow": "N I",
  "math.sqrt": "n",
  tonumber: "v B?",
  tostring: "S",
  type: "v",
  select: "i v? v? v?",
  unpack: "l i? i?",
  rawget: "t v",
  rawset: "t v v",
  rawequal: "v v",
  next: "t v?",
  setmetatable: "t M",
  assert: "v v?",
  error: "v i?",
  pcall: "f v? v?",
  xpcall: "f f",
  loadstring: "L",
  "redis.sha1hex": "s",
  "redis.error_reply": "s",
  "redis.status_reply": "s",
  "cjson.encode": "v",
  "cjson.decode": "J",
  "cmsgpack.pack": "v v?",
  "cmsgpack.unpack": "s",
  "struct.pack": "P n? s? n?",
  "struct.unpack": "P s i?",
  "struct.size": "P",
  "bit.band": "n n n?",
  "bit.bor": "n n",
  "bit.bxor": "n n",
  "bit.bnot": "n",
  "bit.lshift": "n i",
  "bit.rshift": "n i",
  "bit.arshift": "n i",
  "bit.rol": "n i",
  "bit.ror": "n i",
  "bit.bswap": "n",
  "bit.tobit": "n",
  "bit.tohex": "n i?",
};

/** Commands, with the kinds of their words. */
const COMMANDS: readonly string[] = [
  "get k | set k s | set k n | append k s | strlen k | getrange k i i | setrange k i s | incr k | incrby k n",
  "incrbyfloat k n | decr k | mget k k | del k | exists k k | type k | getset k s | setnx k s | getbit k i",
  "lpush k s s | rpush k s | lrange k i i | llen k | lpop k | lindex k i | linsert k before s s | lrem k i s",
  "hset k s s | hset k s n | hget k s | hgetall k | hlen k | hdel k s | hincrby k s i | hincrbyfloat k s n",
  "zadd k n s | zrange k i i | zrange k i i withscores | zscore k s | zincrby k n s | zrank k s | zcard k",
  "sadd k s | scard k | sismember k s | xadd k 1-i s s | xlen k | xrange k - +",
  "echo s | ping | ping s | object encoding k | persist k | rename k k | copy k k | lpos k s | nosuch k | get | set k",
  "subscribe s | multi | eval s i | select i | dbsize | bitcount k | setbit k i i | pfadd k s | pfcount k",
].flatMap((line) => line.split(" | "));

const STRINGS = [
  ...["''", "'a'", "'abc'", "'a b c'", "'10'", "'-7'", "'31'", "'1e3'", "' 5 '", "'5x'", "'%d'"],
  ...["'\\0x\\255\\r\\n'", "'hello world'", "'THE END'", "'key'", "('xy'):rep(40)"],
  ...["'[1,2,{\"a\":null}]'", "'1.5'", "'nil'"],
];
const NUMBERS =
  "0 1 2 3 -1 -2 7 10 0.5 -0.5 3.7 1e3 1e15 2^31 2^32 -2^31 2^53 2^53+1 1e100 1/3 255 65535 123456789012"
    .split(" ");
const PATTERNS = [
  ..."'a' :: '%a+' :: '%d*' :: '(%w)(%w)' :: '.' :: '.-' :: '^a' :: 'c$' :: '[a-c]+' :: '[^%s]' :: '%s' :: '(a*(.)%w(%s*))' :: '%b()' :: '()' :: '%f[%w]' :: '%1' :: '[' :: '%' :: '(' :: 'l+' :: '[]]' :: '%z' :: '\\255' :: 'x*'"
    .split(" :: "),
];
const FORMATS =
  "'%d' :: '%5d|%-5d|%05d' :: '%s' :: '%10s|%-10s|%.2s' :: '%q' :: '%g' :: '%.3f' :: '%e' :: '%x' :: '%X' :: '%o' :: '%c' :: '%i' :: '%u' :: '%%' :: '%5.1f' :: '%+d' :: '%#x' :: '%s %s' :: '%d %s %g' :: '%' :: '%y' :: '%.14g' :: '% d'"
    .split(" :: ");
const REPLACEMENTS =
  "'x' '%0%0' '%1' '<%1>' '%2' '%' {a='A',b=1,c=false} d (function(x)return(x)end) (function(x)return(false)end) (function(x)return({})end) 5 ''"
    .split(" ");
const JSON_TEXTS =
  `'1' :: '-1.5e3' :: '"a"' :: '"\\\\u00e4\\\\n"' :: '[]' :: '{}' :: '[1,2,3]' :: '{"a":[1,{"b":null}]}' :: 'null' :: 'true' :: '[1,' :: '{"a"}' :: 'nul' :: '"a' :: '[1e400]' :: '0x10' :: '[NaN]' :: '1 2' :: '' :: '[[[[]]]]' :: '{"a":1,"a":2}' :: '"\\\\ud83d\\\\ude00"' :: '"\\\\ud83d"'`
    .split(" :: ");
const PACKINGS =
  "'b' 'B' 'h' '>h' '<H' 'i4' 'I4' 'i8' '>I8' 'l' 'f' 'd' 's' 'c5' 'c0' 'x' 'bb' '>i2i2' 'bc0' '!4bi' '!3' 'i9' 'Q' 's' 'hs' ''"
    .split(" ");
const CHUNKS =
  "'return 1' :: 'return (' :: 'x = 1' :: 'return ...' :: 'local a a.b.c = 1' :: 'error(1)' :: 'return nosuch' :: '= 1' :: 'for i=1,2 do end return 3' :: 'goto x' :: 'return \"a' :: 'break'"
    .split(" :: ");
const FUNCTIONS_HERE = [
  "function(...) return ... end",
  "function(x) return x .. '!' end",
  "function(x, y) return x + y end",
  "function() error('raised') end",
  "function() error({err = 'MY text'}) end",
  "function() error({1, 2}) end",
  "function() return redis.call('incr', 'k1') end",
  "function() return redis.call('nosuch') end",
  "string.upper",
  "error",
  "type",
];
const METATABLES = [
  "{__index = function(t, k) return k end}",
  "{__index = d}",
  "{__newindex = function(t, k, v) rawset(t, k, show(v, 0)) end}",
  "{__add = function(x, y) return 'added' end, __concat = function(x, y) return 'joined' end}",
  "{__eq = function() return true end, __lt = function() return true end, __le = function() return false end}",
  "{__call = function(self, x) return x, 'called' end}",
  "{__tostring = function() return 'as text' end}",
  "{__unm = function() return 'minus' end, __len = function() return 42 end}",
  "{__metatable = 'hidden'}",
  "nil",
  "5",
];
const BINARY = "+ - * / % ^ .. == ~= < > <= >= and or".split(" ");
const UNARY = ["- ", "not ", "#"];

/** Makes scripts. */
export class RandomScripts {
  constructor(private readonly random: SeededRandom) {}

  /** A script without keys. */
  next(): string {
    const pieces = Array.from({ length: 4 + this.#below(16) }, () => this.#piece());
    const body = pieces.map((piece) => `try(function() ${piece} end)`);
    const end = this.#oneIn(3) ? this.#uncaught() : "return table.concat(out, '\\n')";
    return [SHOW, ...body, end].join("\n");
  }

  #below(limit: number): number {
    return this.random.below(limit);
  }

  #oneIn(n: number): boolean {
    return this.#below(n) === 0;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)];
  }

  /** A statement that nothing catches: its value becomes the reply, or its error. */
  #uncaught(): string {
    if (this.#oneIn(4)) {
      return `error(${this.#pick([...STRINGS, ...NUMBERS, "nil", "{err = 'MY b'}"])})`;
    }
    // Of an error that is a table without a message redis-server dies.
    for (;;) {
      const end = this.#end();
      if (!/\b(error|assert)\b/.test(end)) return end;
    }
  }

  #end(): string {
    return this.#pick([
      () => `return ${this.#value(2)}`,
      () => `return {${this.#value(2)}, ${this.#value(2)}, ${this.#value(1)}}`,
      () => `return ${this.#command()}`,
      () => `local x = ${this.#call()}\nreturn x`,
      () => `\n\nreturn ${this.#value(3)}`,
      () => `return {err = ${this.#value(0)}, ok = ${this.#value(0)}}`,
      () => `redis.setresp(3) return ${this.#command()}`,
      () => `return {double = ${this.#value(0)}, map = {a = ${this.#value(1)}}}`,
    ])();
  }

  #piece(): string {
    return this.#pick([
      () => `return ${this.#value(3)}`,
      () => `return ${this.#call()}`,
      () => `return ${this.#call()}`,
      () => `return ${this.#call()}`,
      () => `return ${this.#command()}`,
      () => `return ${this.#command()}`,
      () => `return cjson.decode(cjson.encode(${this.#value(2)}))`,
      () => `return cmsgpack.unpack(cmsgpack.pack(${this.#value(2)}))`,
      () =>
        `return struct.unpack(${this.#packing()}, struct.pack(${this.#packing()}, ${this.#number()}, ${this.#number()}))`,
      () => this.#statements(),
      () => this.#statements(),
      () => `${this.#pick(["a", "b", "c", "d"])} = ${this.#value(2)}`,
      () => `redis.setresp(${this.#pick(["2", "3", "3", "4", "'3'"])}) return ${this.#command()}`,
    ])();
  }

  #statements(): string {
    const value = () => this.#value(2);
    return this.#pick([
      () =>
        `local n = 0 for i = ${this.#argument("i")}, ${this.#below(9)}, ${
          this.#pick(["1", "2", "0.5", "-1"])
        } do n = n + i if n > 50 then break end end return n`,
      () =>
        `local r = {} for k, v in pairs(${value()}) do r[#r + 1] = k r[#r + 1] = v end return r`,
      () => `local r = {} for i, v in ipairs(${value()}) do r[i] = v end return #r`,
      () =>
        `local r = {} for w in string.gmatch(${this.#string()}, ${
          this.#pick(PATTERNS)
        }) do r[#r + 1] = w if #r > 9 then break end end return r`,
      () =>
        `local t = setmetatable({${value()}}, ${this.#pick(METATABLES)}) return t${
          this.#pick([".x", "[1]", " + 1", " .. 'x'", " == {}", " < t", "(1)", ":y()"])
        }`,
      () =>
        `local t = setmetatable({}, ${
          this.#pick(METATABLES)
        }) t.x = ${value()} return tostring(t):sub(1, 5), #t, t`,
      () =>
        `local co = coroutine.wrap(function(x) local y = coroutine.yield(x) error(y) end) return co(${value()}), pcall(co, ${value()})`,
      () =>
        `local co = coroutine.create(${
          this.#pick(FUNCTIONS_HERE)
        }) return coroutine.resume(co, ${value()}), coroutine.status(co)`,
      () => `if ${value()} then return ${value()} else return ${value()} end`,
      () => `local x = ${value()} local y = ${value()} return x ${this.#pick(BINARY)} y`,
      () =>
        `local t = {} for i = 1, ${this.#below(20)} do t[i * ${
          1 + this.#below(4)
        }] = i end return #t, t`,
      () =>
        `local s = '' while #s < ${
          this.#below(30)
        } do s = s .. ${this.#string()} .. '.' end return s`,
      () =>
        `local ok, e = pcall(function() return ${this.#call()} end) return ok, type(e) == 'string' and e:upper() or e`,
      () => `local t = {${value()}, ${value()}, x = ${value()}} t[2] = nil return t, #t`,
      () => {
        const limits = `${this.#below(9)}, ${this.#below(9)}`;
        return `math.randomseed(${this.#number()}) return math.random(), math.random(${limits})`;
      },
      () => `repeat local x = ${value()} until true return x`,
      () =>
        `local reply = redis.pcall(${this.#commandWords()}) if type(reply) == 'table' then return reply.err, reply.ok, reply end return reply`,
    ])();
  }

  /** An expression of any kind. */
  #value(depth: number): string {
    if (depth === 0) {
      return this.#pick([
        () => this.#number(),
        () => this.#string(),
        () =>
          this.#pick(["nil", "true", "false", "a", "b", "c", "d", "{}", "{1, 2, 3}", "{a = 1}"]),
      ])();
    }
    const value = () => this.#value(depth - 1);
    return this.#pick([
      () => this.#number(),
      () => this.#string(),
      () => `(${value()} ${this.#pick(BINARY)} ${value()})`,
      () => `(${this.#pick(UNARY)}${value()})`,
      () => `{${value()}, ${value()}}`,
      () => `{x = ${value()}, [${value()}] = ${value()}}`,
      () => `(${value()})[${value()}]`,
      () => this.#call(),
      () => value(),
      () => this.#pick(["a", "b", "c", "d", "nil", "cjson.null"]),
    ])();
  }

  #number(): string {
    return this.#pick(NUMBERS);
  }

  #string(): string {
    return this.#pick(STRINGS);
  }

  #packing(): string {
    return this.#pick(PACKINGS);
  }

  #call(): string {
    const [name, signature] = this.#pick(Object.entries(FUNCTIONS));
    const words: string[] = [];
    for (const kind of signature.split(" ")) {
      if (kind.endsWith("?") && this.#oneIn(2)) break;
      words.push(this.#argument(kind[0]));
    }
    return `${name}(${words.join(", ")})`;
  }

  #argument(kind: string): string {
    // Now and then something that is not asked for. What is repeated never becomes very long.
    if (this.#oneIn(12) && kind > "Z" && kind !== "i") return this.#value(1);
    switch (kind) {
      case "n":
        return this.#oneIn(6) ? this.#pick(["'10'", "a", "'0x10'", "'x'"]) : this.#number();
      case "N":
        return this.#number();
      case "I":
        return `${this.#below(9) - 3}`;
      case "i":
        return this.#oneIn(8) ? this.#pick(["'2'", "nil", "1.5", "-1.5"]) : `${this.#below(9) - 3}`;
      case "s":
        return this.#oneIn(8) ? this.#number() : this.#string();
      case "t":
        return this.#pick(["c", "d", "{}", "{1, 2, nil, 4}", "{x = 1, 5}", "{[2] = 2}"]);
      case "l":
        return this.#pick([
          "c",
          "{}",
          "{3, 1, 2}",
          "{'b', 'a', 'c'}",
          "{1, 'a', {}}",
          "{'x', 2.5}",
        ]);
      case "f":
        return this.#pick(FUNCTIONS_HERE);
      case "b":
        return this.#pick(["true", "false"]);
      case "p":
        return this.#pick(PATTERNS);
      case "F":
        return this.#pick(FORMATS);
      case "R":
        return this.#pick(REPLACEMENTS);
      case "C":
        return this.#pick(["function(x, y) return x > y end", "function() return true end", "5"]);
      case "B":
        return this.#pick(["10", "16", "2", "36", "1", "37", "'8'"]);
      case "M":
        return this.#pick(METATABLES);
      case "L":
        return this.#pick(CHUNKS);
      case "J":
        return this.#pick(JSON_TEXTS);
      case "P":
        return this.#packing();
      case "S":
        return this.#pick(["1", "1.5", "nil", "true", "2^53", "1e15", "-0.1", "cjson.null"]);
    }
    return this.#value(1);
  }

  #commandWords(): string {
    return this.#pick(COMMANDS).split(" ").map((word, i) => {
      if (i === 0) return `'${word}'`;
      if (word === "k") return this.#pick(["'k1'", "'k2'", "'k3'", "'k4'", "'k5'", "'k6'"]);
      if (word === "s") return this.#string();
      if (word === "n") return this.#oneIn(9) ? this.#value(0) : this.#number();
      if (word === "i") return `${this.#below(9) - 2}`;
      return word === "1-i" ? `'1-${1 + this.#below(99)}'` : `'${word}'`;
    }).join(", ");
  }

  #command(): string {
    return `redis.${this.#pick(["call", "pcall"])}(${this.#commandWords()})`;
  }
}
