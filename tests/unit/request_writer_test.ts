import { assertEquals } from "@std/assert";
import { latin1 } from "../../src/lib/bytes.ts";
import { RequestReader } from "../../src/resp/request_reader.ts";
import { encodeRequest, type RequestPart, RequestWriter } from "../../src/resp/request_writer.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { property } from "../support/property.ts";

const CRLF = "\r\n";
const bulk = (text: string) => `$${text.length}${CRLF}${text}${CRLF}`;

property(
  "requests are written one behind another, and forgetting some leaves the others as they were",
  { trials: 150, size: 80 },
  (chance) => {
    const writer = new RequestWriter();
    let expected = "";
    const marks = [0];
    const text = () => chance.binary(chance.pick([0, 5, 120, chance.oneIn(8) ? 9000 : 10]));
    chance.run({
      "header": () => {
        const count = chance.below(10 ** chance.below(8));
        writer.request(count);
        expected += `*${count}${CRLF}`;
      },
      "3 word": () => {
        const word = text();
        const { bytes, start, length } = rangeOf(word);
        writer.word(bytes, start, length);
        expected += bulk(word);
      },
      "2 word of any kind": () => {
        const word = text();
        const number = chance.between(-1000, 2 ** 40);
        writer.anyWord(word);
        writer.anyWord(number);
        writer.anyWord(rangeOf(word));
        expected += bulk(word) + bulk(`${number}`) + bulk(word);
      },
      "bytes as they are": () => {
        const word = text();
        writer.raw(rangeOf(word).bytes, 3, word.length);
        expected += word;
      },
      "mark": () => marks.push(expected.length),
      "forget": () => {
        if (!chance.oneIn(3)) return;
        const length = chance.pick(marks.filter((mark) => mark <= expected.length));
        writer.truncate(length, chance.pick([0, 4096, Infinity]));
        expected = expected.slice(0, length);
      },
    });
    assertEquals(latin1(writer.bytes, 0, writer.length) === expected, true);
  },
);

property("a request is an array of its words", { trials: 200, size: 20 }, (chance) => {
  const words = chance.list(chance.size, () => chance.text(30, "ab \r\n"));
  const bytes = encodeRequest(words);
  const expected = `*${words.length}${CRLF}${words.map(bulk).join("")}`;
  assertEquals(latin1(bytes, 0, bytes.length), expected);
});

property(
  "a request may be put together from words and from ranges of another request's words",
  { trials: 200, size: 12 },
  (chance) => {
    const reader = new RequestReader();
    const given = ["PING", ...chance.list(chance.size, () => chance.text(20, "ab \r\n"))];
    reader.append(encodeRequest(given));
    reader.next();
    const expected: string[] = [];
    const parts = chance.list(5, (): RequestPart => {
      const first = chance.below(given.length);
      const end = first + chance.below(given.length - first + 1);
      if (chance.oneIn(2)) {
        expected.push(...given.slice(first, end));
        return { args: reader.args, first, end };
      }
      expected.push(given[first]);
      return chance.oneIn(2) ? given[first] : rangeOf(given[first]);
    });
    const writer = new RequestWriter();
    writer.parts(parts);
    assertEquals(writer.bytes.slice(0, writer.length), encodeRequest(expected));
  },
);
