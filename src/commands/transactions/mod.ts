/** The commands of the group "transactions". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { discard, exec, multi, unwatch, watch } from "./multi.ts";

/** All of them. */
export const transactionCommands: readonly CommandSpec[] = [discard, exec, multi, unwatch, watch];
