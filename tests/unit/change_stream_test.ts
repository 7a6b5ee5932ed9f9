/** The stream of changes: how units are framed, and what each of its sinks gets. */
import { assertEquals } from "@std/assert";
import { type ChangeSink, ChangeStream, SinkKind } from "../../src/changes/stream.ts";
import { latin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { RequestReader } from "../../src/resp/request_reader.ts";
import { ReplyParser } from "../support/resp_client.ts";

/** A sink that keeps everything, unit by unit. */
class Keeper implements ChangeSink {
  readonly units: string[] = [];
  bytes = "";

  constructor(readonly kind: number = SinkKind.Any) {}

  append(bytes: Uint8Array, start: number, length: number): void {
    const parser = new ReplyParser();
    parser.push(bytes.slice(start, start + length));
    const requests: string[] = [];
    for (let request = parser.next(); request !== undefined; request = parser.next()) {
      requests.push(request.elements.map(({ text }) => text).join(" "));
    }
    this.units.push(requests.join(", "));
    this.bytes += latin1(bytes, start, length);
  }
}

function streamWith(...sinks: Keeper[]): ChangeStream {
  const stream = new ChangeStream();
  for (const sink of sinks) stream.attach(sink);
  return stream;
}

function argumentsOf(...words: string[]): Arguments {
  const reader = new RequestReader();
  reader.append(encodeRequest(words));
  reader.next();
  return reader.args;
}

Deno.test("a database is selected when it is another than that of the request before", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  for (const database of [0, 0, 3, 3, 0]) stream.add(database, ["INCR", "a"]);
  assertEquals(sink.units, [
    "SELECT 0, INCR a",
    "INCR a",
    "SELECT 3, INCR a",
    "INCR a",
    "SELECT 0, INCR a",
  ]);
});

Deno.test("requests that belong together are wrapped, and select their databases within", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  stream.beginRequest();
  stream.add(1, ["DEL", "gone"]);
  stream.addRequest(1, argumentsOf("SET", "a", "1"));
  stream.add(2, ["DEL", "b"]);
  stream.endUnit(true);
  assertEquals(sink.units, ["MULTI, SELECT 1, DEL gone, SET a 1, SELECT 2, DEL b, EXEC"]);
});

Deno.test("one request alone is not wrapped, nor are several that need not be seen as one", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  stream.beginRequest();
  stream.addRequest(0, argumentsOf("SET", "a", "1"));
  stream.endUnit(true);
  stream.beginRequest();
  stream.add(0, ["DEL", "a"]);
  stream.add(0, ["DEL", "b"]);
  stream.endUnit(false);
  stream.beginRequest();
  stream.endUnit(true);
  assertEquals(sink.units, ["SELECT 0, SET a 1", "DEL a, DEL b"]);
});

Deno.test("a sink that joins reads a SELECT first, and so do the others", () => {
  const [first, second] = [new Keeper(), new Keeper()];
  const stream = streamWith(first);
  stream.add(5, ["SET", "a", "1"]);
  const { offset } = stream;
  stream.attach(second);
  stream.add(5, ["SET", "a", "2"]);
  stream.add(5, ["SET", "a", "3"]);
  assertEquals(second.units, ["SELECT 5, SET a 2", "SET a 3"]);
  assertEquals(first.bytes.slice(offset), second.bytes);
});

Deno.test("a sink that joins within a transaction gets what follows, and no request is lost or twice there", () => {
  const [first, second] = [new Keeper(), new Keeper()];
  const stream = streamWith(first);
  stream.beginRequest();
  stream.add(0, ["INCR", "a"]);
  stream.add(0, ["INCR", "b"]);
  stream.attach(second);
  stream.add(0, ["INCR", "c"]);
  stream.endUnit(true);
  assertEquals(first.units, ["MULTI, SELECT 0, INCR a, INCR b, EXEC", "SELECT 0, INCR c"]);
  assertEquals(second.units, ["SELECT 0, INCR c"]);
});

Deno.test("a sink that leaves gets nothing more; the others miss nothing", () => {
  const [first, second] = [new Keeper(), new Keeper()];
  const stream = streamWith(first, second);
  stream.add(0, ["INCR", "a"]);
  stream.beginRequest();
  stream.add(0, ["INCR", "b"]);
  stream.detach(first);
  stream.add(0, ["INCR", "c"]);
  stream.endUnit(true);
  assertEquals(first.units, ["SELECT 0, INCR a"]);
  assertEquals(second.units, ["SELECT 0, INCR a", "MULTI, INCR b, INCR c, EXEC"]);
});

