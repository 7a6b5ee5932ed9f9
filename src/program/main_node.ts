/**
 * The program under Node 22 or later: `node --experimental-transform-types src/program/main_node.ts [redis.conf] [--directive value ...]
 * [-]`.
 *
 * @module
 */
import { argv } from "node:process";
import { nodePlatform } from "../platform/node/platform.ts";
import { main } from "./main.ts";

await main(argv.slice(2), nodePlatform);
