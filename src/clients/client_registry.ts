/**
 * All connected clients, their ids, and CLIENT PAUSE.
 *
 * @module
 */
import type { Client } from "./client.ts";
import { Hold } from "./hold.ts";

/** Which commands CLIENT PAUSE holds up. */
export type PauseMode = "write" | "all";

/** The connected clients by id, in order of connection. */
export class ClientRegistry {
  readonly #clients = new Map<number, Client>();
  #lastId = 0;
  #pauseMode: PauseMode | undefined;
  #pauseEndMs = 0;
  /** Who holds up writes, see {@link holdUpWrites}. */
  readonly #writeHolders = new Set<object>();
  #frozen = 0;
  /** Every request asks for it, so it is not worked out each time. */
  #holdMode: PauseMode | undefined;
  /** Clients that wait for the pause to end. */
  readonly #paused = new Set<Client>();

  /** `onPause` is called when CLIENT PAUSE takes effect and when it ends. */
  constructor(private readonly onPause: (isPaused: boolean) => void) {}

  get size(): number {
    return this.#clients.size;
  }

  /** Memory of all clients, each as it was when it was last measured, in bytes. */
  bufferBytes = 0;
  /** Whether clients are measured whenever their memory may have grown, because a limit applies. */
  areMeasured = false;

  /** Measures all clients; returns {@link bufferBytes}. */
  measure(): number {
    for (const client of this.#clients.values()) this.remeasure(client);
    return this.bufferBytes;
  }

  /** Measures one client. A closed client takes no memory. */
  remeasure(client: Client): void {
    const bytes = client.isClosed ? 0 : client.memoryBytes;
    this.bufferBytes += bytes - client.measuredBytes;
    client.measuredBytes = bytes;
  }

  /** The id for the next client. Ids grow and are never used again. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The client with this id. */
  get(id: number): Client | undefined {
    return this.#clients.get(id);
  }

  /** Registers a client that has connected. */
  add(client: Client): void {
    this.#clients.set(client.id, client);
  }

  /** Forgets a client that has gone. */
  remove(client: Client): void {
    this.#clients.delete(client.id);
    this.bufferBytes -= client.measuredBytes;
    client.measuredBytes = 0;
    this.#paused.delete(client);
  }

  /** All clients, oldest first. */
  [Symbol.iterator](): IterableIterator<Client> {
    return this.#clients.values();
  }

  /** The mode of the CLIENT PAUSE in force, or of {@link holdUpWrites}; undefined if there is neither. */
  get pauseMode(): PauseMode | undefined {
    return this.#pauseMode ?? (this.holdsUpWrites ? "write" : undefined);
  }

  /** What is held up at present, by CLIENT PAUSE, {@link holdUpWrites} or {@link freeze}; undefined if nothing is. */
  get holdMode(): PauseMode | undefined {
    return this.#holdMode;
  }

  #updateHoldMode(): void {
    this.#holdMode = this.#frozen > 0 ? "all" : this.pauseMode;
  }

  /** Holds up all requests until {@link thaw}, while the server does something that must not be disturbed. */
  freeze(): void {
    this.#frozen++;
    this.#updateHoldMode();
  }

  /** Ends {@link freeze}; the clients that were held up go on. */
  thaw(): void {
    this.#frozen--;
    this.#updateHoldMode();
    if (this.#frozen === 0) this.letGo();
  }

  /** How many clients a pause holds up. */
  get pausedClients(): number {
    return this.#paused.size;
  }

  /** Pauses clients until `endMs`. It neither shortens nor narrows a pause that is in force. */
  pause(mode: PauseMode, endMs: number, nowMs: number): void {
    this.#pauseMode = this.#pauseMode === "all" ? "all" : mode;
    this.#pauseEndMs = Math.max(this.#pauseEndMs, endMs);
    this.#updateHoldMode();
    this.onPause(true);
    this.checkPause(nowMs);
  }

  /** Ends the pause; the clients that were held up go on. */
  unpause(): void {
    this.#pauseMode = undefined;
    this.#pauseEndMs = 0;
    this.#pauseChanged();
  }

  /** Whether writes are held up by {@link holdUpWrites}. */
  get holdsUpWrites(): boolean {
    return this.#writeHolders.size > 0;
  }

  /** Holds up writes, as CLIENT PAUSE does, until {@link letWritesGo} is called for the same holder. CLIENT UNPAUSE does not end it. */
  holdUpWrites(holder: object): void {
    this.#writeHolders.add(holder);
    this.#pauseChanged();
  }

  /** Ends {@link holdUpWrites}. */
  letWritesGo(holder: object): void {
    this.#writeHolders.delete(holder);
    this.#pauseChanged();
  }

  #pauseChanged(): void {
    this.#updateHoldMode();
    const isPaused = this.pauseMode !== undefined;
    this.onPause(isPaused);
    if (!isPaused) this.letGo();
  }

  /** Ends the pause if its time is up. */
  checkPause(nowMs: number): void {
    if (this.#pauseMode !== undefined && nowMs >= this.#pauseEndMs) this.unpause();
  }

  /** Lets all clients go on that were held up. Whoever must still wait is held up again. */
  letGo(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const client of paused) client.release(Hold.Pause);
  }

  /** Holds a client until the pause ends. */
  holdUp(client: Client): void {
    this.#paused.add(client);
    client.hold(Hold.Pause);
  }
}