Deno.test("without a sink the stream is off and its offset stands", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  assertEquals(stream.isOn, true);
  stream.add(0, ["INCR", "a"]);
  const { offset } = stream;
  assertEquals(offset, sink.bytes.length);
  stream.beginRequest();
  stream.add(7, ["INCR", "half"]);
  stream.detach(sink);
  stream.endUnit(true);
  assertEquals([stream.isOn, stream.offset], [false, offset]);
  stream.attach(sink);
  stream.add(7, ["INCR", "b"]);
  assertEquals(sink.units, ["SELECT 0, INCR a", "SELECT 7, INCR b"]);
});

Deno.test("what was half collected when the stream was paused is forgotten, its SELECT too", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  stream.add(0, ["INCR", "a"]);
  stream.beginRequest();
  stream.add(7, ["INCR", "half"]);
  stream.pause();
  assertEquals(stream.isOn, false);
  stream.resume();
  stream.add(7, ["INCR", "b"]);
  assertEquals(sink.units, ["SELECT 0, INCR a", "SELECT 7, INCR b"]);
});

Deno.test("a pause between units leaves no trace", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  stream.add(0, ["INCR", "a"]);
  stream.pause();
  stream.resume();
  stream.add(0, ["INCR", "b"]);
  assertEquals(sink.units, ["SELECT 0, INCR a", "INCR b"]);
});

Deno.test("a new file selects its database, whatever is selected", () => {
  const sink = new Keeper();
  const stream = streamWith(sink);
  stream.add(4, ["INCR", "a"]);
  stream.selectAgain();
  stream.add(4, ["INCR", "b"]);
  assertEquals(sink.units, ["SELECT 4, INCR a", "SELECT 4, INCR b"]);
});

Deno.test("a request for one kind of sinks is left out of the unit for the others, but selects its database for all", () => {
  const [file, replicas, any] = [SinkKind.File, SinkKind.Replicas, SinkKind.Any].map((kind) =>
    new Keeper(kind)
  );
  const stream = streamWith(file, replicas, any);
  const publish = argumentsOf("PUBLISH", "channel", "message");
  stream.beginRequest();
  stream.addRequestFor(SinkKind.Replicas, 1, publish);
  stream.endUnit(true);
  stream.add(1, ["INCR", "a"]);
  stream.beginRequest();
  stream.add(1, ["INCR", "a"]);
  stream.kinds = SinkKind.File;
  stream.add(2, ["INCR", "b"]);
  stream.addRequestFor(SinkKind.Replicas, 2, publish);
  stream.kinds = 0;
  assertEquals(stream.isOn, false);
  stream.kinds = SinkKind.Any;
  stream.add(2, ["INCR", "c"]);
  stream.endUnit(true);
  stream.beginRequest();
  stream.addRequestFor(SinkKind.Replicas, 2, publish);
  stream.endUnit(true);
  assertEquals(file.units, [
    "SELECT 1",
    "INCR a",
    "MULTI, INCR a, SELECT 2, INCR b, INCR c, EXEC",
  ]);
  assertEquals(replicas.units, [
    "SELECT 1, PUBLISH channel message",
    "INCR a",
    "MULTI, INCR a, SELECT 2, INCR c, EXEC",
    "PUBLISH channel message",
  ]);
  assertEquals(any.units, [
    "SELECT 1, PUBLISH channel message",
    "INCR a",
    "MULTI, INCR a, SELECT 2, INCR b, INCR c, EXEC",
    "PUBLISH channel message",
  ]);
});

Deno.test("nothing is collected that no sink is meant to get", () => {
  const file = new Keeper(SinkKind.File);
  const stream = streamWith(file);
  stream.addRequestFor(SinkKind.Replicas, 3, argumentsOf("PUBLISH", "channel", "message"));
  stream.endUnit(true);
  stream.kinds = SinkKind.Replicas;
  assertEquals(stream.isOn, false);
  const replicas = new Keeper(SinkKind.Replicas);
  stream.attach(replicas);
  assertEquals(stream.isOn, true);
  stream.detach(replicas);
  assertEquals(stream.isOn, false);
  stream.kinds = SinkKind.Any;
  assertEquals(stream.isOn, true);
  assertEquals([file.units, stream.offset], [[], 0]);
});
