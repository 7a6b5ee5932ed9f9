/**
 * How a replica introduces itself to its primary, and asks for what it lacks.
 *
 *     replica                                        primary
 *     PING                                     ──▶
 *                                              ◀──   +PONG, or an error that asks for a password
 *     AUTH [user] password                     ──▶   if there is one
 *     REPLCONF listening-port, ip-address      ──▶   where the replica can be reached
 *     REPLCONF capa eof capa psync2            ──▶   what it understands
 *     PSYNC <history> <first byte> [FAILOVER]  ──▶   `PSYNC ? -1` if it has nothing to go on from
 *                                              ◀──   +CONTINUE [history], +FULLRESYNC history offset, or an error
 *
 * Each request waits for its reply, because some who play a primary read one request at a time.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import type { Log } from "../telemetry/log.ts";
import { LinkError, type LinkInput } from "./link_input.ts";

/** What a replica tells of itself. */
export interface Introduction {
  /** The password for the primary; empty if there is none. */
  readonly password: string;
  /** The user's name for it; empty for the default user. */
  readonly user: string;
  /** The port at which it can be reached. */
  readonly listeningPort: number;
  /** The address that it wants to be known by; empty if that of its connection is right. */
  readonly announcedIp: string;
}

/** The first byte that a replica lacks of a history. */
export interface WantedPart {
  readonly id: string;
  readonly offset: number;
}

/** What a primary answers. */
export type PsyncAnswer =
  /** The replica gets what it lacks. The history may have another id now. */
  | { readonly kind: "partial"; readonly id: string | undefined }
  /** The replica gets all data, which are those of this history at this offset. */
  | { readonly kind: "full"; readonly id: string; readonly offset: number }
  /** The primary cannot say now. */
  | { readonly kind: "later"; readonly reply: string }
  /** The primary knows no PSYNC. */
  | { readonly kind: "unsupported" };

/** What these functions talk through. */
export interface Talk {
  readonly input: LinkInput;
  readonly log: Log;
  send(bytes: Uint8Array): Promise<void>;
}

/** Errors that answer a PING without a password. */
const WANTS_PASSWORD = /^-(NOAUTH|NOPERM|ERR operation not permitted)/;

/** Introduces the replica. Throws {@link LinkError}. */
export async function introduce(talk: Talk, self: Introduction): Promise<void> {
  const { log } = talk;
  const greeting = await ask(talk, "PING");
  if (!greeting.startsWith("+") && !WANTS_PASSWORD.test(greeting)) {
    throw new LinkError(`Error reply to PING from master: '${greeting}'`);
  }
  log.notice("Master replied to PING, replication can continue...");
  if (self.password !== "") {
    const user = self.user === "" ? [] : [self.user];
    const reply = await ask(talk, "AUTH", ...user, self.password);
    if (reply.startsWith("-")) throw new LinkError(`Unable to AUTH to MASTER: ${reply}`);
  }
  const facts = [["listening-port", String(self.listeningPort)]];
  if (self.announcedIp !== "") facts.push(["ip-address", self.announcedIp]);
  facts.push(["capa", "eof", "capa", "psync2"]);
  for (const fact of facts) {
    const reply = await ask(talk, "REPLCONF", ...fact);
    if (!reply.startsWith("-")) continue;
    log.notice(`(Non critical) Master does not understand REPLCONF ${fact[0]}: ${reply}`);
  }
}

/**
 * Asks for what the replica lacks: everything, if `wanted` is undefined. With `isFailover` the primary, which was a replica of this server,
 * takes over its role. Throws {@link LinkError}.
 */
export async function requestSync(
  talk: Talk,
  wanted: WantedPart | undefined,
  isFailover: boolean,
): Promise<PsyncAnswer> {
  const { log } = talk;
  const { id, offset } = wanted ?? { id: "?", offset: -1 };
  if (wanted === undefined) {
    log.notice("Partial resynchronization not possible (no cached master)");
  } else {
    log.notice(`Trying a partial resynchronization (request ${id}:${offset}).`);
  }
  const failover = isFailover ? ["FAILOVER"] : [];
  const answer = answerOf(await ask(talk, "PSYNC", id, String(offset), ...failover), log);
  if (answer.kind === "partial" && wanted === undefined) {
    throw new LinkError("Master would go on, but this replica has nothing to go on from");
  }
  return answer;
}

function answerOf(reply: string, log: Log): PsyncAnswer {
  const [kind, id, offset] = reply.split(" ");
  if (kind === "+FULLRESYNC") {
    if (id?.length !== 40 || !/^\d+$/.test(offset ?? "") || !Number.isSafeInteger(Number(offset))) {
      throw new LinkError(`Master replied with wrong +FULLRESYNC syntax: ${reply}`);
    }
    log.notice(`Full resync from master: ${id}:${offset}`);
    return { kind: "full", id, offset: Number(offset) };
  }
  if (kind === "+CONTINUE") {
    log.notice("Successful partial resynchronization with master.");
    return { kind: "partial", id: id?.length === 40 ? id : undefined };
  }
  if (kind === "-NOMASTERLINK" || kind === "-LOADING") {
    return { kind: "later", reply };
  }
  if (kind === "-ERR") {
    log.notice(`Master does not support PSYNC or is in error state (reply: ${reply})`);
  } else log.warning(`Unexpected reply to PSYNC from master: ${reply}`);
  return { kind: "unsupported" };
}

/** Sends a request, and waits for the line that answers it. */
async function ask({ input, send }: Talk, ...words: readonly string[]): Promise<string> {
  await send(encodeRequest(words.map(fromLatin1)));
  for (;;) {
    const line = await input.line();
    if (line !== "") return line;
  }
}
