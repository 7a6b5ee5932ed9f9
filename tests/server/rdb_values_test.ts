/** Values in the RDB format that are broken, empty or old: what RESTORE and a load make of them, and what the log says. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { RdbType } from "../../src/rdb/format.ts";
import { LoadError } from "../../src/persistence/data_loader.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";

/** A short string as the format writes it. */
const string = (text: string) => String.fromCharCode(text.length) + text;
const bytes = (...values: number[]) => String.fromCharCode(...values);

/** A ziplist of texts of a letter or a few. */
function ziplist(...entries: string[]): string {
  let [body, before, last] = ["", 0, 10];
  for (const entry of entries) {
    last = 10 + body.length;
    const added = bytes(before, entry.length) + entry;
    body += added;
    before = added.length;
  }
  return bytes(body.length + 11, 0, 0, 0, last, 0, 0, 0, entries.length, 0) + body + "\xff";
}

/** A listpack of texts of a letter or a few. */
function listpack(...entries: string[]): string {
  const body = entries.map((entry) => bytes(0x80 | entry.length) + entry + bytes(entry.length + 1))
    .join("");
  return bytes(body.length + 7, 0, 0, 0, entries.length, 0) + body + "\xff";
}

const id = (seq: number) => "\0".repeat(15) + bytes(seq);
/** A stream without entries, and with one group that has nothing pending and these consumers. */
const streamWith = (...consumers: string[]) =>
  bytes(0, 0, 0, 0, 1) + string("group") + bytes(0, 0, 0, consumers.length) +
  consumers.map((consumer) => string(consumer) + "\0".repeat(8) + "\0").join("");

const BROKEN: readonly [name: string, payload: string, reason: string][] = [
  [
    "a hash with an odd number of elements",
    bytes(RdbType.HashZiplist) + string(ziplist("a", "b", "c")),
    "Hash ziplist integrity check failed",
  ],
  [
    "a hash with a field twice",
    bytes(RdbType.HashZiplist) + string(ziplist("a", "b", "a", "c")),
    "Hash ziplist integrity check failed",
  ],
  [
    "a ziplist whose end is elsewhere",
    bytes(RdbType.SortedSetZiplist) + string(ziplist("a", "1").replace("\x0d", "\x0c")),
    "Zset ziplist integrity check failed",
  ],
  [
    "a ziplist that ends within an entry",
    bytes(RdbType.ListZiplist) + string(ziplist("a", "b").replace("\x01b", "\x3fb")),
    "List ziplist integrity check failed",
  ],
  [
    "a list's ziplist of another length",
    bytes(RdbType.ListQuicklist, 1) + string(ziplist("a") + "x"),
    "Ziplist integrity check failed",
  ],
  ["a zipmap without fields", bytes(RdbType.HashZipmap) + string("\0\xff"), "Zipmap integrity"],
  [
    "a listpack with a field twice",
    bytes(RdbType.HashListpack) + string(listpack("a", "b", "a", "c")),
    "Hash listpack integrity check failed",
  ],
  [
    "a listpack of another length",
    bytes(RdbType.SetListpack) + string(listpack("a", "b") + "x"),
    "Set listpack integrity check failed",
  ],
  [
    "a listpack with an odd number of elements",
    bytes(RdbType.SortedSetListpack) + string(listpack("a")),
    "Zset listpack integrity check failed",
  ],
  [
    "an intset out of order",
    bytes(RdbType.SetIntset) + string("\x02\0\0\0\x02\0\0\0\x02\0\x01\0"),
    "Intset integrity check failed",
  ],
  [
    "a list's node without bytes",
    bytes(RdbType.ListQuicklist2, 1, 1, 0),
    "Quicklist integrity check failed",
  ],
  [
    "a list's node of an unknown form",
    bytes(RdbType.ListQuicklist2, 1, 3) + string("x"),
    "Quicklist integrity check failed",
  ],
  [
    "a list's listpack that is cut",
    bytes(RdbType.ListQuicklist2, 1, 2) + string(listpack("a").slice(0, -1)),
    "Listpack integrity check failed",
  ],
  [
    "a stream's node that is none",
    bytes(RdbType.StreamListpacks, 1) + string(id(1)) + string(listpack("a")),
    "Stream listpack integrity check failed",
  ],
  [
    "a consumer twice",
    bytes(RdbType.StreamListpacks) + streamWith("me", "me"),
    "Duplicate stream consumer detected",
  ],
  ["a member twice", bytes(RdbType.Set, 2) + string("a") + string("a"), "Duplicate set members"],
  ["a type that is none", bytes(99), "Unknown RDB encoding type 99"],
  ["a string that ends too early", bytes(RdbType.Set, 2) + string("a"), "Unexpected EOF"],
  ["a list without elements", bytes(RdbType.List, 0), "Empty key"],
];

Deno.test("what RESTORE refuses is logged with the reason that Redis gives", () => {
  for (const [name, payload, reason] of BROKEN) {
    const server = new LocalServer(new MemoryHost(), { loglevel: "verbose" });
    server.ask("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1");
    const whole = fromLatin1(payload + "\x0a\0" + "\0".repeat(8));
    const [reply] = server.run([..."RESTORE k 0".split(" "), whole]);
    assertEquals(reply.text, "ERR Bad data format", name);
    const lines = server.log.filter((line) => line.includes(reason));
    assertEquals(lines.length, 1, `${name}: ${server.log.join("")}`);
    assertEquals(server.run(["DEBUG", "ARENA"])[0].type, "$");
    assertEquals(server.ask("DBSIZE"), "0");
  }
});

