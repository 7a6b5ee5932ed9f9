import { exchange, type ExchangeResult, type ExchangeStep, open } from "../../ports/outgoing.ts";
import type { Database } from "../../keyspace/database.ts";
import { dumpValue } from "../../rdb/dump_payload.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { type RequestWord, RequestWriter } from "../../resp/request_writer.ts";
import type { AdminCall } from "../../command/call.ts";
import type { AdminContext, ServerContext } from "../../command/context.ts";
import { err, errors, ReplyError } from "../../command/errors.ts";
import { keysFrom } from "../../command/key_positions.ts";
import { wordsBehind } from "../../command/secrets.ts";
import { adminCommand, type CommandSpec, keyBehind, keyRange } from "../../command/spec.ts";

const DEFAULT_TIMEOUT_MS = 1000;
const MAX_DATABASE = 2 ** 31 - 1;

/** The arguments of MIGRATE. */
interface MigrateRequest {
  readonly database: number;
  readonly timeoutMs: number;
  readonly copies: boolean;
  readonly replaces: boolean;
  /** The arguments of the AUTH for the target; none if there are none. */
  readonly auth: readonly string[];
  /** Which arguments are the keys. */
  readonly keys: { readonly first: number; readonly count: number };
}

/** A key on its way. */
interface MovingKey {
  readonly key: Uint8Array;
  readonly ttlMs: number;
  readonly payload: Uint8Array;
}

const FAILURES: Readonly<Record<ExchangeStep, string>> = {
  connect: "IOERR error or timeout connecting to the client",
  send: "IOERR error or timeout writing to target instance",
  receive: "IOERR error or timeout reading from target instance",
};

/** Where the keys stand: all words behind the option KEYS, or else argument 3. */
function keysOf(args: Arguments): { readonly first: number; readonly count: number } {
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, "AUTH")) i++;
    else if (args.is(i, "AUTH2")) i += 2;
    else if (args.is(i, "KEYS")) {
      // It is an error to give both, and then there are no keys.
      return { first: i + 1, count: args.lengths[3] === 0 ? args.count - i - 1 : 0 };
    }
  }
  return { first: 3, count: 1 };
}

function parse(call: AdminCall): MigrateRequest {
  const { args } = call;
  let [copies, replaces] = [false, false];
  let auth: string[] = [];
  for (let i = 6; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "COPY")) copies = true;
    else if (args.is(i, "REPLACE")) replaces = true;
    else if (args.is(i, "AUTH")) {
      if (left < 1) throw errors.syntax;
      auth = [args.text(++i)];
    } else if (args.is(i, "AUTH2")) {
      if (left < 2) throw errors.syntax;
      auth = [args.text(i + 1), args.text(i + 2)];
      i += 2;
    } else if (args.is(i, "KEYS")) {
      if (args.lengths[3] !== 0) {
        throw err(
          "When using MIGRATE KEYS option, the key argument must be set to the empty string",
        );
      }
      break;
    } else throw errors.syntax;
  }
  const timeoutMs = call.integer(5);
  const database = call.integer(4);
  if (database < -MAX_DATABASE || database > MAX_DATABASE) throw errors.notInteger;
  return {
    database,
    copies,
    replaces,
    auth,
    keys: keysOf(args),
    timeoutMs: timeoutMs > 0 ? timeoutMs : DEFAULT_TIMEOUT_MS,
  };
}

/** The keys that exist, with their present values. */
function collect(call: AdminCall, { keys: { first, count } }: MigrateRequest): MovingKey[] {
  const { config, keyspace } = call.server;
  const { entries } = keyspace;
  const keys: MovingKey[] = [];
  for (let i = first; i < first + count; i++) {
    const entry = call.lookupForRead(i);
    if (entry === 0) continue;
    const ttlMs = entries.hasTtl(entry) ? Math.max(1, entries.deadline(entry) - call.nowMs) : 0;
    const payload = dumpValue(keyspace, entry, config.flag("rdbcompression"));
    keys.push({ key: call.args.copy(i), ttlMs, payload });
  }
  return keys;
}

const rangeOf = (bytes: Uint8Array) => ({ bytes, start: 0, length: bytes.length });

/**
 * The requests that give the keys to the target, and how many of them come before the first key. `selected` is the database that the target
 * has selected. `restore` is the command that stores a key there.
 */
function requestsFor(
  keys: readonly MovingKey[],
  { auth, database, replaces }: MigrateRequest,
  selected: number | undefined,
  restore: "RESTORE" | "RESTORE-ASKING",
): { bytes: Uint8Array; before: number } {
  const writer = new RequestWriter();
  const request = (...words: RequestWord[]) => {
    writer.request(words.length);
    for (const word of words) writer.anyWord(word);
  };
  if (auth.length > 0) request("AUTH", ...auth);
  const selects = database !== selected;
  if (selects) request("SELECT", database);
  for (const { key, ttlMs, payload } of keys) {
    const options = replaces ? ["REPLACE"] : [];
    request(restore, rangeOf(key), ttlMs, rangeOf(payload), ...options);
  }
  const before = Number(auth.length > 0) + Number(selects);
  return { bytes: writer.bytes.subarray(0, writer.length), before };
}

/** How an exchange with the target ended. */
interface Delivery extends ExchangeResult {
  /** How many replies come before those about keys. */
  readonly before: number;
}

