import { assertEquals } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { ReplyWriter, type RespVersion } from "../../src/resp/reply_writer.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { type Chance, property } from "../support/property.ts";

const CRLF = "\r\n";
const bulk = (text: string) => `$${text.length}${CRLF}${text}${CRLF}`;

/** Texts whose lengths lie around what a header, a chunk of 64 KB, and its last 4 KB make special. */
function someText(chance: Chance): string {
  const length = chance.oneIn(6)
    ? chance.pick([4072, 61_440, 65_536, 131_072]) + chance.between(-40, 40)
    : chance.pick([0, 1, 9, 10, 99, 100, 101, chance.below(300)]);
  return String.fromCharCode(chance.below(256)).repeat(length);
}

type Reply = readonly [write: () => void, expected: string];

/** A reply of each kind, and its bytes. */
function someReply(chance: Chance, writer: ReplyWriter, isResp3: boolean): Reply {
  const text = someText(chance);
  const { bytes, start, length } = rangeOf(text);
  const count = chance.pick([0, 1, 10, chance.below(2 ** 31)]);
  const integer = chance.int64();
  const number = Number(BigInt.asIntN(53, integer));
  const word = text.replaceAll(/[\r\n]/g, "x").slice(0, 5000);
  const choices: Reply[] = [
    [() => writer.ok(), `+OK${CRLF}`],
    [() => writer.simple(word), `+${word}${CRLF}`],
    [() => writer.error(`ERR ${word}\n`), `-ERR ${word} ${CRLF}`],
    [() => writer.integer(number), `:${number}${CRLF}`],
    [() => writer.bigInteger(integer), `:${integer}${CRLF}`],
    [() => writer.bulk(bytes, start, length), bulk(text)],
    [() => writer.bulkText(text), bulk(text)],
    [() => writer.null(), isResp3 ? `_${CRLF}` : `$-1${CRLF}`],
    [() => writer.nullArray(), isResp3 ? `_${CRLF}` : `*-1${CRLF}`],
    [() => writer.array(count), `*${count}${CRLF}`],
    [() => writer.map(count), isResp3 ? `%${count}${CRLF}` : `*${count * 2}${CRLF}`],
    [() => writer.set(count), `${isResp3 ? "~" : "*"}${count}${CRLF}`],
    [() => writer.push(count), `${isResp3 ? ">" : "*"}${count}${CRLF}`],
    [
      () => writer.boolean(count === 1),
      isResp3 ? `#${count === 1 ? "t" : "f"}${CRLF}` : `:${count === 1 ? 1 : 0}${CRLF}`,
    ],
    [() => writer.double(-2.5), isResp3 ? `,-2.5${CRLF}` : bulk("-2.5")],
    [() => writer.humanDouble(1.25), isResp3 ? `,1.25${CRLF}` : bulk("1.25")],
    [() => writer.bigNumber(`${integer}`), isResp3 ? `(${integer}${CRLF}` : bulk(`${integer}`)],
    [
      () => writer.verbatim("tää", "txt"),
      isResp3 ? `=9${CRLF}txt:t\xc3\xa4\xc3\xa4${CRLF}` : bulk("t\xc3\xa4\xc3\xa4"),
    ],
    [() => writer.raw(fromLatin1(text)), text],
  ];
  return chance.pick(choices);
}

property(
  "replies are written one behind another as the protocol has them, whatever their length and however they are taken",
  { trials: 120, size: 120 },
  (chance) => {
    const writer = new ReplyWriter();
    let expected = "";
    const inFlight: { taken: Uint8Array<ArrayBuffer>; expected: string }[] = [];
    const begun: { begin: number; at: number }[] = [];
    const write = () => {
      const [act, text] = someReply(chance, writer, writer.resp === 3);
      act();
      expected += text;
    };
    chance.run({
      "6 write": write,
      "begin an array": () => {
        if (begun.length < 3) begun.push({ begin: writer.beginArray(), at: expected.length });
      },
      "2 end an array": () => {
        const last = begun.pop();
        if (last === undefined) return;
        const count = chance.below(1000);
        const isMap = chance.oneIn(2);
        if (isMap) writer.endMap(last.begin, count);
        else writer.endArray(last.begin, count);
        const header = !isMap ? `*${count}` : writer.resp === 3 ? `%${count}` : `*${count * 2}`;
        expected = expected.slice(0, last.at) + header + CRLF + expected.slice(last.at);
      },
      "forget": () => {
        const { length } = writer;
        if (begun.length > 0) return;
        write();
        writer.truncate(length);
        expected = expected.slice(0, length);
      },
      "2 take": () => {
        if (begun.length > 0) return;
        const taken = writer.take();
        assertEquals(writer.length, 0);
        inFlight.push({ taken, expected });
        expected = "";
        writer.resp = chance.pick<RespVersion>([2, 3]);
      },
      "2 recycle": () => {
        if (inFlight.length === 0) return;
        const [{ taken, expected }] = inFlight.splice(chance.below(inFlight.length), 1);
        // Nothing that was written since has touched it.
        assertEquals(latin1(taken, 0, taken.length) === expected, true, "changed in flight");
        writer.recycle(taken);
        writer.recycle(new Uint8Array(5));
      },
    });
    assertEquals(writer.length, expected.length);
    for (const { taken, expected: text } of [...inFlight, { taken: writer.take(), expected }]) {
      assertEquals(latin1(taken, 0, taken.length) === text, true, "not what was written");
    }
  },
);
