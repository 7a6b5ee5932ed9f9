import type { CommandSpec } from "../../command/spec.ts";
import { decodeGeohash, geohashText } from "../../lib/geography.ts";
import { placesCommand } from "./member_hash.ts";

/** GEOHASH: members as published geohashes. */
export const geohash: CommandSpec = placesCommand({
  name: "geohash",
  summary: "Replies with the places of members as geohashes of eleven letters.",
}, (reply, hash) => {
  if (hash === undefined) reply.null();
  else reply.bulkText(geohashText(decodeGeohash(hash)));
});