/** A server that has loaded an RDB file of these parts, without a checksum. */
function loaded(...parts: string[]): Promise<LocalServer> {
  const file = fromLatin1(`REDIS0010${parts.join("")}\xff${"\0".repeat(8)}`);
  return new LocalServer(new MemoryHost(new Map([["dump.rdb", file]])), {}).start();
}

const entry = (type: number, name: string, value: string) => bytes(type) + string(name) + value;

Deno.test("keys without elements are passed over when a file is loaded", async () => {
  const empty: [string, number, string][] = [
    ["list", RdbType.List, "\0"],
    ["list_ziplist", RdbType.ListZiplist, string(ziplist())],
    ["list_quicklist", RdbType.ListQuicklist, "\0"],
    ["list_quicklist_empty_ziplist", RdbType.ListQuicklist, `\x01${string(ziplist())}`],
    ["list_quicklist2", RdbType.ListQuicklist2, `\x01\x02${string(listpack())}`],
    ["set", RdbType.Set, "\0"],
    ["set_listpack", RdbType.SetListpack, string(listpack())],
    ["hash", RdbType.Hash, "\0"],
    ["hash_ziplist", RdbType.HashZiplist, string(ziplist())],
    ["hash_listpack", RdbType.HashListpack, string(listpack())],
    ["zset", RdbType.SortedSet, "\0"],
    ["zset_text", RdbType.SortedSetText, "\0"],
    ["zset_ziplist", RdbType.SortedSetZiplist, string(ziplist())],
    ["zset_listpack", RdbType.SortedSetListpack, string(listpack())],
  ];
  const deadline = `\xfc${"\xff".repeat(5)}\0\0\0`;
  const server = await loaded(
    entry(RdbType.String, "first", string("1")),
    ...empty.map(([name, type, value]) => deadline + entry(type, name, value)),
    entry(RdbType.String, "last", string("2")),
  );
  assertEquals(server.run(["MGET", "first", "last"])[0].elements.map(({ text }) => text), [
    "1",
    "2",
  ]);
  assertEquals(server.ask("DBSIZE"), "2");
  // What stood before an empty key was about that key.
  assertEquals(server.ask("TTL", "last"), "-1");
  for (const [name] of empty.slice(0, 10)) {
    assert(server.log.some((line) => line.endsWith(`skipping empty key: ${name}\n`)), name);
  }
  assertEquals(server.log.filter((line) => line.includes("skipping")).length, 10);
  assert(server.log.join("").includes("keys loaded: 2, keys expired: 0, empty keys skipped: 14."));
  assertEquals(server.run(["DEBUG", "ARENA"])[0].type, "$");
});

Deno.test("a list keeps what lies around an empty node", async () => {
  const nodes = [listpack("a"), listpack(), listpack("b")].map((node) => `\x02${string(node)}`);
  const server = await loaded(entry(RdbType.ListQuicklist2, "l", `\x03${nodes.join("")}`));
  const [reply] = server.run(["LRANGE", "l", "0", "-1"]);
  assertEquals(reply.elements.map(({ text }) => text), ["a", "b"]);
});

Deno.test("a file that is damaged or cut ends the start with the lines that people look for", async () => {
  const damaged = entry(RdbType.HashZiplist, "h", string(ziplist("a")));
  await assertRejects(() => loaded(damaged), LoadError, "Hash ziplist integrity check failed");
  await assertRejects(
    () => loaded(damaged),
    LoadError,
    "Terminating server after rdb file reading failure.",
  );
  const cut = new MemoryHost(new Map([["dump.rdb", fromLatin1("REDIS0010\0\x05ab")]]));
  const server = new LocalServer(cut, {});
  await assertRejects(() => server.start(), LoadError, "Unexpected EOF");
  assert(server.log.join("").includes("Short read or OOM loading DB."));
  const file = fromLatin1(`REDIS0010${entry(RdbType.String, "k", string("v"))}\xff12345678`);
  const wrong = new LocalServer(new MemoryHost(new Map([["dump.rdb", file]])), {});
  await assertRejects(() => wrong.start(), LoadError, "RDB CRC error: Wrong RDB checksum expected");
});

Deno.test("how much a group of an old stream has read is estimated from its figures", async () => {
  // Three entries, 1-1 to 1-3, in one node, as Redis before 7.0 wrote them.
  const source = new LocalServer(new MemoryHost(), {});
  for (const seq of [1, 2, 3]) source.run(["XADD", "s", `0-${seq}`, "f", "v"]);
  const group = (name: string, lastSeq: number) => string(name) + bytes(0, lastSeq, 0, 0);
  const text = source.run(["DUMP", "s"])[0].text!;
  // type | one node: its id and its listpack | length | last id | what 7.0 added
  const figures = text.lastIndexOf(bytes(3, 0, 3, 0, 1, 0, 0, 3));
  assert(figures > 0);
  const groups = [group("none", 0), group("first", 1), group("second", 2), group("all", 3)];
  const old = text.slice(1, figures) + bytes(3, 0, 3, groups.length) + groups.join("");
  const server = await loaded(entry(RdbType.StreamListpacks, "s", old));
  const [reply] = server.run(["XINFO", "GROUPS", "s"]);
  const read = reply.elements.map(({ elements }) => {
    const names = elements.map(({ text }) => text);
    return [names[1], names[names.indexOf("entries-read") + 1]];
  });
  assertEquals(read, [["all", "3"], ["first", "1"], ["none", "0"], ["second", undefined]]);
});
