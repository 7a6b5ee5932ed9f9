/**
 * The program under Node 22 or later, and under Bun:
 *
 *     node --experimental-transform-types src/program/main_node.ts [redis.conf] [--directive value ...] [-]
 *     bun src/program/main_node.ts ...
 *
 * @module
 */
import { argv } from "node:process";
import { nodePlatform } from "../platform/node/platform.ts";
import { main } from "./main.ts";

await main(argv.slice(2), nodePlatform);
