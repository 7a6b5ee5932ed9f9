/**
 * The buffer that replies are written to. They are taken piece by piece, cut short, muted, or dropped because there are too many.
 * `reply_writer.ts` knows what replies look like; it extends this class, so that both are one object, because every reply touches these
 * fields.
 *
 * Replies to many clients share a chunk of memory. {@link ReplyBuffer.take} cuts the part for one client off the chunk; the connection
 * gives it back when it is sent ({@link ReplyBuffer.recycle}). So idle clients hold no output buffer.
 *
 * Replies that outgrow their chunk move to a larger one. From a megabyte on they stay where they are: what follows goes into another chunk,
 * and `take` hands out one piece after another.
 *
 *     #pieces                                       buffer
 *     [..........................] [.............]  [ sent before | this client's | free ]
 *     '---------- #piecesLength ----------------'                 ^#start         ^end
 *
 * Only when a chunk is full does the writer look whether the replies have passed {@link ReplyBuffer.limit}. If so it drops them and
 * everything that follows, because the client will see none of it.
 *
 * @module
 */
import { copyBytes } from "../lib/bytes.ts";
import { type Chunk, CHUNK_BYTES, ChunkPool, LARGEST_KEPT_BYTES } from "./chunk_pool.ts";

/** A chunk with less room than this is not used for another client. */
const MIN_ROOM_BYTES = 4096;

/** Longest header line: a type byte, up to 20 digits, CR LF. There is always room for it in one piece. */
export const LINE_BYTES = 24;

/** Thrown by whatever writes to a {@link ReplyBuffer} that may stop the body that writes: nobody will get its reply. */
export class ReplyTooLarge extends Error {
  override name = "ReplyTooLarge";
}

const replyTooLarge = new ReplyTooLarge("The reply is larger than the client's output may be");

/** The replies of one client at a time, from writing to taking. */
export class ReplyBuffer {
  /** About how many bytes may be written between two calls of {@link take}; if there are more, all are dropped. */
  limit = Infinity;
  /** Whether a {@link ReplyTooLarge} may stop the body that is running, because it changes nothing. */
  mayStop = false;
  /** Called when {@link limit} is reached. */
  onLimit: () => void = () => {};
  readonly #pool = new ChunkPool();
  #chunk: Chunk = this.#pool.get(CHUNK_BYTES);
  /** The bytes of the chunk. Write at {@link end}, after {@link reserve} has said that there is room. */
  protected buffer: Uint8Array<ArrayBuffer> = this.#chunk.bytes;
  /** Where in the buffer the replies not yet taken begin. */
  #start = 0;
  /** Where they end in the buffer. */
  protected end = 0;
  /** Replies before those in the buffer: parts of chunks that are full. */
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #piecesLength = 0;
  /** What is written from this length on is dropped. {@link mute} sets it to the present length; reaching {@link limit} sets it to 0. */
  #keptLength = Infinity;
  #isMuted = false;
  #isOverLimit = false;

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#piecesLength + this.end - this.#start;
  }

  /** Takes the replies written so far, or their first piece if they are long. Give the memory back with {@link recycle}. */
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

  /** Cuts what stands in the buffer off as a part of its own. */
  #cutOff(): Uint8Array<ArrayBuffer> {
    const part = this.buffer.subarray(this.#start, this.end);
    this.#pool.lend(this.#chunk);
    this.#start = this.end;
    return part;
  }

  /** Copies everything that was written and not taken yet to `target`, and forgets it. */
  moveTo(target: Uint8Array, at: number): void {
    for (const piece of this.#pieces) {
      target.set(piece, at);
      at += piece.length;
    }
    copyBytes(this.buffer, this.#start, target, at, this.end - this.#start);
    this.clear();
  }

  /** Takes back what {@link take} handed out; ignores anything else. */
  recycle(taken: Uint8Array<ArrayBuffer>): void {
    const chunk = this.#pool.giveBack(taken);
    if (chunk === undefined) return;
    if (chunk !== this.#chunk) this.#pool.keep(chunk);
    else if (this.#start === this.end) this.#start = this.end = 0;
  }

  /** Forgets what was written since {@link length} was `length`, and everything that is to be dropped. */
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

  /** Drops what is written until {@link unmute}. Errors still count. */
  mute(): void {
    if (this.#keptLength < Infinity) return;
    this.#isMuted = true;
    this.#keptLength = this.length;
  }

  /** Whether {@link mute} is in force. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** Ends {@link mute}, if it is in force. What was written before it is kept. */
  unmute(): void {
    if (!this.#isMuted) return;
    this.truncate(0);
    this.#isMuted = false;
    this.#keptLength = Infinity;
  }

  /** Runs `write`, which writes a message. Its output is kept even while {@link mute} is in force, since a message is no reply. */
  message(write: () => void): void {
    const isMuted = this.#isMuted;
    this.unmute();
    write();
    if (isMuted) this.mute();
  }

  /** Forgets everything, including that the limit was reached: what follows is for another client. */
  clear(): void {
    this.unmute();
    this.truncate(0);
    this.#isOverLimit = false;
    this.#keptLength = Infinity;
  }

  /** Writes bytes that are already a reply, or part of one. */
  raw(bytes: Uint8Array): undefined {
    if (!this.reserve(bytes.length)) return this.spread(bytes, 0, bytes.length);
    copyBytes(bytes, 0, this.buffer, this.end, bytes.length);
    this.end += bytes.length;
  }

  /** Whether what is written now is dropped. */
  protected get isDropping(): boolean {
    return this.#keptLength < Infinity;
  }

  /** Makes room for `bytes` in one piece, which always works for a header. False if the bytes must be spread over pieces, or dropped. */
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

  /** Puts the first `size` bytes of some, at most {@link LINE_BYTES}, in front of what was written since {@link length} was `begin`. */
  protected insert(begin: number, bytes: Uint8Array<ArrayBuffer>, size: number): void {
    // Makes room first, because that may turn what is there into a piece.
    this.reserve(LINE_BYTES);
    if (begin > this.length) return;
    if (begin < this.#piecesLength) return this.#insertPiece(begin, bytes.slice(0, size));
    const first = this.#start + begin - this.#piecesLength;
    this.buffer.copyWithin(first + size, first, this.end);
    for (let i = 0; i < size; i++) this.buffer[first + i] = bytes[i];
    this.end += size;
  }

  /** Puts bytes in front of what was written since {@link length} was `begin`, if that lies in pieces that cannot be moved. */
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
    const pending = this.buffer.subarray(this.#start, this.end);
    this.#begin(pending.length + bytes, pending);
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

  /** Goes on in another chunk of at least `bytes`, which `pending` moves to. The rest of the old one is empty, or being sent. */
  #begin(bytes: number, pending?: Uint8Array): void {
    const old = this.#chunk;
    this.#chunk = this.#pool.get(bytes);
    this.buffer = this.#chunk.bytes;
    this.#start = this.end = 0;
    if (pending !== undefined) {
      this.buffer.set(pending);
      this.end = pending.length;
    }
    if (old.parts === 0) this.#pool.keep(old);
  }
}
