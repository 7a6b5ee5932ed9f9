/**
 * The witnesses of commands: the snapshot that is being taken (which keys may change), the slow log and the latency monitor (how long
 * commands take), MONITOR (that they run), and clients that cache keys (which keys they read). While there is no witness, a command costs
 * one check.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Monitors } from "../clients/monitors.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { Call } from "../command/call.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { CommandTable } from "../command/command_table.ts";
import { keyPositions } from "../command/key_positions.ts";
import { secretWords } from "../command/secrets.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { LatencyEvents } from "../telemetry/latency_events.ts";
import type { SlowLog } from "../telemetry/slow_log.ts";

/** The witnesses, and what they need. */
export interface WitnessParts {
  readonly commands: CommandTable;
  readonly keyspace: Keyspace;
  readonly latencyEvents: LatencyEvents;
  readonly monitors: Monitors;
  readonly slowLog: SlowLog;
  readonly tracking: Tracking;
}

/** The witnesses of one server. */
export class Witnesses {
  readonly #keyspace: Keyspace;
  readonly #monitors: Monitors;

  constructor(private readonly parts: WitnessParts) {
    this.#keyspace = parts.keyspace;
    this.#monitors = parts.monitors;
  }

  /** Whether there is a witness for this client's commands, apart from those of their durations. */
  watch(client: Client): boolean {
    return client.tracking !== undefined || this.#monitors.size > 0 ||
      this.#keyspace.snapshot !== undefined;
  }

  /** Shows the snapshot that is being taken the keys that a command may change. */
  beforeRun({ args, client, command }: Call): void {
    if (this.#keyspace.snapshot === undefined || command.spec.keys === undefined) return;
    const isWrite = (command.flags & Flag.write) !== 0;
    if (isWrite && command.hasSingleKey) {
      return client.db.beforeChange(args.bytes, args.starts[1], args.lengths[1]);
    }
    for (const { index, flags } of keyPositions(command.spec, args)) {
      // A key is skipped only if both the command and the key are read-only: PFCOUNT only reads, but stores the count with the value;
      // XREADGROUP reads its key, but changes the group.
      if (!isWrite && flags.includes("RO")) continue;
      client.db.beforeChange(args.bytes, args.starts[index], args.lengths[index]);
    }
  }

  /** Call it after a command. `isFirstRun` says that the request did not wait before. */
  afterRun(call: Call, isFirstRun: boolean): void {
    if (this.#monitors.size > 0 && isFirstRun) this.#showToMonitors(call);
    if (call.client.tracking !== undefined) this.#track(call);
  }

  /** Tells the slow log and the latency monitor how long a command took, in microseconds. */
  noteDuration({ args, client, command }: Call, microseconds: number): void {
    const event = (command.flags & Flag.fast) === 0 ? "command" : "fast-command";
    this.parts.latencyEvents.note(event, microseconds / 1000, this.#keyspace.nowMs);
    this.noteSlow(client, command, args, microseconds);
  }

  /** Tells only the slow log how long a command took, in microseconds. */
  noteSlow(client: Client, command: Command, args: Arguments, microseconds: number): void {
    const { commands, slowLog } = this.parts;
    if ((command.flags & Flag.skip_slowlog) !== 0 || !slowLog.wants(microseconds)) return;
    const secrets = secretWords(command.spec, args, commands);
    slowLog.add(args, secrets, client, microseconds, this.#keyspace.nowMs);
  }

  #showToMonitors({ args, client, command }: Call): void {
    // MONITOR does not show commands of administration.
    if ((command.flags & (Flag.admin | Flag.skip_monitor)) !== 0) return;
    const secrets = secretWords(command.spec, args, this.parts.commands);
    this.#monitors.show(client, client.db.index, args, secrets);
  }

  /** Remembers the keys that a client has read, if it tracks them. */
  #track({ args, client, command }: Call): void {
    const { tracking } = this.parts;
    // For a script, the keys that its commands read are remembered.
    const reads = (command.flags & Flag.readonly) !== 0 && command.spec.group !== "scripting";
    const reader = client.caller ?? client;
    if (reads && tracking.remembers(reader)) {
      for (const { index } of keyPositions(command.spec, args)) {
        tracking.remember(reader, args.text(index));
      }
    }
    endCaching(client, command);
  }
}

/** Ends the effect of CLIENT CACHING, which applies to the next command or transaction; subcommands of CLIENT do not count. */
export function endCaching(client: Client, command: Command | undefined): void {
  const isOver = client.transaction === undefined && !client.mustNotBlock;
  if (client.tracking === undefined || !isOver) return;
  if (command?.parent?.spec.name !== "client") client.tracking.caching = undefined;
}
