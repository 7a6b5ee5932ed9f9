/** The commands of the group "connection". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { auth, hello, reset } from "./auth.ts";
import { client } from "./client.ts";
import { echo, ping, quit, select } from "./ping.ts";

/** All of them. */
export const connectionCommands: readonly CommandSpec[] = [
  auth,
  client,
  echo,
  hello,
  ping,
  quit,
  reset,
  select,
];
