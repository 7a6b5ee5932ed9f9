/** The commands of the group "geo". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { geoadd } from "./geoadd.ts";
import { geodist } from "./geodist.ts";
import { geohash } from "./geohash.ts";
import { geopos } from "./geopos.ts";
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo } from "./georadius.ts";
import { geosearch, geosearchstore } from "./geosearch.ts";

export const geoCommands: readonly CommandSpec[] = [
  geoadd,
  geodist,
  geohash,
  geopos,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
  geosearch,
  geosearchstore,
];
