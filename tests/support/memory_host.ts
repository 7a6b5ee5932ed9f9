/**
 * The machine in memory, which the test tool publishes.
 *
 * @module
 */
export { Killed, MemoryHost, type Operation } from "../../src/testing/memory_host.ts";
