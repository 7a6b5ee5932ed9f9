/** Snapshots written to a sink that is no file, as a replica's link will be. In memory. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import type { ChangeSink } from "../../src/changes/stream.ts";
import type { SnapshotWriter } from "../../src/keyspace/snapshot.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { SnapshotJob, type SnapshotPlan } from "../../src/persistence/snapshot_job.ts";
import type { ByteSink } from "../../src/ports/byte_sink.ts";
import { RdbFileWriter } from "../../src/rdb/file_writer.ts";
import { effort } from "../support/effort.ts";
import { LocalServer, settle } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";
import { repeatStream } from "../support/repeat_stream.ts";

/** A sink in memory. The test says when it is behind and what fails. */
class MemorySink implements ByteSink {
  readonly pieces: Uint8Array[] = [];
  state: "open" | "finished" | "aborted" = "open";
  /** After so many pieces nothing more is taken. */
  failsAfter = Infinity;
  failsToFinish = false;
  #behind: PromiseWithResolvers<void> | undefined;

  write(bytes: Uint8Array): void {
    assertEquals(this.state, "open");
    if (this.pieces.length >= this.failsAfter) throw new Error("Connection reset");
    this.pieces.push(bytes.slice());
  }

  caughtUp(): Promise<void> | undefined {
    return this.#behind?.promise;
  }

  async finish(): Promise<void> {
    await Promise.resolve();
    if (this.failsToFinish) throw new Error("Connection reset");
    assertEquals(this.state, "open");
    this.state = "finished";
  }

  abort(): void {
    this.state = "aborted";
  }

  /** Is behind from now on. */
  fallBehind(): void {
    this.#behind ??= Promise.withResolvers();
  }

  catchUp(): void {
    this.#behind?.resolve();
    this.#behind = undefined;
  }

  break(): void {
    this.#behind?.reject(new Error("Connection reset"));
    this.#behind = undefined;
  }
}

const options = { compresses: true, hasChecksum: true, facts: {} };

/** A snapshot of a server on its way to a sink, and how it ended. */
function send(
  { clock, server }: LocalServer,
  sink: MemorySink,
  more: Partial<SnapshotPlan> = {},
) {
  const ends: (string | undefined)[] = [];
  const job = new SnapshotJob(clock, server.keyspace, {
    sink,
    keyDelayMs: () => 1,
    writer: (write) => new RdbFileWriter(server.keyspace, options, write),
    ended: (failure) => ends.push(failure),
    ...more,
  });
  return { job, ends };
}

/** Cuts what is written into pieces of a few bytes or many, by chance. */
function inPieces(
  random: SeededRandom,
  write: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void {
  const longest = [1, 10, 100, 10_000][random.below(4)];
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random.below(longest);
      write(bytes.subarray(at, end));
      at = end;
    }
  };
}

async function started(keys: number): Promise<LocalServer> {
  const server = await new LocalServer(new MemoryHost(), {}).start();
  for (let i = 0; i < keys; i++) server.run(["SET", `key:${i}`, "old"]);
  return server;
}

async function pass(server: LocalServer, milliseconds: number): Promise<void> {
  for (let i = 0; i < milliseconds; i++) {
    server.clock.advance({ milliseconds: 1 });
    await settle();
  }
}

Deno.test("a snapshot, and the stream from its moment on, make the same data elsewhere", async () => {
  for (let seed = 0; seed < 40 * effort; seed++) {
    const random = new SeededRandom(seed);
    const subject = await started(0);
    for (let i = random.below(60); i > 0; i--) subject.run(...randomUnit(random));
    const sink = new MemorySink();
    const delayMs = random.below(2);
    const { ends } = send(subject, sink, {
      keyDelayMs: () => delayMs,
      writer: (write) =>
        new RdbFileWriter(subject.server.keyspace, options, inPieces(random, write)),
    });
    const units: Uint8Array[] = [];
    const reader: ChangeSink = {
      append: (bytes, start, length) => void units.push(bytes.slice(start, start + length)),
    };
    subject.server.propagation.attach(reader);
    for (let i = 0; ends.length === 0 || random.below(5) > 0; i++) {
      assert(i < 1000, `${seed}: the snapshot does not end`);
      subject.run(...randomUnit(random));
      if (random.below(8) === 0) sink.fallBehind();
      else if (random.below(3) === 0) sink.catchUp();
      await pass(subject, random.below(4));
    }
    assertEquals([ends, sink.state], [[undefined], "finished"], `${seed}`);
    const host = new MemoryHost(new Map([["dump.rdb", concat(sink.pieces)]]));
    const copy = await new LocalServer(host, {}, subject.clock).start();
    repeatStream(copy, concat(units));
    assertEquals(copy.digest(), subject.digest(), `${seed}`);
    copy.server.stop();
    subject.server.stop();
  }
});

