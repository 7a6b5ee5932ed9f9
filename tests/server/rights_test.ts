/**
 * No request touches a key that the finder of keys does not name, whatever the order of its words: so no user reaches a key that its
 * rules forbid.
 */
import { assert, assertEquals } from "@std/assert";
import { keyPositions } from "../../src/command/key_positions.ts";
import type { CommandSpec } from "../../src/command/spec.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { type NamedSpec, namedSpecs, RandomRequests } from "../support/random_requests.ts";
import { type Reply, show } from "../support/resp_client.ts";

const ROUNDS = 60 * effort;

/** Names of keys of each type end with one of these. */
const TYPES = ["string", "list", "set", "zset", "hash", "stream", "geo", "hll", "none"] as const;
type KeyType = typeof TYPES[number];

const TYPE_OF_GROUP: Partial<Record<CommandSpec["group"], KeyType>> = {
  "string": "string",
  "bitmap": "string",
  "list": "list",
  "set": "set",
  "sorted-set": "zset",
  "hash": "hash",
  "stream": "stream",
  "geo": "geo",
  "hyperloglog": "hll",
};

/** Requests that make a key of every type, whose elements are `word`. */
function makeKeys(prefix: string, word: string): string[][] {
  const key = (type: KeyType) => `${prefix}:${type}`;
  return [
    ["SET", key("string"), word],
    ["RPUSH", key("list"), word, `${word}2`],
    ["SADD", key("set"), word, `${word}2`],
    ["ZADD", key("zset"), "1", word, "2", `${word}2`],
    ["HSET", key("hash"), word, word, "f", word],
    ["GEOADD", key("geo"), "1", "1", word, "1", "2", "m"],
    ["PFADD", key("hll"), word],
    // It keeps the count with the value, for whoever may read it.
    ["PFCOUNT", key("hll")],
    ["XADD", key("stream"), "1-1", word, word],
    ["XGROUP", "CREATE", key("stream"), "g", "0"],
  ];
}

/** Commands that name keys. */
const withKeys = [...namedSpecs()].filter(({ spec }) =>
  spec.keys?.some(({ flags }) => !flags.includes("not_key"))
);

const withMovableKeys = withKeys.filter(({ spec }) => spec.flags.includes("movablekeys"));

function argumentsOf(words: readonly string[]): Arguments {
  const args = new Arguments();
  args.assign(words.map(fromLatin1));
  return args;
}

/** Runs a request where it cannot wait; its reply. */
function runOnce(server: LocalServer, words: string[]): Reply {
  const replies = server.run(["MULTI"], words, ["EXEC"]);
  return replies[2].elements[0] ?? replies[1];
}

/** Notes the keys that are looked up, stored or told to have changed. */
function noteTouches({ server }: LocalServer): Set<string> {
  const touched = new Set<string>();
  const note = (bytes: Uint8Array, start: number, length: number) =>
    void touched.add(latin1(bytes, start, length));
  for (const database of server.keyspace.databases) {
    const { lookup, put } = database;
    database.lookup = (...key) => {
      note(...key);
      return lookup.apply(database, key);
    };
    database.put = (kind, bytes, start, length, ...rest) => {
      note(bytes, start, length);
      return put.call(database, kind, bytes, start, length, ...rest);
    };
  }
  const { changes } = server;
  const { keyChanged } = changes;
  changes.keyChanged = (database, key, ...rest) => {
    note(key.bytes, key.start, key.length);
    keyChanged.call(changes, database, key, ...rest);
  };
  return touched;
}

Deno.test("no command touches a key that the finder of keys does not name", async () => {
  const random = new SeededRandom(11 * effort);
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const odd = ["", "STORE", "BY", "GET", "STREAMS", "KEYS", "COUNT"];
  const keyOf = (group: CommandSpec["group"]) => {
    if (random.below(8) === 0) return odd[random.below(odd.length)];
    const type = TYPE_OF_GROUP[group];
    const others = TYPES[random.below(TYPES.length)];
    return `${"ab"[random.below(2)]}:${
      type === undefined || random.below(5) === 0 ? others : type
    }`;
  };
  const requests = new RandomRequests(random, keyOf);
  const touched = noteTouches(local);
  const neverRan: string[] = [];
  for (const named of withKeys) {
    let succeeded = 0;
    const rounds = withMovableKeys.includes(named) ? 4 * ROUNDS : ROUNDS;
    for (let round = 0; round < rounds; round++) {
      if (round % 10 === 0) {
        local.run(["FLUSHALL"], ...makeKeys("a", "m"), ...makeKeys("b", "n"));
      }
      const words = requests.next(named);
      touched.clear();
      const reply = runOnce(local, words);
      if (reply.type !== "-") succeeded++;
      const args = argumentsOf(words);
      const found = new Set(
        // A request with too few words does not run, and names nothing.
        reply.type === "-" && touched.size === 0
          ? []
          : keyPositions(named.spec, args).map(({ index }) => words[index]),
      );
      const hidden = [...touched].filter((key) => !found.has(key));
      assertEquals(hidden, [], `${words.join(" ")} touches more than it says: ${show(reply)}`);
    }
    if (succeeded === 0 && !mayNotRun(named)) neverRan.push(named.words.join(" "));
  }
  assertEquals(neverRan, []);
});

