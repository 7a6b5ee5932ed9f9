/** The commands of the group "transactions". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { discard } from "./discard.ts";
import { exec } from "./exec.ts";
import { multi } from "./multi.ts";
import { unwatch, watch } from "./watch.ts";

export const transactionCommands: readonly CommandSpec[] = [discard, exec, multi, unwatch, watch];