Deno.test("a sink that fails at any piece ends the job once, with its reason, and clients do not notice", async () => {
  for (let failsAfter = 1; failsAfter < 40; failsAfter++) {
    const server = await started(10);
    const sink = new MemorySink();
    sink.failsAfter = failsAfter;
    const random = new SeededRandom(failsAfter);
    // A piece for each entry, and more of the end.
    const { ends, job } = send(server, sink, { writer: (write) => piecemeal(server, write) });
    for (let i = 0; i < 30; i++) {
      assertEquals(server.ask("SET", `key:${random.below(10)}`, "new"), "OK");
      await pass(server, 1);
    }
    const fails = failsAfter < 12;
    assertEquals(ends, [fails ? "Connection reset" : undefined], `${failsAfter}`);
    assertEquals(sink.state, fails ? "aborted" : "finished");
    assertEquals(server.server.keyspace.snapshot, undefined);
    job.abort();
    assertEquals(ends.length, 1);
    server.server.stop();
  }
});

/** A writer that hands on a piece for its head, for each entry and for its end. */
function piecemeal({ server }: LocalServer, write: (bytes: Uint8Array) => void): SnapshotWriter {
  const piece = new Uint8Array(1);
  return {
    begin: () => write(piece),
    entry: (_, entry) => {
      assert(server.keyspace.entries.key(entry).length > 0);
      write(piece);
    },
    end: () => write(piece),
  };
}

Deno.test("a sink that does not take the first piece lets nothing begin", async () => {
  const server = await started(3);
  const sink = new MemorySink();
  sink.failsAfter = 0;
  const begin = () => send(server, sink, { writer: (write) => piecemeal(server, write) });
  assertThrows(begin, Error, "Connection reset");
  assertEquals([sink.state, server.server.keyspace.snapshot], ["aborted", undefined]);
});

Deno.test("a sink that cannot finish is a failure", async () => {
  const server = await started(3);
  const sink = new MemorySink();
  sink.failsToFinish = true;
  const { ends } = send(server, sink);
  await pass(server, 20);
  assertEquals([ends, sink.state], [["Connection reset"], "aborted"]);
});

Deno.test("a sink that is behind is waited for, but a key that changes is written before", async () => {
  const server = await started(20);
  const sink = new MemorySink();
  const { ends, job } = send(server, sink, { writer: (write) => piecemeal(server, write) });
  sink.fallBehind();
  await pass(server, 5);
  const { written } = job.progress;
  await pass(server, 50);
  assertEquals(job.progress.written, written);
  server.run(["DEL", ...Array.from({ length: 20 }, (_, i) => `key:${i}`)]);
  assertEquals([job.progress.written, sink.pieces.length], [20, 21]);
  sink.catchUp();
  await pass(server, 25);
  assertEquals([ends, sink.pieces.length], [[undefined], 22]);
});

Deno.test("a sink that breaks while it is waited for is a failure", async () => {
  const server = await started(20);
  const sink = new MemorySink();
  const { ends } = send(server, sink);
  sink.fallBehind();
  await pass(server, 5);
  sink.break();
  await settle();
  assertEquals([ends, sink.state], [["Connection reset"], "aborted"]);
});

Deno.test("a job that is given up aborts its sink and tells nobody, also while it waits", async () => {
  for (const isBehind of [false, true]) {
    const server = await started(20);
    const sink = new MemorySink();
    const { ends, job } = send(server, sink);
    if (isBehind) sink.fallBehind();
    await pass(server, 5);
    job.abort();
    sink.catchUp();
    await pass(server, 100);
    assertEquals([ends, sink.state], [[], "aborted"]);
    assertEquals(server.server.keyspace.snapshot, undefined);
  }
});