/** The target of a migration. */
interface Target {
  readonly hostname: string;
  readonly port: number;
  /** Host and port as the request gives them. */
  readonly address: string;
}

/**
 * Sends the keys over a kept connection or a new one. If the exchange fails before the target has answered about a key, and not by timeout,
 * it tries once more.
 */
async function deliver(
  server: AdminContext,
  target: Target,
  keys: readonly MovingKey[],
  request: MigrateRequest,
  mayRetry = true,
): Promise<Delivery> {
  const { clock, host, keptConnections } = server;
  const kept = keptConnections.take(target.address);
  const connect = () => host.connect(target.hostname, target.port);
  const connection = kept?.connection ?? await open(connect, clock, request.timeoutMs);
  if ("failure" in connection) return { ...connection, before: 0 };
  // On the node of a cluster a slot is on its way, so the target does not serve it yet.
  const restore = server.cluster === undefined ? "RESTORE" : "RESTORE-ASKING";
  const { bytes, before } = requestsFor(keys, request, kept?.database, restore);
  const count = before + keys.length;
  const result = await exchange(connection, clock, request.timeoutMs, bytes, count);
  if (result.failure === undefined) {
    const isSelected = !result.replies.some((reply) => reply.startsWith("-"));
    keptConnections.keep(target.address, connection, isSelected ? request.database : undefined);
    return { ...result, before };
  }
  connection.close();
  const hasDoneNothing = result.replies.length <= before && !result.isTimeout;
  return mayRetry && hasDoneNothing
    ? deliver(server, target, keys, request, false)
    : { ...result, before };
}

/** Deletes the keys that the target has confirmed, and returns how the migration ended. */
function settle(
  server: ServerContext,
  database: Database,
  keys: readonly MovingKey[],
  copies: boolean,
  { failure, replies, before }: Delivery,
): ReplyError | "OK" {
  const problem = replies.find((reply) => reply.startsWith("-"));
  const isReady = replies.slice(0, before).every((reply) => !reply.startsWith("-"));
  const moved = keys.filter((_, i) => isReady && replies[before + i]?.startsWith("+"));
  if (!copies && moved.length > 0) {
    for (const { key } of moved) {
      const entry = database.lookup(key, 0, key.length);
      if (entry === 0) continue;
      database.delete(entry, true);
      server.changes.keyChanged(database, rangeOf(key), "generic", "del", 1);
    }
    if (server.propagation.isOn) {
      const words = moved.map(({ key }) => rangeOf(key));
      server.propagation.add(database.index, ["DEL", ...words]);
    }
  }
  if (problem !== undefined) {
    return err(`Target instance replied with error: ${problem.slice(1)}`);
  }
  return failure === undefined ? "OK" : new ReplyError(FAILURES[failure]);
}

function start(call: AdminCall): undefined {
  const { args, client, db, reply, server } = call;
  const request = parse(call);
  const keys = collect(call, request);
  if (keys.length === 0) return reply.simple("NOKEY");
  if (!call.mayBlock) throw err("MIGRATE is not allowed inside a transaction here");
  const address = `${args.text(1)}:${args.text(2)}`;
  const target = { hostname: args.text(1), port: call.integer(2), address };
  const { clients } = server;
  // A key must not change between being sent and being deleted. Redis 7.2 stands still meanwhile; here only the clients are held.
  clients.freeze();
  call.waitForAnswer();
  deliver(server, target, keys, request).then((delivery) => {
    const outcome = settle(server, db, keys, request.copies, delivery);
    server.answer(client, (reply) => {
      if (outcome !== "OK") throw outcome;
      reply.ok();
    });
  }).finally(() => clients.thaw());
}

const KEY = keyRange("RW access delete", 3, 0, 1);

/** MIGRATE: moves keys to another server. */
export const migrate: CommandSpec = adminCommand({
  name: "migrate",
  group: "generic",
  summary: "Moves keys to another server: there they are restored, and here deleted.",
  since: "2.6.0",
  history: [
    { since: "3.0.0", change: "`COPY` and `REPLACE` are options.", options: ["COPY", "REPLACE"] },
    { since: "3.0.6", change: "`KEYS` takes several keys.", options: ["KEYS"] },
    { since: "4.0.7", change: "`AUTH` gives a password to the other server.", options: ["AUTH"] },
    {
      since: "6.0.0",
      change: "`AUTH2` gives a username and a password to the other server.",
      options: ["AUTH2"],
    },
  ],
  complexity: "O(N) where N is the size of the values",
  arity: -6,
  flags: ["write", "movablekeys"],
  categories: ["dangerous"],
  keys: [
    KEY,
    { ...keyBehind("RW access delete incomplete", "KEYS", -2), last: -1 },
  ],
  secrets: (args) => [...wordsBehind(args, 6, "AUTH", 1), ...wordsBehind(args, 6, "AUTH2", 2)],
  findKeys(args) {
    const { first, count } = keysOf(args);
    return keysFrom(first, count, KEY.flags);
  },
  tips: ["nondeterministic_output"],
  syntax: 'host port <key | ""> destination-db timeout [COPY] [REPLACE] ' +
    "[AUTH password | AUTH2 username password] [KEYS key [key ...]]",
  run: start,
});
