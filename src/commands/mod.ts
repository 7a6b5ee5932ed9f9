/**
 * All commands of the server.
 *
 * @module
 */
import { bitmapCommands } from "./bitmap/mod.ts";
import { clusterCommands } from "./cluster/mod.ts";
import { connectionCommands } from "./connection/mod.ts";
import { geoCommands } from "./geo/mod.ts";
import { genericCommands } from "./generic/mod.ts";
import { hashCommands } from "./hash/mod.ts";
import { hyperloglogCommands } from "./hyperloglog/mod.ts";
import { listCommands } from "./list/mod.ts";
import { pubsubCommands } from "./pubsub/mod.ts";
import { replicationCommands } from "./replication/mod.ts";
import { scriptingCommands } from "./scripting/mod.ts";
import { serverCommands } from "./server/mod.ts";
import { setCommands } from "./set/mod.ts";
import { sortedSetCommands } from "./sorted_set/mod.ts";
import type { CommandSpec } from "../command/spec.ts";
import { streamCommands } from "./stream/mod.ts";
import { stringCommands } from "./string/mod.ts";
import { transactionCommands } from "./transactions/mod.ts";

/** All specs, group by group. */
export const commandSpecs: readonly CommandSpec[] = [
  ...stringCommands,
  ...bitmapCommands,
  ...clusterCommands,
  ...connectionCommands,
  ...genericCommands,
  ...geoCommands,
  ...hashCommands,
  ...hyperloglogCommands,
  ...listCommands,
  ...pubsubCommands,
  ...replicationCommands,
  ...scriptingCommands,
  ...serverCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...streamCommands,
  ...transactionCommands,
];
