/** The queues from before BullMQ, unmodified: Bull and Bee-Queue. */
import { assert, assertEquals } from "@std/assert";
import { eventOf, testWithServer } from "../support/npm_clients.ts";

testWithServer(
  "Bull runs jobs by priority and delay, and retries those that fail",
  async (server) => {
    const { default: Bull } = await import("bull");
    const queue = new Bull("letters", { redis: { host: "127.0.0.1", port: server.port } });
    try {
      await queue.isReady();
      await queue.pause();
      await queue.add("letter", "low", { priority: 9 });
      await queue.add("letter", "late", { delay: 150 });
      await queue.add("letter", "high", { priority: 1 });
      const shaky = await queue.add("letter", "shaky", { attempts: 2, backoff: 30, priority: 5 });
      assertEquals({ ...await queue.getJobCounts() } as Record<string, number>, {
        waiting: 0,
        paused: 3,
        delayed: 1,
        active: 0,
        completed: 0,
        failed: 0,
      });
      const runs: string[] = [];
      const drained = completions(queue, 4);
      queue.process("letter", (job) => {
        runs.push(job.data);
        if (job.data === "shaky" && job.attemptsMade === 0) {
          return Promise.reject(new Error("once"));
        }
        return Promise.resolve(job.data.toUpperCase());
      });
      await queue.resume();
      await drained;
      const byPriority = runs.filter((run) => run !== "late");
      assertEquals([...new Set(byPriority)], ["high", "shaky", "low"]);
      assertEquals([...runs].sort(), ["high", "late", "low", "shaky", "shaky"]);
      assertEquals(await shaky.finished(), "SHAKY");
      assertEquals((await queue.getJob(shaky.id))?.attemptsMade, 1);
      await queue.empty();
      assertEquals((await queue.clean(0, "completed")).length, 4);
    } finally {
      await queue.close();
    }
  },
);

function completions(
  queue: { on(event: "global:completed", listener: () => void): unknown },
  count: number,
): Promise<void> {
  return new Promise((resolve) => {
    queue.on("global:completed", () => {
      if (--count === 0) resolve();
    });
  });
}

testWithServer("Bull gives a job whose worker has died to another", async (server) => {
  const { default: Bull } = await import("bull");
  const redis = { host: "127.0.0.1", port: server.port };
  const settings = { lockDuration: 100, stalledInterval: 50, guardInterval: 50 };
  const dying = new Bull("tasks", { redis, settings });
  await dying.add({ n: 1 });
  const lost = await dying.getNextJob();
  assertEquals(lost?.data, { n: 1 });
  await dying.close(true);
  const living = new Bull("tasks", { redis, settings });
  try {
    const stalled = eventOf<{ id: string }>(living, "stalled");
    const done = eventOf<{ id: string; returnvalue: unknown }>(living, "completed");
    living.process((job) => Promise.resolve(job.data.n + 1));
    assertEquals((await stalled).id, lost?.id);
    assertEquals((await done).returnvalue, 2);
  } finally {
    await living.close();
  }
});

testWithServer(
  "Bee-Queue runs jobs now and later, retries, and tells how they went",
  async (server) => {
    const { default: BeeQueue } = await import("bee-queue");
    const redis = { host: "127.0.0.1", port: server.port };
    const options = { redis, activateDelayedJobs: true, delayedDebounce: 1 };
    const [sender, worker] = [{ isWorker: false }, {}].map((role) =>
      new BeeQueue<{ x: number }>("sums", { ...options, ...role })
    );
    try {
      await Promise.all([sender.ready(), worker.ready()]);
      const progress: unknown[] = [];
      worker.process(2, (job: { data: { x: number }; reportProgress(told: unknown): void }) => {
        job.reportProgress({ half: true });
        const { x } = job.data;
        return x < 0 ? Promise.reject(new Error("negative")) : Promise.resolve(x * 2);
      });
      const due = Date.now() + 100;
      const later = sender.createJob({ x: 4 }).delayUntil(due);
      const laterDone = eventOf<number>(later, "succeeded");
      await later.save();
      const now = sender.createJob({ x: 2 }).setId("mine").on("progress", (told: unknown) => {
        progress.push(told);
      });
      const nowDone = eventOf<number>(now, "succeeded");
      await now.save();
      assertEquals(await nowDone, 4);
      assertEquals(progress, [{ half: true }]);
      assertEquals((await sender.createJob({ x: 9 }).setId("mine").save()).id, null);
      const bad = sender.createJob({ x: -1 }).retries(1).backoff("immediate", 0);
      const [retrying, failed] = [eventOf<Error>(bad, "retrying"), eventOf<Error>(bad, "failed")];
      await bad.save();
      assertEquals([(await retrying).message, (await failed).message], ["negative", "negative"]);
      assertEquals(await laterDone, 8);
      assert(Date.now() >= due);
      const { succeeded, failed: failures, waiting, delayed } = await sender.checkHealth();
      assertEquals({ succeeded, failures, waiting, delayed }, {
        succeeded: 2,
        failures: 1,
        waiting: 0,
        delayed: 0,
      });
      const stored = await sender.getJobs("failed", { size: 10 });
      assertEquals(stored.map(({ id }) => id), [bad.id]);
    } finally {
      await worker.close();
      await sender.close();
    }
  },
);
