import type { Server } from "./server.ts";
export function describeServer(_s: Server, _x: readonly string[]): string { return ""; }
