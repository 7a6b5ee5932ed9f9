/**
 * Decides on the node of a cluster whether a request's keys are this node's to serve. It may touch the keys of one slot only; what belongs
 * to another node is refused, and the refusal says where it belongs.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/cluster_node.ts";
import {
  CROSS_SLOT,
  DOWN,
  DOWN_FOR_WRITES,
  NOT_SERVED,
  redirection,
  TRY_AGAIN,
} from "../cluster/redirections.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { ScriptControl } from "../command/context.ts";
import { err, ReplyError } from "../command/errors.ts";
import { routingPositions } from "../command/key_positions.ts";
import type { Config } from "../config/config.ts";
import type { Database } from "../keyspace/database.ts";
import { keySlot } from "../keyspace/key_slot.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Arguments } from "../resp/arguments.ts";
import { flagsOf, isExec } from "./request_flags.ts";
import type { RunningScript } from "./script_rules.ts";

/** As a slot: there is no key. */
const NO_SLOT = -1;
/** As a slot: the keys belong to several. */
const SEVERAL_SLOTS = -2;

/** The refusal of a request whose keys are not this node's to serve. */
export class SlotRefusal extends ReplyError {}

const crossSlot = new SlotRefusal(CROSS_SLOT);
const tryAgain = new SlotRefusal(TRY_AGAIN);
const down = new SlotRefusal(DOWN);
const downForWrites = new SlotRefusal(DOWN_FOR_WRITES);
const notServed = new SlotRefusal(NOT_SERVED);

const inScript = {
  down: err("Script attempted to execute a command while the cluster is down"),
  downForWrites: err(
    "Script attempted to execute a write command while the cluster is down and readonly",
  ),
  notLocal: err("Script attempted to access a non local key in a cluster node"),
  crossSlot: err("Script attempted to access keys that do not hash to the same slot"),
};

/** What the rules depend on. */
export interface SlotRulesParts {
  readonly commands: CommandTable;
  readonly config: Config;
  readonly keyspace: Keyspace;
  readonly scripts: ScriptControl;
}

/** The keys of a request, of which some may already have left this node. */
interface KeysOnTheWay {
  isThere: boolean;
  isMissing: boolean;
  /** Whether there are two different keys. */
  areSeveral: boolean;
}

/** The rules of one node. */
export class SlotRules {
  constructor(private readonly parts: SlotRulesParts, private readonly cluster: Cluster) {}

  /** Why this node does not serve a client's request now; undefined if it does. */
  refusal(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    // One that waits and runs again is still the request for which the client has asked.
    if (client.blocked === undefined) client.endAsking();
    client.slot = NO_SLOT;
    return this.#refusal(client, client, command, args);
  }

  /** Why this node does not serve any longer a request that waits for keys; undefined if it does. */
  refusalOfWaiting(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    const { isOk, map } = this.cluster;
    const slot = this.#firstSlot(client, command, args);
    // What is to end the wait is a change, which nobody may make now.
    if (!isOk) return down;
    const owner = map.owner(slot);
    if (owner === map.myself || map.importing.has(slot)) return undefined;
    return owner === undefined ? notServed : this.#redirect("MOVED", slot, owner, client);
  }

  /** Why this node does not serve a request of a script; undefined if it does. */
  refusalInScript(
    { client, mayCrossSlots }: RunningScript,
    command: Command,
    args: Arguments,
  ): ReplyError | undefined {
    const caller = client.caller!;
    if (caller.isReplay || caller.upstream !== undefined) return undefined;
    client.slot = NO_SLOT;
    const refusal = this.#refusal(client, caller, command, args);
    if (refusal === down) return inScript.down;
    if (refusal === downForWrites) return inScript.downForWrites;
    if (refusal !== undefined) return inScript.notLocal;
    if (client.slot === NO_SLOT || mayCrossSlots) return undefined;
    if (caller.slot !== NO_SLOT && caller.slot !== client.slot) return inScript.crossSlot;
    caller.slot = client.slot;
    return undefined;
  }

