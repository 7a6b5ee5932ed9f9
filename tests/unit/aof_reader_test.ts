/** The reader of append-only files gets its bytes in pieces of every size, and must not notice. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { AofFormatError, AofReader } from "../../src/aof/reader.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";

/** What a file is made of: a request, or a line that is none. */
const PARTS: readonly (readonly string[] | string)[] = [
  ["SELECT", "0"],
  "#TS:1700000000\r\n",
  ["SET", "k", "v"],
  ["SET", "empty", ""],
  ["SET", "looks like more", "\r\n*1\r\n$4\r\nPING\r\n"],
  "#TS:1700000001\r\n",
  "#TS:1700000002\r\n",
  ["MULTI"],
  ["SELECT", "1"],
  ["RPUSH", "list", ...Array.from({ length: 30 }, (_, i) => `${i}`)],
  ["EXEC"],
  "# anything\n",
  ["HSET", "hash", "#field", "\x00\xff"],
  ["APPEND", "k", "x".repeat(300)],
  ["DEL", "k"],
  "#TS:1700000003\r\n",
];

const encoded = PARTS.map((part) =>
  typeof part === "string" ? fromLatin1(part) : encodeRequest(part.map(fromLatin1))
);
const FILE = concat(encoded);
const REQUESTS = PARTS.filter((part) => typeof part !== "string");
/** Where each request ends, and whatever is no request before the first. */
const ENDS = encoded.flatMap((_, i) =>
  typeof PARTS[i] === "string" ? [] : [concat(encoded.slice(0, i + 1)).length]
);

/** How a file comes to its reader. */
interface Delivery {
  /** Bytes that a read brings at most. */
  readonly readBytes: number;
  /** Bytes that the reader asks for. */
  readonly pieceBytes: number;
  /** Bytes that it has before it reads. */
  readonly headBytes?: number;
}

function readerOf(file: Uint8Array, { readBytes, pieceBytes, headBytes = 0 }: Delivery): AofReader {
  let at = headBytes;
  const read = (buffer: Uint8Array) => {
    const piece = file.subarray(at, at + Math.min(readBytes, buffer.length));
    buffer.set(piece);
    at += piece.length;
    return piece.length;
  };
  return new AofReader(read, file.slice(0, headBytes), 0, pieceBytes);
}

/** All requests, each with the offset behind it. */
function readAll(reader: AofReader): [request: string[], end: number][] {
  const args = new Arguments();
  const found: [string[], number][] = [];
  while (reader.next(args)) found.push([args.texts(), reader.offset]);
  return found;
}

const WHOLE = REQUESTS.map((request, i) => [request, ENDS[i]]);

Deno.test("an append-only file is read the same in pieces of every size", () => {
  for (let bytes = 1; bytes <= FILE.length + 1; bytes++) {
    for (const headBytes of [0, 5]) {
      const byReads = readerOf(FILE, { readBytes: bytes, pieceBytes: FILE.length * 2, headBytes });
      assertEquals(readAll(byReads), WHOLE, `reads of ${bytes} bytes`);
      const byPieces = readerOf(FILE, { readBytes: Infinity, pieceBytes: bytes, headBytes });
      assertEquals(readAll(byPieces), WHOLE, `pieces of ${bytes} bytes`);
    }
  }
});

Deno.test("an append-only file is read the same wherever the first bytes end", () => {
  for (let headBytes = 0; headBytes <= FILE.length; headBytes++) {
    for (const pieceBytes of [1, 2, 17, 256, 4096]) {
      const reader = readerOf(FILE, { readBytes: Infinity, pieceBytes, headBytes });
      assertEquals(readAll(reader), WHOLE, `${headBytes} bytes, then pieces of ${pieceBytes}`);
    }
  }
});

Deno.test("an append-only file that ends anywhere is read up to its last whole request", () => {
  for (let length = 0; length <= FILE.length; length++) {
    const file = FILE.subarray(0, length);
    const ends = ENDS.filter((end) => end <= length);
    for (const pieceBytes of [1, 3, 50, 4096]) {
      for (const readBytes of [1, 7, Infinity]) {
        const reader = readerOf(file, { readBytes, pieceBytes });
        const args = new Arguments();
        for (const end of ends) assert(reader.next(args) && reader.offset === end);
        let [partStart, partEnd] = [0, 0];
        for (const part of encoded) {
          if (partEnd >= length) break;
          [partStart, partEnd] = [partEnd, partEnd + part.length];
        }
        if (partEnd === length || length === 0) {
          assert(!reader.next(args), `cut at ${length}`);
          continue;
        }
        const error = assertThrows(() => reader.next(args), AofFormatError, "truncated");
        assertEquals(error.offset, partStart, `cut at ${length}`);
      }
    }
  }
});

Deno.test("a request longer than a piece is read whole", () => {
  const requests = [["SET", "a", "x".repeat(5000)], ["SET", "b", "y".repeat(70)], ["GET", "a"]];
  const file = concat(requests.map((request) => encodeRequest(request)));
  for (const pieceBytes of [1, 10, 100, 1000]) {
    for (const readBytes of [1, 99, Infinity]) {
      const reader = readerOf(file, { readBytes, pieceBytes });
      assertEquals(readAll(reader).map(([request]) => request), requests);
    }
  }
});
