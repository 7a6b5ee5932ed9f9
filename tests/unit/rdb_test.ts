import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { Crc64 } from "../../src/rdb/crc64.ts";
import { RdbError } from "../../src/rdb/format.ts";
import { readZiplist, readZipmap } from "../../src/rdb/old_encodings.ts";
import { RdbReader } from "../../src/rdb/reader.ts";
import { RdbWriter } from "../../src/rdb/writer.ts";

const range = (bytes: Uint8Array) => ({ bytes, start: 0, length: bytes.length });
const text = ({ bytes, start, length }: ReturnType<typeof range>) => latin1(bytes, start, length);

Deno.test("Crc64 gives the published check value, however the bytes are cut", () => {
  const bytes = fromLatin1("123456789");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const checksum = new Crc64();
    checksum.update(bytes, 0, cut);
    checksum.update(bytes, cut, bytes.length - cut);
    assertEquals([checksum.high, checksum.low], [0xe9c6d914, 0xc4b8d9ca]);
  }
});

Deno.test("lengths, strings and numbers are read as they were written", () => {
  const writer = new RdbWriter();
  const lengths = [0, 63, 64, 16383, 16384, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const strings = [
    "",
    "a",
    "-128",
    "127",
    "128",
    "-32768",
    "2147483647",
    "2147483648",
    "007",
    "-0",
  ];
  strings.push("x".repeat(5000), "not compressible at all: 1234567890");
  lengths.forEach((length) => writer.length(length));
  strings.forEach((string) => writer.stringOf(fromLatin1(string)));
  writer.double(-1.5);
  writer.int64(-5);
  writer.int64(1700000000000);
  writer.length64(0xffffffff, 0xffffffff);
  const reader = new RdbReader(writer.written, 0, writer.written.length);
  lengths.forEach((length) => assertEquals(reader.length(), length));
  strings.forEach((string) => assertEquals(text(reader.string()), string));
  assertEquals([reader.double(), reader.int64(), reader.int64()], [-1.5, -5, 1700000000000]);
  assertEquals(reader.length64(), [0xffffffff, 0xffffffff]);
  assert(reader.isAtEnd);
  assertThrows(() => reader.byte(), RdbError);
});

Deno.test("a ziplist's entries are read in every encoding", () => {
  const entries: [number[], string][] = [
    [[0x03, 0x61, 0x62, 0x63], "abc"],
    [[0x40, 0x02, 0x68, 0x69], "hi"],
    [[0x80, 0, 0, 0, 1, 0x7a], "z"],
    [[0xc0, 0xfe, 0xff], "-2"],
    [[0xd0, 0x00, 0x00, 0x00, 0x80], "-2147483648"],
    [[0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80], "-9223372036854775808"],
    [[0xf0, 0xff, 0xff, 0x7f], "8388607"],
    [[0xfe, 0x80], "-128"],
    [[0xf1], "0"],
    [[0xfd], "12"],
  ];
  const body: number[] = [];
  let before = 0;
  for (const [bytes] of entries) {
    body.push(before, ...bytes);
    before = bytes.length + 1;
  }
  const length = 10 + body.length + 1;
  const ziplist = Uint8Array.from([length, 0, 0, 0, length - 1 - before, 0, 0, 0, 10, 0]);
  const bytes = Uint8Array.from([...ziplist, ...body, 0xff]);
  assertEquals(readZiplist(range(bytes)).map(text), entries.map(([, value]) => value));
  for (let cut = 0; cut < bytes.length; cut++) {
    assertThrows(() => readZiplist(range(bytes.slice(0, cut))), RdbError);
  }
});

Deno.test("a zipmap's pairs are read, free bytes and all", () => {
  const map = "\x02\x03foo\x03\x00bar\x02k2\x01\x02v..\xff";
  assertEquals(readZipmap(range(fromLatin1(map))).map(text), ["foo", "bar", "k2", "v"]);
  for (let cut = 0; cut < map.length; cut++) {
    assertThrows(() => readZipmap(range(fromLatin1(map.slice(0, cut)))), RdbError);
  }
});