  /** `asker` is the client that has, or has not, sent ASKING. */
  #refusal(
    client: Client,
    asker: Client,
    command: Command,
    args: Arguments,
  ): ReplyError | undefined {
    const slot = this.#slotOf(client, command, args);
    if (slot === NO_SLOT) return undefined;
    const { isOk, map } = this.cluster;
    const owner = map.owner(slot === SEVERAL_SLOTS ? this.#firstSlot(client, command, args) : slot);
    if (owner === undefined) return notServed;
    if (slot === SEVERAL_SLOTS) return crossSlot;
    const refusal = isOk ? undefined : this.#refusalWhileDown(client, command, args);
    if (refusal !== undefined) return refusal;
    client.slot = slot;
    if (map.migrating.size > 0 || map.importing.size > 0) {
      const verdict = this.#verdictOnTheWay(client, asker, command, args, slot, owner);
      if (verdict !== undefined) return verdict === "serve" ? undefined : verdict;
    }
    return owner === map.myself ? undefined : this.#redirect("MOVED", slot, owner, asker);
  }

  /** Commands that only read, and those of shard channels, may go on as directives say. */
  #refusalWhileDown(client: Client, command: Command, args: Arguments): ReplyError | undefined {
    const { config, scripts } = this.parts;
    if (isOfShardChannels(command)) {
      return config.flag("cluster-allow-pubsubshard-when-down") ? undefined : down;
    }
    if (!config.flag("cluster-allow-reads-when-down")) return down;
    const flags = isExec(client, command)
      ? client.transaction!.flags
      : flagsOf(command, args, scripts);
    return (flags & Flag.write) === 0 ? undefined : downForWrites;
  }

  /** What becomes of a request whose slot is on its way to another node or to this one; undefined if that makes no difference. */
  #verdictOnTheWay(
    client: Client,
    asker: Client,
    command: Command,
    args: Arguments,
    slot: number,
    owner: ClusterNode,
  ): ReplyError | "serve" | undefined {
    const { map } = this.cluster;
    const target = owner === map.myself ? map.migrating.get(slot) : undefined;
    const isArriving = target === undefined && map.importing.has(slot);
    if (target === undefined && !isArriving) return undefined;
    if (command.spec.name === "migrate") return "serve";
    const keys = this.#keysOnTheWay(client, command, args);
    if (target !== undefined) {
      if (!keys.isMissing) return undefined;
      return keys.isThere ? tryAgain : this.#redirect("ASK", slot, target, asker);
    }
    if (!asker.isAsking && (command.flags & Flag.asking) === 0) return undefined;
    return keys.areSeveral && keys.isMissing ? tryAgain : "serve";
  }

  #keysOnTheWay(client: Client, command: Command, args: Arguments): KeysOnTheWay {
    const keys = { isThere: false, isMissing: false, areSeveral: false };
    const [database] = this.parts.keyspace.databases;
    let first: string | undefined;
    for (const [request, { spec }] of this.#requests(client, command, args)) {
      for (const { index } of routingPositions(spec, request)) {
        const key = request.text(index);
        first ??= key;
        if (key !== first) keys.areSeveral = true;
        if (isOfShardChannels(command)) continue;
        if (isThere(database, request, index)) keys.isThere = true;
        else keys.isMissing = true;
      }
    }
    return keys;
  }

  /** The slot of all keys of a request, {@link NO_SLOT} or {@link SEVERAL_SLOTS}. */
  #slotOf(client: Client, command: Command, args: Arguments): number {
    if (command.isRoutedByFirst) return slotAt(args, 1);
    if (!command.mayHaveKeys && command.spec.name !== "exec") return NO_SLOT;
    let slot = NO_SLOT;
    for (const [request, { spec }] of this.#requests(client, command, args)) {
      for (const { index } of routingPositions(spec, request)) {
        const other = slotAt(request, index);
        if (slot !== NO_SLOT && slot !== other) return SEVERAL_SLOTS;
        slot = other;
      }
    }
    return slot;
  }

  /** The slot of the first key; there is one. */
  #firstSlot(client: Client, command: Command, args: Arguments): number {
    for (const [request, { spec }] of this.#requests(client, command, args)) {
      for (const { index } of routingPositions(spec, request)) return slotAt(request, index);
    }
    return NO_SLOT;
  }

  /** The request, or those of the transaction that it runs. */
  *#requests(
    client: Client,
    command: Command,
    args: Arguments,
  ): Generator<readonly [Arguments, Command]> {
    if (!isExec(client, command)) return yield [args, command];
    for (const request of client.transaction!.requests()) {
      yield [request, this.parts.commands.resolve(request)!];
    }
  }

  #redirect(word: "MOVED" | "ASK", slot: number, node: ClusterNode, asker: Client): SlotRefusal {
    const { usesTls } = this.cluster.viewOf(asker.connection.localAddress);
    return new SlotRefusal(redirection(word, slot, node, this.parts.config, usesTls));
  }
}

function slotAt({ bytes, starts, lengths }: Arguments, i: number): number {
  return keySlot(bytes, starts[i], lengths[i]);
}

function isThere(database: Database, { bytes, starts, lengths }: Arguments, i: number): boolean {
  const entry = database.peek(bytes, starts[i], lengths[i]);
  return entry !== 0 && !database.isExpired(entry);
}

/** Whether what a command names are channels, which stay on a node until their slot has gone. */
function isOfShardChannels({ spec }: Command): boolean {
  return spec.keys?.[0].flags.includes("not_key") === true;
}