/** Refused within a transaction, or in need of what chance does not make. */
function mayNotRun({ spec }: NamedSpec): boolean {
  return /^(watch|migrate|restore|restore-asking|pfdebug|eval(sha)?(_ro)?|fcall(_ro)?)$/.test(
    spec.name,
  );
}

/** Requests that redis-server refuses, or should, each with the rules of the user whose it is. */
const REFUSED: readonly (readonly [rules: string, request: string])[] = [
  ["~a", "SORT a STORE a STORE b"],
  ["~a ~STORE", "SORT a BY STORE STORE b"],
  ["~a ~BY", "SORT a STORE BY STORE b"],
  ["~a ~LIMIT", "SORT a STORE LIMIT STORE b"],
  ["~a", "SORT a GET # STORE b"],
  ["~a ~KEYS", "MIGRATE host port  0 1 KEYS b KEYS a"],
  ["~a", "MIGRATE host port  0 1"],
  ["~a ~z", "GEORADIUS z 1 1 9 m STORE a STORE b"],
  ["~a ~z", "GEORADIUS z 1 1 9 m STOREDIST b STORE a"],
  ["~a ~z", "GEORADIUSBYMEMBER z m 9 m STOREDIST a COUNT 1 STOREDIST b"],
  ["~STREAMS", "XREADGROUP COUNT 1 GROUP g STREAMS STREAMS b >"],
  ["~a", "XREAD COUNT 1 STREAMS a b 0 0"],
  ["~a", "ZUNIONSTORE a 2 a b"],
  ["%R~*", "SORT a STORE a"],
  ["%R~*", "BITFIELD a GET u8 0 SET u8 0 1"],
  ["%W~*", "SET a 1 NX GET"],
];

Deno.test("keys that stand among options are guarded wherever they stand", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  for (const [rules, request] of REFUSED) {
    local.run(["AUTH", "default", ""], [
      "ACL",
      "SETUSER",
      "bob",
      "reset",
      "on",
      "nopass",
      "+@all",
      ...rules.split(" "),
    ]);
    const [, reply] = local.run(["AUTH", "bob", ""], request.split(" "));
    assertEquals(reply.text, "NOPERM No permissions to access a key", `${rules}: ${request}`);
  }
});

Deno.test("no user reads or changes a key that its rules forbid", async () => {
  const random = new SeededRandom(12 * effort);
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const rules = "on nopass +@all ~all:* %R~read:* %W~written:* ~STORE ~BY";
  local.run(["ACL", "SETUSER", "bob", ...rules.split(" ")]);
  const families = ["all", "all", "read", "written", "none"];
  const keyOf = (group: CommandSpec["group"]) => {
    if (random.below(12) === 0) return random.below(2) === 0 ? "STORE" : "BY";
    const type = TYPE_OF_GROUP[group];
    const others = TYPES[random.below(TYPES.length)];
    const name = type === undefined || random.below(5) === 0 ? others : type;
    return `${families[random.below(families.length)]}:${name}`;
  };
  const requests = new RandomRequests(random, keyOf);
  const guarded = ["read", "none"].flatMap((family) => TYPES.map((type) => `${family}:${type}`));
  const admin = (...words: string[][]) => {
    const replies = local.run(["AUTH", "default", ""], ...words, ["AUTH", "bob", ""]);
    return replies.slice(1, -1);
  };
  const digest = () => admin(["DEBUG", "DIGEST-VALUE", ...guarded]).map(show).join();
  let [allowed, refused] = [0, 0];
  for (let round = 0; round < 12 * ROUNDS; round++) {
    const families = [["all", "m"], ["read", "m"], ["written", "secret"], ["none", "secret"]];
    admin(["FLUSHALL"], ...families.flatMap(([prefix, word]) => makeKeys(prefix, word)));
    const before = digest();
    const history: string[] = [];
    for (let i = 0; i < 20; i++) {
      const commands = random.below(2) === 0 ? withMovableKeys : withKeys;
      const words = requests.next(commands[random.below(commands.length)]);
      const reply = show(runOnce(local, words));
      reply.includes("NOPERM") ? refused++ : allowed++;
      history.push(`${words.join(" ")}: ${reply}`);
      assert(!/secret/.test(reply), `a forbidden key was read: ${history.at(-1)}`);
    }
    assertEquals(digest(), before, `a forbidden key was changed by one of\n${history.join("\n")}`);
  }
  assert(allowed > 60 * ROUNDS && refused > 60 * ROUNDS, `${allowed} allowed, ${refused} refused`);
});
