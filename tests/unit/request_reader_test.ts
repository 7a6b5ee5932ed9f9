import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { effort } from "../support/effort.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { ReadResult, RequestReader } from "../../src/resp/request_reader.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";

/** All requests in `text`, cut into pieces at `cuts`; the error ends the list, if there is one. */
function readAll(text: string | Uint8Array, cuts: readonly number[] = []): (string[] | string)[] {
  const bytes = typeof text === "string" ? fromLatin1(text) : text;
  const reader = new RequestReader();
  const found: (string[] | string)[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    reader.append(bytes.subarray(from, to));
    from = to;
    for (;;) {
      const result = reader.next();
      if (result === ReadResult.More) break;
      if (result === ReadResult.Error) return [...found, reader.error];
      found.push(Array.from({ length: reader.args.count }, (_, i) => reader.args.text(i)));
    }
  }
  return found;
}

const MIXED = "*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n*0\r\n*-1\r\n\r\nset  'a b' \"c\\x41\\n\"\n" +
  "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$5\r\n\r\n\r\n$\r\n*1\r\n$4\r\nQUIT\r\n";

Deno.test("RequestReader reads arrays and inline commands", () => {
  assertEquals(readAll(MIXED), [
    ["GET", "a"],
    ["PING"],
    [],
    [],
    [],
    ["set", "a b", "cA\n"],
    ["SET", "", "\r\n\r\n$"],
    ["QUIT"],
  ]);
});

Deno.test("RequestReader reads the same wherever the bytes are cut", () => {
  const whole = readAll(MIXED);
  for (let a = 1; a < MIXED.length; a++) {
    assertEquals(readAll(MIXED, [a]), whole, `cut at ${a}`);
    for (let b = a + 1; b < MIXED.length; b += 3) assertEquals(readAll(MIXED, [a, b]), whole);
  }
  assertEquals(readAll(MIXED, Array.from({ length: MIXED.length - 1 }, (_, i) => i + 1)), whole);
});

Deno.test("RequestReader reads the same however much each read of the socket brings", () => {
  const random = new SeededRandom(7 + effort);
  for (let round = 0; round < 45 * effort; round++) {
    // Below, at and beyond the sizes that the buffer may have.
    const longest = [3, 100, 4096, 70_000, 600_000][round % 5];
    const requests = Array.from({ length: longest > 10_000 ? 12 : 60 }, () => {
      const words = Array.from({ length: 1 + random.below(4) }, () => {
        const length = random.below(3) === 0 ? random.below(longest) : random.below(20);
        return "abcdefg"[random.below(7)].repeat(length);
      });
      return words;
    });
    const bytes = concat(requests.map((words) => encodeRequest(words)));
    const piece = [1, 2, 61, 4096, 65_536, Infinity][random.below(longest > 10_000 ? 6 : 4)];
    const reader = new RequestReader();
    const found: string[][] = [];
    for (let at = 0; at < bytes.length;) {
      const space = reader.freeSpace();
      const count = Math.min(space.length, piece === 61 ? 1 + random.below(61) : piece);
      const part = bytes.subarray(at, at + count);
      space.set(part);
      reader.accept(part.length);
      at += part.length;
      while (reader.next() === ReadResult.Request) found.push(reader.args.texts());
    }
    assertEquals(found.length, requests.length);
    for (const [i, request] of requests.entries()) {
      assert(found[i].join("\n") === request.join("\n"), `round ${round}, request ${i}`);
    }
  }
});

Deno.test("RequestReader names each fault", () => {
  const faults: Record<string, string> = {
    "*abc\r\n": "invalid multibulk length",
    "*2147483648\r\n": "invalid multibulk length",
    "*99999999999999999999\r\n": "invalid multibulk length",
    "*01\r\n": "invalid multibulk length",
    "*+1\r\n": "invalid multibulk length",
    "*\r\n": "invalid multibulk length",
    "*1\r\n$-1\r\n": "invalid bulk length",
    "*1\r\n$abc\r\n": "invalid bulk length",
    "*1\r\n$\r\n": "invalid bulk length",
    "*1\r\n$536870913\r\n": "invalid bulk length",
    "*1\r\n$2000000000000\r\n": "invalid bulk length",
    "*1\r\nGET\r\n": "expected '$', got 'G'",
    "*2\r\n$3\r\nGET\r\n:1\r\n": "expected '$', got ':'",
    "*1\r\n\r\n": "expected '$', got ' '",
    'set "a\r\n': "unbalanced quotes in request",
    "set 'a'b\r\n": "unbalanced quotes in request",
    ["x".repeat(65537)]: "too big inline request",
    [`*${"1".repeat(65537)}`]: "too big mbulk count string",
    [`*1\r\n$${"1".repeat(65537)}`]: "too big bulk count string",
  } as Record<string, string>;
  for (const [text, fault] of Object.entries(faults)) {
    assertEquals(
      readAll(text).at(-1),
      `Protocol error: ${fault}`,
      JSON.stringify(text.slice(0, 40)),
    );
  }
});

