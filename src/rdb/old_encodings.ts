/**
 * Encodings of small collections that Redis wrote before listpacks: ziplists and zipmaps. They are only read.
 *
 *     ziplist   u32 bytes | u32 offset of the last entry | u16 entries | entries | 0xff
 *     entry     length of the one before (1 byte, or 0xfe and u32) | encoding | string or integer
 *     zipmap    u8 pairs | (length key | length u8-free value free-bytes)... | 0xff      length: 1 byte, or 0xfe and u32
 *
 * @module
 */
import { type ByteRange, fromLatin1 } from "../lib/bytes.ts";
import { RdbError } from "./format.ts";
import { RdbReader } from "./reader.ts";

const END = 0xff;
const LONG_LENGTH = 0xfe;
const ZIPLIST_HEADER_BYTES = 10;

const broken = (what: string) => new RdbError(`Cannot read a ${what}: it is broken`);

/** The entries of a ziplist. The ranges stay valid. */
export function readZiplist({ bytes, start, length }: ByteRange): ByteRange[] {
  const reader = new RdbReader(bytes, start, start + length);
  if (length <= ZIPLIST_HEADER_BYTES || reader.littleEndian(4) !== length) throw broken("ziplist");
  const lastOffset = reader.littleEndian(4);
  const count = reader.littleEndian(2);
  const entries: ByteRange[] = [];
  let before = 0;
  let offset = ZIPLIST_HEADER_BYTES;
  while (bytes[start + offset] !== END) {
    if (readLength(reader) !== before) throw broken("ziplist");
    entries.push(readEntry(reader));
    const next = reader.position - start;
    before = next - offset;
    offset = next;
    if (offset >= length) throw broken("ziplist");
  }
  const isWhole = offset === length - 1 && (count === 0xffff || count === entries.length) &&
    (entries.length === 0 || lastOffset === offset - before);
  if (!isWhole) throw broken("ziplist");
  return entries;
}

/** The keys and values of a zipmap in turn. The ranges stay valid. */
export function readZipmap({ bytes, start, length }: ByteRange): ByteRange[] {
  const reader = new RdbReader(bytes, start, start + length);
  reader.byte();
  const entries: ByteRange[] = [];
  for (;;) {
    if (reader.isAtEnd) throw broken("zipmap");
    if (bytes[reader.position] === END) break;
    entries.push(reader.raw(readLength(reader)));
    const valueLength = readLength(reader);
    const free = reader.byte();
    entries.push(reader.raw(valueLength));
    reader.raw(free);
  }
  reader.byte();
  if (!reader.isAtEnd) throw broken("zipmap");
  return entries;
}

function readLength(reader: RdbReader): number {
  const first = reader.byte();
  if (first === END) throw broken("length");
  return first === LONG_LENGTH ? reader.littleEndian(4) : first;
}

function readEntry(reader: RdbReader): ByteRange {
  const encoding = reader.byte();
  switch (encoding >> 6) {
    case 0:
      return reader.raw(encoding);
    case 1:
      return reader.raw((encoding & 0x3f) << 8 | reader.byte());
    case 2: {
      let length = 0;
      for (let i = 0; i < 4; i++) length = length * 256 + reader.byte();
      return reader.raw(length);
    }
  }
  switch (encoding) {
    case 0xc0:
      return text(reader.littleEndian(2) << 16 >> 16);
    case 0xd0:
      return text(reader.littleEndian(4) | 0);
    case 0xe0: {
      const low = BigInt(reader.littleEndian(4));
      return text(BigInt(reader.littleEndian(4) | 0) << 32n | low);
    }
    case 0xf0:
      return text(reader.littleEndian(3) << 8 >> 8);
    case 0xfe:
      return text(reader.byte() << 24 >> 24);
  }
  if (encoding < 0xf1 || encoding > 0xfd) throw broken("ziplist entry");
  return text((encoding & 0x0f) - 1);
}

function text(value: number | bigint): ByteRange {
  const bytes = fromLatin1(String(value));
  return { bytes, start: 0, length: bytes.length };
}
