/** What becomes of a link to a primary that is not wanted any more, while what the primary has sent is on its way. All of it is in memory. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FileInProgress } from "../../src/ports/host.ts";
import { HISTORY, type PrimaryHost } from "../support/fake_primary.ts";
import { settle } from "../support/local_server.ts";
import { rdbOf, ReplicaSubject, sized, stream } from "../support/replica_subject.ts";

const OTHER_HISTORY = "f".repeat(40);

/** Files of the host become safe only when the returned function is called. */
function holdSyncs(host: PrimaryHost): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begin = host.beginFile.bind(host);
  host.beginFile = (path, temporary): FileInProgress => {
    const file = begin(path, temporary);
    return {
      ...file,
      finish: async () => {
        await promise;
        await file.finish();
      },
    };
  };
  return resolve;
}

for (const order of ["NO ONE", "127.0.0.1 7777"]) {
  Deno.test(`REPLICAOF ${order} while a file that has come is made safe: the data is not touched`, async () => {
    const subject = new ReplicaSubject();
    await (await subject.synced()).end();
    const { link } = subject.host;
    await link.meet();
    const release = holdSyncs(subject.host);
    await link.answer(`+FULLRESYNC ${OTHER_HISTORY} 5000\r\n`, ...sized(rdbOf({ theirs: "9" })));
    assertEquals(subject.replica.ask("REPLICAOF", ...order.split(" ")), "OK");
    const history = subject.info("master_replid");
    const files = subject.host.files;
    if (order === "NO ONE") assertEquals(subject.replica.ask("SET", "ours", "1"), "OK");
    release();
    await subject.loaded();
    assertEquals([subject.get("a"), subject.get("b"), subject.get("theirs")], [
      "1",
      "two",
      undefined,
    ]);
    if (order === "NO ONE") assertEquals(subject.get("ours"), "1");
    assertEquals(subject.info("master_replid"), history);
    assertEquals(subject.info("loading"), "0");
    assertEquals(subject.host.files, files, "dump.rdb is still that of the data");
  });
}

Deno.test("A transfer that was given up does not take the file of the next one", async () => {
  const subject = new ReplicaSubject();
  const first = await subject.start();
  await first.meet();
  const release = holdSyncs(subject.host);
  await first.answer(`+FULLRESYNC ${HISTORY} 1\r\n`, ...sized(rdbOf({ first: "1" })));
  subject.replica.run(["REPLICAOF", "127.0.0.1", "7777"]);
  await settle();
  await subject.host.link.meet();
  const file = rdbOf({ second: "2" });
  await subject.host.link.answer(`+FULLRESYNC ${OTHER_HISTORY} 2\r\n`, `$${file.length}\r\n`);
  await subject.host.link.answer(file.subarray(0, 20));
  release();
  await subject.loaded();
  await subject.host.link.answer(file.subarray(20));
  await subject.loaded();
  assertEquals([subject.get("first"), subject.get("second")], [undefined, "2"]);
  assertEquals(subject.info("master_link_status"), "up");
});

Deno.test("An answer that was on its way to a link that is not wanted any more changes no history", async () => {
  // How many steps the answer has come when the server becomes a primary.
  for (let steps = 0; steps < 15; steps++) {
    const subject = new ReplicaSubject();
    await (await subject.synced()).end();
    await subject.host.link.meet();
    const answered = subject.host.link.answer(`+CONTINUE ${OTHER_HISTORY}\r\n`);
    for (let i = 0; i < steps; i++) await Promise.resolve();
    subject.replica.run(["REPLICAOF", "NO", "ONE"]);
    const history = subject.info("master_replid");
    await answered;
    assertEquals(subject.info("master_replid"), history, `after ${steps} steps`);
    assertEquals(subject.replica.ask("CLIENT", "LIST", "TYPE", "master"), "");
  }
});

Deno.test("A primary that goes on, though the replica has nothing to go on from, is not followed", async () => {
  const subject = new ReplicaSubject();
  const link = await subject.start();
  assertEquals(await link.meet(), "PSYNC ? -1");
  const history = subject.info("master_replid");
  await link.answer(`+CONTINUE ${OTHER_HISTORY}\r\n`, stream("SELECT 0", "SET theirs 1"));
  assertEquals(subject.info("master_link_status"), "down");
  assertEquals([subject.get("theirs"), subject.info("master_replid")], [undefined, history]);
  assertStringIncludes(subject.log, "this replica has nothing to go on from");
  await subject.second();
  assertEquals(await subject.host.link.meet(), "PSYNC ? -1");
});
