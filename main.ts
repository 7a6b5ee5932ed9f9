/**
 * The program: `redeno [redis.conf] [--directive value ...] [-]`.
 *
 * @module
 */
import { denoPlatform } from "./src/platform/deno/platform.ts";
import { main } from "./src/program/main.ts";

if (import.meta.main) await main(Deno.args, denoPlatform);
