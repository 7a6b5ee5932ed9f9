/**
 * A replica whose primary is in the test's hands, and what that primary sends. All of it is in memory.
 *
 * @module
 */
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { FakeLink, HISTORY, PrimaryHost, textOf } from "./fake_primary.ts";
import { LocalServer, settle } from "./local_server.ts";
import { MemoryHost } from "./memory_host.ts";

/** An RDB file with these strings. */
export function rdbOf(values: Readonly<Record<string, string>>): Uint8Array {
  const host = new MemoryHost();
  const server = new LocalServer(host, {});
  for (const [key, value] of Object.entries(values)) server.run(["SET", key, value]);
  server.run(["SAVE"]);
  return host.files.get("dump.rdb")!;
}

/** The RDB file of a primary. */
export const FILE: Uint8Array = rdbOf({ a: "1", b: "two" });
/** What ends a file while it is written. */
export const MARK: string = "x".repeat(20) + "y".repeat(20);

/** Requests as a primary sends them. */
export function stream(...requests: readonly string[]): string {
  return requests.map((words) => textOf(encodeRequest(words.split(" ")))).join("");
}

/** A file as a primary sends one whose length it knows. */
export function sized(file: Uint8Array): (string | Uint8Array)[] {
  return [`$${file.length}\r\n`, file];
}

/** A file as a primary sends one while it writes it. */
export function marked(file: Uint8Array): (string | Uint8Array)[] {
  return [`$EOF:${MARK}\r\n`, file, MARK];
}

/** A replica, whose primary is in the test's hands. */
export class ReplicaSubject {
  readonly host = new PrimaryHost();
  readonly replica: LocalServer;

  constructor(directives: Readonly<Record<string, string>> = {}) {
    this.replica = new LocalServer(this.host, { replicaof: "127.0.0.1 6379", ...directives });
  }

  /** Starts it; its primary has not answered yet. */
  async start(): Promise<FakeLink> {
    await this.replica.start();
    await settle();
    return this.host.link;
  }

  /** Starts it, and gives it all data of the primary. */
  async synced(offset = 0): Promise<FakeLink> {
    const link = await this.start();
    await link.meet();
    await link.answer(`+FULLRESYNC ${HISTORY} ${offset}\r\n`, ...sized(FILE));
    await this.loaded();
    link.requests.length = 0;
    return link;
  }

  /** Waits until a load is over. */
  async loaded(): Promise<void> {
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await settle();
  }

  /** Lets a second pass. */
  async second(): Promise<void> {
    this.replica.clock.advance({ seconds: 1 });
    await settle();
  }

  info(field: string): string | undefined {
    return new RegExp(`^${field}:(.*)$`, "m").exec(this.replica.ask("INFO")!)?.[1].trim();
  }

  get(key: string): string | undefined {
    return this.replica.ask("GET", key);
  }

  get log(): string {
    return this.replica.log.join("");
  }
}
