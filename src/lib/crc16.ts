/**
 * CRC16 with the polynomial 0x1021, from 0, not reflected (XMODEM).
 *
 * @module
 */

const POLYNOMIAL = 0x1021;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc << 1 ^ ((crc & 0x8000) === 0 ? 0 : POLYNOMIAL);
  return crc;
});

/** The checksum of `length` bytes from `start`. */
export function crc16(bytes: Uint8Array, start: number, length: number): number {
  let crc = 0;
  for (let i = start; i < start + length; i++) {
    crc = (crc << 8 ^ TABLE[crc >>> 8 & 0xff ^ bytes[i]]) & 0xffff;
  }
  return crc;
}
