import type { CommandSpec } from "../../command/spec.ts";
import { decodeGeohash } from "../../lib/geography.ts";
import { placesCommand } from "./member_hash.ts";

/** GEOPOS: where members are. */
export const geopos: CommandSpec = placesCommand({
  name: "geopos",
  summary: "Replies with the longitudes and latitudes of members.",
}, (reply, hash) => {
  if (hash === undefined) return reply.nullArray();
  reply.array(2);
  for (const degrees of decodeGeohash(hash)) reply.humanDouble(degrees);
});
