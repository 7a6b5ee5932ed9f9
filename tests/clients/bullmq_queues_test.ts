/** BullMQ, unmodified: what holds jobs together, from schedulers to ten thousand at once. */
import { assert, assertEquals } from "@std/assert";
import { BullMq, completed } from "../support/bullmq.ts";
import { eventOf, testWithServer } from "../support/npm_clients.ts";

testWithServer(
  "a scheduler makes one job after another, as often as it is told",
  async (server) => {
    await using bull = new BullMq(server);
    const queue = await bull.queue("ticks");
    const template = { name: "tick", data: { n: 1 } };
    await queue.upsertJobScheduler("clock", { every: 100, limit: 3 }, template);
    const worker = await bull.worker("ticks", (job) => Promise.resolve(job.data));
    const jobs = await completed(worker, 3);
    assertEquals(jobs.map(({ returnvalue }) => returnvalue), [{ n: 1 }, { n: 1 }, { n: 1 }]);
    const due = jobs.map(({ id }) => Number(id!.replace("repeat:clock:", "")));
    assert(due[1] >= due[0] + 100 && due[2] >= due[1] + 100, `${due}`);
    for (const [i, { processedOn }] of jobs.entries()) assert(processedOn! >= due[i]);
    assertEquals(await queue.count(), 0);

    await queue.upsertJobScheduler("nightly", { pattern: "0 2 * * *", tz: "UTC" });
    const next = await queue.upsertJobScheduler("nightly", { pattern: "0 3 * * *", tz: "UTC" });
    assertEquals(await queue.getDelayedCount(), 1);
    assertEquals(await next.getState(), "delayed");
    const [scheduler] = (await queue.getJobSchedulers()).filter(({ key }) => key === "nightly");
    assertEquals(scheduler.pattern, "0 3 * * *");
    assertEquals(new Date(scheduler.next!).getUTCHours(), 3);
    assertEquals(await queue.removeJobScheduler("nightly"), true);
    assertEquals(await queue.removeJobScheduler("nightly"), false);
  },
);

testWithServer("a parent waits for its children and reads their results", async (server) => {
  await using bull = new BullMq(server);
  const flows = await bull.flows();
  const events = await bull.events("parents");
  const order: string[] = [];
  await bull.worker("children", async (job) => {
    order.push(job.name);
    const below = Object.values(await job.getChildrenValues<number>());
    return below.reduce((sum, each) => sum + each, job.data);
  });
  await bull.worker("parents", async (job) => {
    order.push(job.name);
    return Object.values(await job.getChildrenValues<number>()).sort();
  });
  const leaf = (name: string, data: number) => ({ name, data, queueName: "children" });
  const { job } = await flows.add({
    name: "parent",
    queueName: "parents",
    children: [
      { ...leaf("middle", 10), children: [leaf("left", 1), leaf("right", 2)] },
      leaf("only", 20),
    ],
  });
  assertEquals(await job.waitUntilFinished(events), [13, 20]);
  assertEquals(order.at(-1), "parent");
  assert(order.indexOf("middle") > Math.max(order.indexOf("left"), order.indexOf("right")));
  assertEquals(await job.getDependenciesCount(), {
    processed: 2,
    unprocessed: 0,
    failed: 0,
    ignored: 0,
  });
});

testWithServer("a child that fails fails its parent if it is told to", async (server) => {
  await using bull = new BullMq(server);
  const flows = await bull.flows();
  const events = await bull.events("parents");
  const child = (name: string, opts = {}) => ({ name, queueName: "children", data: 0, opts });
  const { job, children } = await flows.add({
    name: "parent",
    queueName: "parents",
    children: [
      child("waits", { delay: 3_600_000 }),
      child("breaks", { failParentOnFailure: true }),
    ],
  });
  assertEquals(await job.getState(), "waiting-children");
  await bull.worker("children", () => Promise.reject(new Error("no")));
  await bull.worker("parents", () => Promise.resolve());
  const broken = children!.find((each) => each.job.name === "breaks")!.job;
  const reason = await job.waitUntilFinished(events).catch((error: Error) => error.message);
  assertEquals(reason, `child bull:children:${broken.id} failed`);
  await job.remove();
  assertEquals(await (await bull.queue("children")).getDelayedCount(), 0);
});

