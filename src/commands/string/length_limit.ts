import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { mustHaveRoom } from "../shared/room.ts";

/** Throws if a string may not be this many bytes long, or if there is no memory for it. */
export function checkLength(call: Call, length: number): void {
  if (length > call.server.config.number("proto-max-bulk-len")) throw errors.stringTooLong;
  mustHaveRoom(call, 2 * length);
}
