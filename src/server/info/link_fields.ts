/**
 * What the section `replication` tells of a replica's link to its primary.
 *
 * @module
 */
import type { LinkFigures } from "../../command/following_control.ts";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Fields } from "./section_fields.ts";

/** Where the figures come from. */
export interface LinkFieldsSource {
  readonly clock: Clock;
  readonly config: Config;
  readonly following: { readonly link: LinkFigures | undefined };
}

/** The fields about the link; none on a primary. */
export function linkFields({ clock, config, following: { link } }: LinkFieldsSource): Fields {
  if (link === undefined) return {};
  const { address, state, sync } = link;
  const isUp = state === "connected";
  const secondsSince = (timeMs: number) => Math.floor((clock.now() - timeMs) / 1000);
  const fields: Fields = {
    master_host: address.host,
    master_port: address.port,
    master_link_status: isUp ? "up" : "down",
    master_last_io_seconds_ago: isUp ? secondsSince(link.lastInputMs) : -1,
    master_sync_in_progress: state === "sync" ? 1 : 0,
    slave_read_repl_offset: link.readOffset,
    slave_repl_offset: link.appliedOffset,
  };
  if (sync !== undefined) {
    const { readBytes, totalBytes } = sync.progress;
    const isKnown = totalBytes > 0;
    fields.master_sync_total_bytes = totalBytes;
    fields.master_sync_read_bytes = readBytes;
    fields.master_sync_left_bytes = totalBytes - readBytes;
    fields.master_sync_perc = (isKnown ? 100 * readBytes / totalBytes : 0).toFixed(2);
    fields.master_sync_last_io_seconds_ago = secondsSince(link.lastInputMs);
  }
  if (!isUp) {
    fields.master_link_down_since_seconds = link.downSinceMs === 0
      ? -1
      : secondsSince(link.downSinceMs);
  }
  fields.slave_priority = config.number("replica-priority");
  fields.slave_read_only = config.flag("replica-read-only") ? 1 : 0;
  fields.replica_announced = config.flag("replica-announced") ? 1 : 0;
  return fields;
}
