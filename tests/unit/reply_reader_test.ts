import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { type Reply, ReplyReader, RespError } from "../../src/resp/reply_reader.ts";

function readAll(wire: string, pieceBytes: number): Reply[] {
  const reader = new ReplyReader();
  const bytes = fromLatin1(wire);
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.push(bytes.subarray(at, at + pieceBytes));
    for (let next = reader.next("text"); next !== undefined; next = reader.next("text")) {
      replies.push(next.value);
    }
  }
  return replies;
}

const WIRE =
  "+OK\r\n:-7\r\n:9223372036854775807\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n_\r\n" +
  "#t\r\n#f\r\n,1.5\r\n,inf\r\n,-inf\r\n(123456789012345678901\r\n=8\r\ntxt:text\r\n" +
  "*2\r\n*0\r\n*1\r\n$1\r\nx\r\n%1\r\n+key\r\n:1\r\n~2\r\n:1\r\n:2\r\n" +
  "|1\r\n+ttl\r\n:3\r\n:42\r\n";

const VALUES: Reply[] = [
  ...["OK", -7, 9223372036854775807n, "a\r\nbc", "", null, null, null],
  ...[true, false, 1.5, Infinity, -Infinity, 123456789012345678901n, "text"],
  [[], ["x"]],
  new Map([["key", 1]]),
  new Set([1, 2]),
  42,
];

for (const pieceBytes of [1, 2, 3, 7, 64, 4096]) {
  Deno.test(`ReplyReader reads every type of reply from pieces of ${pieceBytes} bytes`, () => {
    assertEquals(readAll(WIRE, pieceBytes), VALUES);
  });
}

Deno.test("ReplyReader gives an error as a value, with its code", () => {
  const [error] = readAll("-WRONGTYPE Operation against a key\r\n", 5);
  assert(error instanceof RespError);
  assertEquals(error.code, "WRONGTYPE");
  assertEquals(error.message, "WRONGTYPE Operation against a key");
});

Deno.test("ReplyReader tells messages from replies, and shows the strings of each in its form", () => {
  const reader = new ReplyReader();
  reader.push(fromLatin1(">2\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"));
  assertEquals(reader.next("bytes", "text"), { isPush: true, value: ["a", "b"] });
  assertEquals(reader.next("bytes", "text"), { isPush: false, value: fromLatin1("c") });
  assertEquals(reader.next("bytes", "text"), undefined);
});

Deno.test("ReplyReader refuses what is no reply", () => {
  for (const wire of ["what\r\n", "+OK\rX", "$3\r\nabcd\r\n", "$x\r\n", "*\r\n"]) {
    assertThrows(() => readAll(wire, 100), TypeError, "Cannot read a reply");
  }
});
