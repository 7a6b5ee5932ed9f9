/**
 * A clock that goes on by so much whenever a script is looked at, which is after a hundred thousand steps of Lua's: so what happens to
 * a script that runs for long depends on its steps alone.
 *
 * @module
 */
import { ManualClock } from "../../src/testing/mod.ts";

/** See the module's comment. */
export class RunningClock extends ManualClock {
  /** `stepMs`: how much goes by between two looks. */
  constructor(private readonly stepMs = 1) {
    super();
  }

  override monotonicMs(): number {
    this.sleep(this.stepMs);
    return super.monotonicMs();
  }
}
