/**
 * Data of Redis modules in an RDB file. This server has no modules. It can skip what a module stores beside the keys, because that is
 * written as numbers and strings that say what they are.
 *
 * @module
 */
import type { RdbReader } from "./reader.ts";

/** The kinds of pieces that a module's data consists of. */
const Piece = { End: 0, Signed: 1, Unsigned: 2, Float: 3, Double: 4, String: 5 } as const;
/** The alphabet of module names: six bits a letter. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NAME_LETTERS = 9;

/** Skips the data of a module; returns the module's name. Throws `RdbError`. */
export function skipModuleData(reader: RdbReader): string {
  const [high, low] = reader.length64();
  // Skips a number that says whether the data was written before or after the keys.
  reader.length();
  reader.length();
  for (;;) {
    const piece = reader.length();
    switch (piece) {
      case Piece.End:
        return moduleName(high, low);
      case Piece.Signed:
      case Piece.Unsigned:
        reader.length64();
        break;
      case Piece.Float:
        reader.raw(4);
        break;
      case Piece.Double:
        reader.raw(8);
        break;
      case Piece.String:
        reader.string();
        break;
      default:
        throw reader.error("Cannot read the data of a module");
    }
  }
}

/** A module's id holds nine letters of its name in the upper 54 bits, the first letter uppermost. */
function moduleName(high: number, low: number): string {
  const bits = (BigInt(high) << 32n | BigInt(low >>> 0)) >> 10n;
  let name = "";
  for (let i = NAME_LETTERS - 1; i >= 0; i--) {
    name += LETTERS[Number(bits >> BigInt(6 * i) & 63n)];
  }
  return name;
}
