import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { mustHaveRoom } from "../shared/room.ts";

/** Throws if a string of this many bytes would be longer than a string may be, or than there is memory for. */
export function checkLength(call: Call, length: number): void {
  if (length > call.server.config.number("proto-max-bulk-len")) throw errors.stringTooLong;
  mustHaveRoom(call, 2 * length);
}
