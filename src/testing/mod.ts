/**
 * Redeno as a test tool: a real server inside a test, with time, chance and faults under the test's control.
 *
 * @module
 */
export { type CommandLog, type RunCommand } from "./command_log.ts";
export {
  type ActiveFault,
  type Fault,
  type FaultControl,
  type FaultEffect,
  type FaultMatch,
  type FaultReply,
} from "../command/fault_control.ts";
export { ManualClock } from "./manual_clock.ts";
export { type SeedData, type SeedFields, type SeedValue } from "./seed.ts";
export { type Duration, TestClock } from "../platform/test_clock.ts";
export {
  type Restart,
  startTestServer,
  TestBranch,
  TestServer,
  type TestServerOptions,
} from "./test_server.ts";
export { type RandomSource, SeededRandom } from "../lib/random.ts";
export { RespError } from "../resp/reply_reader.ts";
