/**
 * Where replies are written to, and what becomes of them: they are taken piece by piece, cut short, muted, or dropped because there are too
 * many. What replies look like is for `reply_writer.ts`, which extends this: as one object, because every reply touches its fields.
 *
 * Replies to many clients share a chunk of memory. What one client gets is cut off the chunk by {@link ReplyBuffer.take} and handed to its
 * connection, which gives it back when it is sent ({@link ReplyBuffer.recycle}). So idle clients hold no output buffer.
 *
 * Replies that outgrow their chunk move to a larger one. From a megabyte on they are not moved any more: what follows goes into another
 * chunk, and `take` hands out one piece after the other.
 *
 *     #pieces                                       buffer
 *     [..........................] [.............]  [ sent before | this client's | free ]
 *     '---------- #piecesLength ----------------'                 ^#start         ^end
 *
 * Where a chunk is full, and nowhere else, is looked whether there are too many ({@link ReplyBuffer.limit}). Then all are dropped, and so is
 * whatever follows: the client will not see it.
 *
 * @module
 */
import { copyBytes } from "../lib/bytes.ts";
import { type Chunk, CHUNK_BYTES, ChunkPool, LARGEST_KEPT_BYTES } from "./chunk_pool.ts";

/** A chunk with less room than this is not begun again for another client. */
const MIN_ROOM_BYTES = 4096;

/** Most bytes of a header with its line end, for which there is always room in one piece: a type byte, up to 20 digits, CR LF. */
export const LINE_BYTES = 24;

/** Thrown by whatever writes to a {@link ReplyBuffer} that may stop the body that writes: nobody will get its reply. */
export class ReplyTooLarge extends Error {
  override name = "ReplyTooLarge";
}

const replyTooLarge = new ReplyTooLarge("The reply is larger than the client's output may be");

