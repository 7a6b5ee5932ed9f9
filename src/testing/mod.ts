/**
 * Redeno as a test tool: a real server inside a test, with time and chance under the test's control.
 *
 * @module
 */
export { type Duration, ManualClock } from "./manual_clock.ts";
export { startTestServer, type TestServer, type TestServerOptions } from "./test_server.ts";
export { type RandomSource, SeededRandom } from "../lib/random.ts";
