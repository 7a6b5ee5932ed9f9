/**
 * Directives that take effect in a running server, by subject. Those of a single part (persistence, limits of memory) are followed in that
 * part.
 *
 * @module
 */
import { ConfigError, parseOutputLimits } from "../config/kinds.ts";
import type { Acl } from "../acl/acl.ts";
import type { AclLog } from "../acl/acl_log.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Host } from "../ports/host.ts";
import type { LatencyEvents } from "../telemetry/latency_events.ts";
import type { Log } from "../telemetry/log.ts";
import type { SlowLog } from "../telemetry/slow_log.ts";
import type { CallTimer } from "../execution/call_timer.ts";
import type { Admission } from "../execution/admission.ts";
import { followKeyspaceConfig } from "./keyspace_config.ts";
import type { Notifications } from "../changes/key_events.ts";
import { followOomScore } from "./oom_score.ts";
import type { ReplyDelivery } from "./reply_delivery.ts";
import type { RequestLoop } from "./request_loop.ts";
import { messageOf } from "../lib/error_message.ts";

/** A batch of quick commands may take this many microseconds. Whoever wants to see shorter durations needs each command timed by itself. */
const UNREMARKABLE_MICROSECONDS = 1000;

/** The parts that the directives affect. */
export interface ServerConfigParts {
  readonly acl: Acl;
  readonly aclLog: AclLog;
  readonly admission: Admission;
  readonly commands: CommandTable;
  readonly config: Config;
  readonly delivery: ReplyDelivery;
  readonly host: Host;
  readonly keyspace: Keyspace;
  readonly latencyEvents: LatencyEvents;
  readonly log: Log;
  readonly loop: RequestLoop;
  readonly notifications: Notifications;
  readonly replication: { judgeReplicas(): void };
  readonly slowLog: SlowLog;
  readonly timer: CallTimer;
  readonly tracking: Tracking;
}

/** Makes a server follow its configuration. */
export function followServerConfig(parts: ServerConfigParts): void {
  followNotifications(parts);
  followUsers(parts);
  followTiming(parts);
  followClients(parts);
  followSystem(parts);
  followOomScore(parts);
  followKeyspaceConfig(parts.config, parts.keyspace);
}

function followNotifications(
  { config, keyspace, notifications, tracking }: ServerConfigParts,
): void {
  config.follow("notify-keyspace-events", (classes) => {
    notifications.classes = classes;
    const observes = /[mn]/.test(classes);
    keyspace.tellsOfMisses = observes && classes.includes("m");
    keyspace.tellsOfNewKeys = observes && classes.includes("n");
  });
  config.follow("tracking-table-max-keys", (value) => tracking.maxKeys = value);
}

function followUsers({ acl, aclLog, config }: ServerConfigParts): void {
  config.follow("acl-pubsub-default", (value) => {
    acl.settings.allChannelsByDefault = value === "allchannels";
  });
  config.follow("requirepass", (value) => acl.setDefaultPassword(value));
  config.follow("acllog-max-len", (value) => aclLog.maxLength = value);
}

function followTiming(
  { commands, config, latencyEvents, slowLog, timer }: ServerConfigParts,
): void {
  // Every command is timed by itself if somebody wants to see durations as short as those of a batch of quick commands.
  const choose = () => {
    const threshold = slowLog.thresholdMicroseconds;
    timer.isExact = latencyEvents.thresholdMs > 0 ||
      threshold >= 0 && threshold < UNREMARKABLE_MICROSECONDS;
  };
  config.follow("slowlog-log-slower-than", (value) => {
    slowLog.thresholdMicroseconds = value;
    choose();
  });
  config.follow("latency-monitor-threshold", (value) => {
    latencyEvents.thresholdMs = value;
    choose();
  });
  config.follow("slowlog-max-len", (value) => slowLog.maxLength = value);
  config.follow("latency-tracking", (value) => {
    timer.keepsHistograms = value;
    if (value) return;
    for (const command of commands.withSubcommands()) command.latencies = undefined;
  });
}

function followClients(
  { admission, config, delivery, loop, replication }: ServerConfigParts,
): void {
  config.follow("maxmemory", (value) => admission.isMemoryLimited = value > 0);
  config.follow("min-replicas-to-write", () => replication.judgeReplicas());
  config.follow("min-replicas-max-lag", () => replication.judgeReplicas());
  config.follow("client-query-buffer-limit", (value) => loop.queryBufferLimit = value);
  const limitOutput = () => {
    const limits = parseOutputLimits(config.text("client-output-buffer-limit"));
    const { hardBytes, softBytes, softSeconds } = limits.slave;
    const backlogBytes = config.number("repl-backlog-size");
    const atLeast = (bytes: number) => bytes === 0 ? 0 : Math.max(bytes, backlogBytes);
    delivery.limits = limits;
    delivery.replicaLimit = {
      ...{ hardBytes: atLeast(hardBytes), softBytes: atLeast(softBytes), softSeconds },
    };
  };
  config.follow("client-output-buffer-limit", limitOutput);
  config.follow("repl-backlog-size", limitOutput);
}

function followSystem({ config, host, log }: ServerConfigParts): void {
  let hasStarted = false;
  config.follow("activedefrag", (value) => {
    // A configuration file may ask for it; the log then says that it has no effect.
    if (!value || !hasStarted) return;
    throw new ConfigError(
      "Active defragmentation cannot be enabled: it is about Jemalloc, which this server does not use",
    );
  });
  hasStarted = true;
  config.follow("loglevel", (value) => log.level = value);
  if (config.text("dir") === "") config.assign("dir", host.directory);
  config.follow("dir", (value) => {
    try {
      host.useDirectory(value);
      config.assign("dir", host.directory);
    } catch (error) {
      throw new ConfigError(messageOf(error));
    }
  });
}