/** Replies that are written and not yet taken, of one client at a time. */
export class ReplyBuffer {
  /** Bytes that may stand between two calls of {@link take}, about; more are dropped. */
  limit = Infinity;
  /** Whether the body that writes now may be stopped by a {@link ReplyTooLarge}: it changes nothing. */
  mayStop = false;
  /** Called when {@link limit} is reached. */
  onLimit: () => void = () => {};
  readonly #pool = new ChunkPool();
  #chunk: Chunk = this.#pool.get(CHUNK_BYTES);
  /** The chunk's bytes. What is written goes to {@link end}, once {@link reserve} has said that there is room. */
  protected buffer: Uint8Array<ArrayBuffer> = this.#chunk.bytes;
  /** Where in the buffer the replies not yet taken begin. */
  #start = 0;
  /** Where they end. */
  protected end = 0;
  /** What comes before that: parts of chunks that are full. */
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #piecesLength = 0;
  /** What is written from this length on is dropped: because of {@link mute}, or everything because of {@link limit}. */
  #keptLength = Infinity;
  #isMuted = false;
  #isOverLimit = false;

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#piecesLength + this.end - this.#start;
  }

  /** Takes the replies written so far, or the first piece of them if they are long: it must come back by {@link recycle}. */
  take(): Uint8Array<ArrayBuffer> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#piecesLength -= piece.length;
      return piece;
    }
    const taken = this.#cutOff();
    if (this.buffer.length - this.end < MIN_ROOM_BYTES) this.#begin(CHUNK_BYTES);
    return taken;
  }

  /** Makes a part of its own of what stands in the buffer. */
  #cutOff(): Uint8Array<ArrayBuffer> {
    const part = this.buffer.subarray(this.#start, this.end);
    this.#pool.lend(this.#chunk);
    this.#start = this.end;
    return part;
  }

  /** Copies all that was written and not yet taken to `target`, and forgets it. */
  moveTo(target: Uint8Array, at: number): void {
    for (const piece of this.#pieces) {
      target.set(piece, at);
      at += piece.length;
    }
    copyBytes(this.buffer, this.#start, target, at, this.end - this.#start);
    this.clear();
  }

  /** Gives back what {@link take} handed out; anything else is left alone. */
  recycle(taken: Uint8Array<ArrayBuffer>): void {
    const chunk = this.#pool.giveBack(taken);
    if (chunk === undefined) return;
    if (chunk !== this.#chunk) this.#pool.keep(chunk);
    else if (this.#start === this.end) this.#start = this.end = 0;
  }

  /** Forgets what was written since {@link length} was `length`; all that is to be dropped, if something is. */
  truncate(length: number): void {
    const kept = this.#keptLength === Infinity ? length : this.#keptLength;
    while (this.#piecesLength > kept) {
      const piece = this.#pieces.pop()!;
      this.#piecesLength -= piece.length;
      this.end = this.#start;
      if (this.#piecesLength >= kept) {
        this.recycle(piece);
        continue;
      }
      this.#pieces.push(piece.subarray(0, kept - this.#piecesLength));
      this.#piecesLength = kept;
    }
    this.end = this.#start + kept - this.#piecesLength;
  }

  /** Lets what is written go nowhere until {@link unmute}. Errors are counted all the same. */
  mute(): void {
    if (this.#keptLength < Infinity) return;
    this.#isMuted = true;
    this.#keptLength = this.length;
  }

  /** Whether {@link mute} is in force. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** Ends {@link mute}, if it is in force: what was written before is there again. */
  unmute(): void {
    if (!this.#isMuted) return;
    this.truncate(0);
    this.#isMuted = false;
    this.#keptLength = Infinity;
  }

  /** Runs `write`, whose output goes out though {@link mute} may be in force: it writes a message, which is no reply. */
  message(write: () => void): void {
    const isMuted = this.#isMuted;
    this.unmute();
    write();
    if (isMuted) this.mute();
  }

  /** Forgets everything, that the limit was reached too: what follows is for another client. */
  clear(): void {
    this.unmute();
    this.truncate(0);
    this.#isOverLimit = false;
    this.#keptLength = Infinity;
  }

  /** Bytes that are already a reply, or part of one. */
  raw(bytes: Uint8Array): undefined {
    if (!this.reserve(bytes.length)) return this.spread(bytes, 0, bytes.length);
    copyBytes(bytes, 0, this.buffer, this.end, bytes.length);
    this.end += bytes.length;
  }

  /** Whether what is written now goes nowhere. */
  protected get isDropping(): boolean {
    return this.#keptLength < Infinity;
  }

  /** Whether there is room for `bytes` in one piece, as there always is for a header. If not they are to be spread, or dropped. */
  protected reserve(bytes: number): boolean {
    return this.end + bytes <= this.buffer.length || this.#grow(bytes);
  }

  /** Writes bytes over as many pieces as it takes. */
  protected spread(bytes: Uint8Array, start: number, length: number): undefined {
    if (this.isDropping) return;
    for (let at = start, left = length; left > 0;) {
      if (this.end === this.buffer.length) this.#goOn(left);
      const size = Math.min(left, this.buffer.length - this.end);
      copyBytes(bytes, at, this.buffer, this.end, size);
      this.end += size;
      at += size;
      left -= size;
    }
  }

  /** Puts the first `size` of some bytes, {@link LINE_BYTES} at most, in front of what was written since {@link length} was `begin`. */
  protected insert(begin: number, bytes: Uint8Array<ArrayBuffer>, size: number): void {
    // Room first: it may make a piece of what is there.
    this.reserve(LINE_BYTES);
    if (begin > this.length) return;
    if (begin < this.#piecesLength) return this.#insertPiece(begin, bytes.slice(0, size));
    const first = this.#start + begin - this.#piecesLength;
    this.buffer.copyWithin(first + size, first, this.end);
    for (let i = 0; i < size; i++) this.buffer[first + i] = bytes[i];
    this.end += size;
  }

  /** Puts bytes in front of what was written since {@link length} was `begin`, where nothing can be moved. */
  #insertPiece(begin: number, bytes: Uint8Array<ArrayBuffer>): void {
    let i = 0;
    let at = 0;
    while (at + this.#pieces[i].length <= begin) at += this.#pieces[i++].length;
    const piece = this.#pieces[i];
    this.#piecesLength += bytes.length;
    if (at === begin) return void this.#pieces.splice(i, 0, bytes);
    this.#pool.split(piece);
    this.#pieces.splice(i, 1, piece.subarray(0, begin - at), bytes, piece.subarray(begin - at));
  }

  #grow(bytes: number): boolean {
    if (!this.isDropping && this.length + bytes > this.limit) this.#dropAll();
    if (this.#isOverLimit && this.mayStop) throw replyTooLarge;
    if (this.isDropping) this.truncate(0);
    if (this.end + bytes <= this.buffer.length) return true;
    const isLong = this.length + bytes > LARGEST_KEPT_BYTES;
    if (bytes > LINE_BYTES && (isLong || this.isDropping)) return false;
    if (isLong || this.#pieces.length > 0) this.#goOn(bytes);
    else this.#move(bytes);
    return true;
  }

  #dropAll(): void {
    this.#isOverLimit = true;
    this.#keptLength = 0;
    this.onLimit();
  }

  /** Moves the replies not yet taken to a chunk with room for `bytes` more. */
  #move(bytes: number): void {
    const { length } = this;
    const pending = this.buffer.subarray(this.#start, this.end);
    this.#begin(length + bytes);
    this.buffer.set(pending);
    this.end = length;
  }

  /** Leaves the replies not yet taken where they are and goes on in another chunk. */
  #goOn(bytes: number): void {
    if (this.end > this.#start) {
      const piece = this.#cutOff();
      this.#pieces.push(piece);
      this.#piecesLength += piece.length;
    }
    this.#begin(Math.max(bytes, LARGEST_KEPT_BYTES));
  }

  /** Goes on in another chunk of at least `bytes`. Of the old one parts are being sent, or nothing is needed. */
  #begin(bytes: number): void {
    const old = this.#chunk;
    this.#chunk = this.#pool.get(bytes);
    this.buffer = this.#chunk.bytes;
    this.#start = this.end = 0;
    if (old.parts === 0) this.#pool.keep(old);
  }
}
