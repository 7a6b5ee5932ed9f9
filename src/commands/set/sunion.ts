import type { CommandSpec } from "../../command/spec.ts";
import { ALL_COST, type Operation, readingCommand, storingCommand, union } from "./algebra.ts";

const unionOperation: Operation = {
  name: "sunion",
  members: "members that any of several sets has",
  complexity: ALL_COST,
  combination: union,
};

/** SUNION: the members that any set has. */
export const sunion: CommandSpec = readingCommand(unionOperation);

/** SUNIONSTORE: stores the members that any set has. */
export const sunionstore: CommandSpec = storingCommand(unionOperation);
