import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** Argument `i` as the offset of a bit; throws if it is none. If there is a `width`, `#n` means n times the width (BITFIELD). */
export function bitOffset(call: Call, i: number, width = 0): number {
  const text = call.args.text(i);
  const usesWidth = text.startsWith("#") && width > 0;
  const digits = usesWidth ? text.slice(1) : text;
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(digits)) throw errors.bitOffset;
  const offset = Number(digits) * (usesWidth ? width : 1);
  const maxBytes = call.server.config.number("proto-max-bulk-len");
  if (offset < 0 || Math.floor(offset / 8) >= maxBytes) throw errors.bitOffset;
  return offset;
}
