/**
 * The file in which `deno task bench --write` leaves its figures, for the chart in the README.
 *
 * @module
 */
import type { Row } from "./throughput.ts";

/** Where the file is. */
export const RESULTS: URL = new URL("../../docs/bench.json", import.meta.url);

/** What the file holds. */
export interface Results {
  /** What this server was compared with: `redis-server 7.2.6`. */
  readonly reference: string;
  readonly rows: readonly Row[];
}