Deno.test("RequestReader finds no end of a line that holds a NUL", () => {
  for (const text of ["PING\0\r\nPING\r\n", "*1\0\r\n$4\r\nPING\r\n", "*1\r\n$4\0\r\nPING\r\n"]) {
    for (let cut = 1; cut < text.length; cut++) assertEquals(readAll(text, [cut]), [], text);
  }
  const long = `PING\0\r\n${"x".repeat(65536)}`;
  assertEquals(readAll(long), ["Protocol error: too big inline request"]);
});

Deno.test("RequestReader finds the end of a line of any length, wherever it is cut, and none behind a NUL", () => {
  for (let length = 1; length <= 140; length++) {
    const word = "x".repeat(length);
    for (let cut = 1; cut < length + 2; cut++) {
      assertEquals(readAll(`${word}\r\n`, [cut]), [[word]], `${length} bytes, cut at ${cut}`);
    }
    for (const at of [0, length >> 1, length - 1]) {
      const text = `${word.slice(0, at)}\0${word.slice(at + 1)}\r\n`;
      assertEquals(readAll(text), [], `${length} bytes, NUL at ${at}`);
    }
  }
});

Deno.test("RequestReader lets strangers send only small requests", () => {
  for (const text of ["*11\r\n", "*1\r\n$16385\r\n"]) {
    const reader = new RequestReader();
    reader.isAuthenticated = false;
    reader.append(fromLatin1(text));
    assertEquals(reader.next(), ReadResult.Error);
    assert(reader.error.startsWith("Protocol error: unauthenticated"));
  }
});

Deno.test("RequestReader reads a million arguments and a value of 64 MB in small pieces", () => {
  const many = encodeRequest(Array.from({ length: 1_000_000 }, () => "abc"));
  const reader = new RequestReader();
  let result: number = ReadResult.More;
  for (let at = 0; at < many.length; at += 60_000) {
    assertEquals(result, ReadResult.More);
    reader.append(many.subarray(at, at + 60_000));
    result = reader.next();
  }
  assertEquals(result, ReadResult.Request);
  assertEquals(reader.args.count, 1_000_000);
  assertEquals(reader.args.text(999_999), "abc");
  reader.append(encodeRequest(["SET", "k", new Uint8Array(64 * 2 ** 20).fill(120)]));
  assertEquals(reader.next(), ReadResult.Request);
  assertEquals(reader.args.lengths[2], 64 * 2 ** 20);
  assert(reader.bufferBytes <= 256 * 2 ** 20);
});

Deno.test("RequestReader gives a large buffer back when it is no longer needed", () => {
  const reader = new RequestReader();
  reader.append(encodeRequest(["SET", "k", new Uint8Array(2 ** 20)]));
  assertEquals(reader.next(), ReadResult.Request);
  for (let i = 0; i < 400; i++) {
    reader.append(encodeRequest(["PING"]));
    assertEquals(reader.next(), ReadResult.Request);
  }
  assertEquals(reader.bufferBytes, 4096);
});

Deno.test("RequestReader lends little between requests, and keeps a large buffer until it is not needed", () => {
  for (const size of [1000, 10_000, 50_000, 100_000, 315_000, 1_000_000, 5_000_000]) {
    const reader = new RequestReader();
    for (let i = 0; i < 5; i++) {
      reader.append(encodeRequest(["SET", "k", new Uint8Array(size)]));
      assertEquals(reader.next(), ReadResult.Request);
      assertEquals(reader.args.lengths[2], size);
      assertEquals(reader.next(), ReadResult.More);
      assert(reader.freeSpace().buffer.byteLength <= 65_536, `${size}`);
      reader.accept(0);
      assert(reader.bufferBytes <= 2 ** 20 + 16_384, `${size}: ${reader.bufferBytes}`);
      reader.giveBack();
    }
    reader.giveBack();
    assert(reader.bufferBytes <= 65_536, `${size}: ${reader.bufferBytes}`);
    for (let i = 0; i < 20; i++) {
      reader.append(encodeRequest(["PING"]));
      assertEquals(reader.next(), ReadResult.Request);
    }
    reader.giveBack();
    reader.giveBack();
    assert(reader.bufferBytes <= 16_384, `${size}: ${reader.bufferBytes}`);
  }
});

