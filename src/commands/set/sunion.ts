import type { CommandSpec } from "../../command/spec.ts";
import { ALL_COST, readingCommand, storingCommand, union } from "./algebra.ts";

/** SUNION: the members that any set has. */
export const sunion: CommandSpec = readingCommand(
  "sunion",
  "Lists the members that any of several sets has.",
  ALL_COST,
  union,
);

/** SUNIONSTORE: stores the members that any set has. */
export const sunionstore: CommandSpec = storingCommand(
  "sunionstore",
  "Stores the members that any of several sets has, as a set.",
  ALL_COST,
  union,
);
