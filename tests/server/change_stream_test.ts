/** The stream of changes of a server: what its sinks can make of it. In memory. */
import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import type { ChangeSink } from "../../src/changes/stream.ts";
import { latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";
import { repeatStream } from "../support/repeat_stream.ts";

const INCREMENT = "appendonlydir/appendonly.aof.1.incr.aof";

/** A sink that came when the stream was at an offset. */
class Reader implements ChangeSink {
  readonly #pieces: Uint8Array[] = [];

  constructor(readonly offset: number) {}

  append(bytes: Uint8Array, start: number, length: number): void {
    this.#pieces.push(bytes.slice(start, start + length));
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return concat(this.#pieces);
  }
}

/** A server that has repeated a stream. */
async function repeat(bytes: Uint8Array<ArrayBuffer>): Promise<LocalServer> {
  const server = await new LocalServer(new MemoryHost(), {}).start();
  repeatStream(server, bytes);
  return server;
}

Deno.test("sinks that come and go see the same bytes, which make the same data", async () => {
  for (let seed = 0; seed < 40 * effort; seed++) {
    const random = new SeededRandom(seed);
    const directives = {
      appendonly: random.below(2) === 0 ? "yes" : "no",
      appendfsync: "no",
      "auto-aof-rewrite-min-size": "4kb",
    };
    const subject = await new LocalServer(new MemoryHost(), directives).start();
    const stream = subject.server.propagation;
    const first = new Reader(stream.offset);
    stream.attach(first);
    const readers = [first];
    const gone: { reader: Reader; bytes: number }[] = [];
    for (let i = 0; i < 60; i++) {
      subject.run(...randomUnit(random));
      const chance = random.below(40);
      if (chance < 4) {
        readers.push(new Reader(stream.offset));
        stream.attach(readers.at(-1)!);
      } else if (chance === 4 && readers.length > 1) {
        const [reader] = readers.splice(1 + random.below(readers.length - 1), 1);
        stream.detach(reader);
        gone.push({ reader, bytes: stream.offset - reader.offset });
      } else if (chance === 5) subject.ask("BGREWRITEAOF");
      else if (chance === 6) {
        const isOn = subject.server.config.flag("appendonly");
        subject.ask("CONFIG", "SET", "appendonly", isOn ? "no" : "yes");
      }
      subject.clock.advance({ milliseconds: random.below(20) });
      await settle();
    }
    const { bytes, offset } = first;
    assertEquals(stream.offset - offset, bytes.length, `${seed}`);
    for (const reader of readers) {
      assertEquals(reader.bytes, bytes.slice(reader.offset - offset), `${seed}`);
    }
    for (const { reader, bytes: length } of gone) {
      const start = reader.offset - offset;
      assertEquals(reader.bytes, bytes.slice(start, start + length), `${seed}`);
    }
    const copy = await repeat(bytes);
    assertEquals(copy.digest(), subject.digest(), `${seed}`);
    copy.server.stop();
    subject.server.stop();
  }
});

Deno.test("the append-only file holds the stream as it is", async () => {
  const host = new MemoryHost();
  const subject = await new LocalServer(host, { appendonly: "yes", appendfsync: "no" }).start();
  const reader = new Reader(0);
  subject.server.propagation.attach(reader);
  const random = new SeededRandom(7);
  for (let i = 0; i < 200; i++) subject.run(...randomUnit(random));
  assertEquals(host.readFile(INCREMENT), reader.bytes);
});

Deno.test("DEBUG LOADAOF adds nothing to the stream, though others read it", async () => {
  const subject = await new LocalServer(new MemoryHost(), { appendonly: "yes" }).start();
  const reader = new Reader(0);
  subject.server.propagation.attach(reader);
  subject.run(["SET", "a", "1", "EX", "100"], ["HINCRBYFLOAT", "h", "f", "1.5"]);
  const { length } = reader.bytes;
  assertEquals(subject.ask("DEBUG", "LOADAOF"), "OK");
  assertEquals(reader.bytes.length, length);
  subject.run(["INCR", "a"]);
  assertEquals((await repeat(reader.bytes)).digest(), subject.digest());
});

Deno.test("a change that nobody gets a reply for is written at the end of its round", async () => {
  const host = new MemoryHost();
  const subject = await new LocalServer(host, { appendonly: "yes", appendfsync: "no" }).start();
  const file = () => {
    const bytes = host.readFile(INCREMENT);
    return latin1(bytes, 0, bytes.length);
  };
  subject.run(["SET", "a", "1", "PX", "50"], ["CLIENT", "REPLY", "OFF"]);
  assertEquals(subject.run(["SET", "silent", "1"]), []);
  assert(file().includes("silent"));
  // The housekeeping deletes it; nobody asks.
  subject.clock.advance({ milliseconds: 500 });
  await settle();
  assert(file().endsWith("*2\r\n$3\r\nDEL\r\n$1\r\na\r\n"), file());
});
