/** The commands of the group "geo". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { geoadd, geodist, geohash, geopos } from "./geoadd.ts";
import {
  georadius,
  georadiusbymember,
  georadiusbymemberRo,
  georadiusRo,
  geosearch,
  geosearchstore,
} from "./geosearch.ts";

/** All of them. */
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