testWithServer("a job that is there already is not added again", async (server) => {
  await using bull = new BullMq(server);
  const queue = await bull.queue("once");
  const events = await bull.events("once");
  const deduplicated = eventOf<{ deduplicatedJobId: string }>(events, "deduplicated");
  const first = await queue.add("job", 1, { deduplication: { id: "same" } });
  const second = await queue.add("job", 2, { deduplication: { id: "same" } });
  assertEquals(second.id, first.id);
  assert((await deduplicated).deduplicatedJobId !== first.id);
  await queue.add("named", 1, { jobId: "name" });
  await queue.add("named", 2, { jobId: "name" });
  assertEquals((await queue.getJob("name"))?.data, 1);
  assertEquals(await queue.getWaitingCount(), 2);
  const worker = await bull.worker("once", () => Promise.resolve());
  await completed(worker, 2);
  const third = await queue.add("job", 3, { deduplication: { id: "same" } });
  assert(third.id !== first.id);
});

testWithServer("a queue is paused, looked at, cleaned and done away with", async (server) => {
  await using bull = new BullMq(server);
  const queue = await bull.queue("desk");
  await queue.pause();
  const options = [{}, { priority: 2 }, { delay: 3_600_000 }, {}, { lifo: true }];
  const jobs = await queue.addBulk(options.map((opts, data) => ({ name: "job", data, opts })));
  const counts = () => queue.getJobCounts("waiting", "prioritized", "delayed", "failed");
  assertEquals(await counts(), { waiting: 3, prioritized: 1, delayed: 1, failed: 0 });
  await jobs[0].updateData({ changed: true });
  await jobs[3].remove();
  await queue.promoteJobs();
  await queue.resume();
  const worker = await bull.worker(
    "desk",
    (job) => job.data === 1 ? Promise.reject(new Error("no")) : Promise.resolve(job.data),
  );
  const failed = eventOf(worker, "failed");
  const done = await completed(worker, 3);
  await failed;
  assertEquals(
    done.map(({ returnvalue }) => JSON.stringify(returnvalue)).sort(),
    ["2", "4", '{"changed":true}'],
  );
  const retried = eventOf(worker, "failed");
  await queue.retryJobs({ state: "failed" });
  await retried;
  assertEquals((await queue.clean(0, 2, "completed")).length, 2);
  assertEquals((await queue.getJobs(["completed", "failed"])).length, 2);
  await queue.add("left", 9, { delay: 3_600_000 });
  await worker.close();
  await queue.drain(true);
  assertEquals((await counts()).delayed, 0);
  await queue.obliterate();
  assertEquals(server.server.keyspace.size, 0);
});

testWithServer("BullMQ works over node-redis as well", async (server) => {
  const { Queue, QueueEvents, Worker } = await import("bullmq");
  const { createClient } = await import("redis");
  const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
  await client.connect();
  const options = { connection: client };
  const queue = new Queue("other", options);
  const events = new QueueEvents("other", options);
  const worker = new Worker("other", (job) => Promise.resolve([...job.data].reverse()), options);
  try {
    await Promise.all([events.waitUntilReady(), worker.waitUntilReady()]);
    const job = await queue.add("reverse", [1, "two", null], { delay: 20, priority: 1 });
    assertEquals(await job.waitUntilFinished(events), [null, "two", 1]);
  } finally {
    for (const part of [worker, events, queue]) await part.close();
    client.destroy();
  }
});

testWithServer("of ten thousand jobs two workers lose none and run none twice", async (server) => {
  const JOBS = 10_000;
  await using bull = new BullMq(server);
  const queue = await bull.queue("many");
  const runs = new Uint8Array(JOBS);
  const done = Promise.withResolvers<void>();
  const shares = [0, 0];
  let finished = 0;
  for (const number of shares.keys()) {
    const worker = await bull.worker("many", (job) => {
      runs[job.data.number]++;
      shares[number]++;
      return Promise.resolve(job.data.number);
    }, { concurrency: 20 });
    worker.on("completed", () => {
      if (++finished === JOBS) done.resolve();
    });
  }
  for (let first = 0; first < JOBS; first += 1000) {
    await queue.addBulk(Array.from({ length: 1000 }, (_, i) => ({
      name: "job",
      data: { number: first + i },
      opts: i % 10 === 0 ? { priority: 1 + i % 7 } : {},
    })));
  }
  await done.promise;
  assertEquals(runs.every((count) => count === 1), true);
  assert(shares.every((share) => share > 0), `${shares}`);
  assertEquals(
    await queue.getJobCounts("completed", "failed", "waiting", "prioritized", "active", "delayed"),
    { completed: JOBS, failed: 0, waiting: 0, prioritized: 0, active: 0, delayed: 0 },
  );
});
