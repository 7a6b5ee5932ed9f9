/** BullMQ, unmodified: what becomes of a job. */
import { assert, assertEquals } from "@std/assert";
import { BullMq, completed } from "../support/bullmq.ts";
import { eventOf, testWithServer } from "../support/npm_clients.ts";

testWithServer("BullMQ hands a job to a worker, and its result to who waits", async (server) => {
  await using bull = new BullMq(server);
  const queue = await bull.queue("sums");
  const events = await bull.events("sums");
  const states: string[] = [];
  for (const state of ["added", "waiting", "active", "progress", "completed"] as const) {
    events.on(state, () => states.push(state));
  }
  const worker = await bull.worker("sums", async (job) => {
    await job.updateProgress(50);
    await job.log(`adding ${job.data.numbers.length} numbers`);
    return { sum: job.data.numbers.reduce((sum: number, each: number) => sum + each, 0) };
  });
  await worker.waitUntilReady();
  const lastEvent = eventOf(events, "completed");
  const job = await queue.add("sum", { numbers: [1, 2.5, -3], text: "ünï\u0000\"'" });
  assertEquals(await job.waitUntilFinished(events), { sum: 0.5 });
  await lastEvent;
  assertEquals(states, ["added", "waiting", "active", "progress", "completed"]);
  const stored = await queue.getJob(job.id!);
  assertEquals(stored?.data, { numbers: [1, 2.5, -3], text: "ünï\u0000\"'" });
  assertEquals([stored?.progress, stored?.returnvalue], [50, { sum: 0.5 }]);
  assertEquals(await queue.getJobLogs(job.id!), { logs: ["adding 3 numbers"], count: 1 });
  assertEquals(await queue.getJobCounts("completed", "failed", "wait", "active"), {
    completed: 1,
    failed: 0,
    wait: 0,
    active: 0,
  });
});

testWithServer("delayed jobs run when their delay is over, the shortest first", async (server) => {
  await using bull = new BullMq(server);
  const queue = await bull.queue("later");
  const started = new Map<string, number>();
  const worker = await bull.worker("later", (job) => {
    started.set(job.name, Date.now());
    return Promise.resolve();
  });
  await worker.waitUntilReady();
  const done = completed(worker, 3);
  const jobs = await queue.addBulk([
    { name: "third", data: 0, opts: { delay: 200 } },
    { name: "second", data: 0, opts: { delay: 100 } },
    { name: "first", data: 0 },
    { name: "promoted", data: 0, opts: { delay: 3_600_000 } },
  ]);
  assertEquals((await done).map(({ name }) => name), ["first", "second", "third"]);
  for (const job of jobs.slice(0, 3)) {
    assert(started.get(job.name)! >= job.timestamp + (job.opts.delay ?? 0));
  }
  assertEquals(await jobs[3].getState(), "delayed");
  const promoted = completed(worker, 1);
  await jobs[3].promote();
  assertEquals((await promoted).map(({ name }) => name), ["promoted"]);
});

testWithServer(
  "jobs of higher priority run first, those without priority before them",
  async (server) => {
    await using bull = new BullMq(server);
    const queue = await bull.queue("ranks");
    const priorities = [5, 1, undefined, 3, 1, 2_000_000, undefined, 4];
    const jobs = await queue.addBulk(
      priorities.map((priority, i) => ({
        name: `${priority ?? 0}-${i}`,
        data: i,
        opts: { priority },
      })),
    );
    assertEquals(await queue.getCountsPerPriority([0, 1, 2, 5]), {
      "0": 2,
      "1": 2,
      "2": 0,
      "5": 1,
    });
    await jobs[7].changePriority({ priority: 2 });
    const worker = await bull.worker("ranks", () => Promise.resolve());
    const names = (await completed(worker, 8)).map(({ name }) => name);
    assertEquals(names, ["0-2", "0-6", "1-1", "1-4", "4-7", "3-3", "5-0", "2000000-5"]);
  },
);

testWithServer(
  "a job that fails is retried after longer and longer, then given up",
  async (server) => {
    await using bull = new BullMq(server);
    const queue = await bull.queue("shaky");
    const events = await bull.events("shaky");
    const starts: number[] = [];
    const exhausted = eventOf<{ attemptsMade: string }>(events, "retries-exhausted");
    await bull.worker("shaky", () => {
      starts.push(Date.now());
      return Promise.reject(new Error(`attempt ${starts.length}`));
    });
    const job = await queue.add("try", {}, {
      attempts: 4,
      backoff: { type: "exponential", delay: 30 },
    });
    const reason = await job.waitUntilFinished(events).catch((error: Error) => error.message);
    assertEquals(reason, "attempt 4");
    assertEquals(Number((await exhausted).attemptsMade), 4);
    const pauses = starts.slice(1).map((start, i) => start - starts[i]);
    for (const [i, pause] of pauses.entries()) assert(pause >= 30 * 2 ** i);
    assertEquals((await queue.getFailed()).map(({ attemptsMade }) => attemptsMade), [4]);
    const retried = await queue.getJob(job.id!);
    await retried!.retry("failed");
    assertEquals(
      await retried!.waitUntilFinished(events).catch((error: Error) => error.message),
      "attempt 5",
    );
  },
);

testWithServer(
  "a job whose worker has died runs once more, a second time it fails",
  async (server) => {
    await using bull = new BullMq(server);
    const queue = await bull.queue("stalls");
    await queue.add("job", 1);
    // They take the job, and are not heard of any more.
    const lost = { lockDuration: 50, autorun: false, skipStalledCheck: true };
    const first = await bull.worker("stalls", null, lost);
    const taken = await first.getNextJob("first");
    assertEquals(await taken!.getState(), "active");

    const checks = { stalledInterval: 60, maxStalledCount: 1 };
    const checker = await bull.worker("stalls", null, { ...checks, autorun: false });
    const stalled = eventOf<string>(checker, "stalled");
    await checker.startStalledCheckTimer();
    assertEquals(await stalled, taken!.id);
    await checker.close();
    const again = await first.getNextJob("second");
    assertEquals([again!.id, again!.stalledCounter], [taken!.id, 1]);
    const refusal = await taken!.moveToCompleted("late", "first", false).catch(String);
    assert(/(Lock mismatch|Missing lock) for job/.test(`${refusal}`), `${refusal}`);

    const worker = await bull.worker("stalls", () => Promise.resolve("done"), checks);
    const failed = eventOf<{ failedReason: string }>(worker, "failed");
    assertEquals((await failed).failedReason, "job stalled more than allowable limit");
  },
);

testWithServer("no more jobs start in a time than the limit says", async (server) => {
  await using bull = new BullMq(server);
  const queue = await bull.queue("limited");
  const limiter = { max: 2, duration: 300 };
  const starts: number[] = [];
  await queue.addBulk([1, 2, 3, 4, 5].map((data) => ({ name: "job", data })));
  const worker = await bull.worker("limited", () => {
    starts.push(Date.now());
    return Promise.resolve();
  }, { limiter, concurrency: 5 });
  const jobs = await completed(worker, 5);
  const taken = jobs.map(({ processedOn }) => processedOn!).sort((a, b) => a - b);
  starts.sort((a, b) => a - b);
  for (const i of [2, 4]) assert(starts[i] >= taken[i - 2] + limiter.duration);
  assert((await queue.getRateLimitTtl()) <= limiter.duration);
});