Deno.test("RequestReader takes no more than a request needs, and less on a mere promise", () => {
  for (const size of [100_000, 315_000, 3_000_000, 20_000_000]) {
    const reader = new RequestReader();
    reader.append(fromLatin1(`*2\r\n$4\r\nECHO\r\n$${size}\r\n`));
    assertEquals(reader.next(), ReadResult.More);
    reader.prepare();
    assertEquals(reader.bufferBytes, 4096);
    const part = new Uint8Array(1000);
    for (let received = 0; received < size; received += part.length) {
      reader.append(part);
      assertEquals(reader.next(), ReadResult.More);
      reader.prepare();
      assert(reader.bufferBytes <= 128 * (received + 4096), `${reader.bufferBytes} at ${received}`);
    }
    assert(reader.bufferBytes <= size + 4096, `${size}: ${reader.bufferBytes}`);
  }
});

Deno.test("RequestReader reads on while a read is in flight, whatever is done meanwhile", () => {
  const random = new SeededRandom(9 + effort);
  for (const largest of [1, 7, 100, 5000, 20_000, 70_000, 400_000]) {
    const sizes = [0, 3, 50, 3000, 20_000, 70_000, 600_000, 2_500_000];
    const requests = Array.from(
      { length: 40 },
      () =>
        Array.from({ length: 1 + random.below(4) }, () => {
          const size = random.below(sizes[random.below(Math.min(sizes.length, 2 + largest))] + 1);
          return String.fromCharCode(97 + random.below(26)).repeat(Math.min(size, largest * 3000));
        }),
    );
    const bytes = concat(requests.map((words) => encodeRequest(words.map(fromLatin1))));
    const reader = new RequestReader();
    const found: string[][] = [];
    const readOne = () => {
      if (reader.next() !== ReadResult.Request) return false;
      found.push(Array.from({ length: reader.args.count }, (_, i) => reader.args.text(i)));
      return true;
    };
    let space: Uint8Array | undefined;
    for (let at = 0; at < bytes.length || readOne();) {
      const action = random.below(6);
      if (action < 2) readOne();
      else if (action === 2) reader.prepare();
      else if (action === 3) reader.giveBack();
      else if (space === undefined) space = reader.freeSpace();
      else {
        const part = bytes.subarray(at, at + Math.min(space.length, 1 + random.below(largest)));
        space.set(part);
        reader.accept(part.length);
        at += part.length;
        space = undefined;
      }
    }
    while (readOne());
    assertEquals(found.length, requests.length);
    found.forEach((words, i) => assert(words.join() === requests[i].join(), `request ${i}`));
  }
});

Deno.test("RequestReader survives random bytes and broken requests", () => {
  const random = new SeededRandom(76 + effort);
  const pieces = [
    "*",
    "$",
    "\r\n",
    "1",
    "3",
    "-1",
    "GET",
    " ",
    '"',
    "'",
    "\\x",
    "\n",
    "\0",
    "99999",
  ];
  for (let round = 0; round < 30_000 * effort; round++) {
    let text = "";
    const length = random.below(60);
    while (text.length < length) {
      text += random.below(4) === 0
        ? String.fromCharCode(random.below(256))
        : pieces[random.below(pieces.length)];
    }
    const whole = readAll(text);
    const cut = random.below(text.length + 1);
    assertEquals(readAll(text, [cut]), whole, JSON.stringify(text));
  }
  for (let round = 0; round < 20_000 * effort; round++) {
    const words = Array.from({ length: 1 + random.below(5) }, () => "x".repeat(random.below(30)));
    const bytes = encodeRequest(words);
    for (let flips = random.below(3); flips > 0; flips--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    readAll(bytes.subarray(0, random.below(bytes.length + 1)));
  }
});

Deno.test("bytes can be appended in pieces of any size, however many requests with long arguments they hold", () => {
  for (const length of [10, 5000, 70_000, 300_000]) {
    const set = encodeRequest(["SET", "key", "A".repeat(length)]);
    const all = concat([encodeRequest(["MULTI"]), set, set, set, encodeRequest(["EXEC"])]);
    for (const piece of [1000, 25_000, 65_536, all.length]) {
      const reader = new RequestReader();
      let requests = 0;
      for (let at = 0; at < all.length; at += piece) {
        reader.append(all.subarray(at, at + piece));
        while (reader.next() === ReadResult.Request) requests++;
      }
      assertEquals([requests, reader.error], [5, ""], `${length} ${piece}`);
    }
  }
});
