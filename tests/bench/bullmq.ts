/**
 * BullMQ's own scripts under load: addStandardJob, moveToActive, moveToFinished, as its queue and its worker call them.
 *
 * @module
 */
import type { MeasuredServer } from "./servers.ts";

const JOBS = 4000;
/** As small as jobs are in practice: what is measured is BullMQ's work for one. */
const DATA = { userId: 12345, email: "somebody@example.com", retry: false };

/** What one stage took for each of its jobs. */
interface StageCost {
  readonly perSecond: number;
  readonly cpu: number;
}

/** Adds jobs to a queue, `atOnce` at a time, and then works so many off at a time; returns what both took. */
export async function measureQueue(
  server: MeasuredServer,
  atOnce: number,
): Promise<Readonly<Record<string, StageCost>>> {
  const { Queue, Worker } = await import("bullmq");
  const connection = { host: "127.0.0.1", port: server.port };
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  const jobs = Array.from({ length: atOnce }, () => ({ name: "send", data: DATA }));
  const added = await costOf(server, async () => {
    for (let i = 0; i < JOBS; i += atOnce) await queue.addBulk(jobs);
  });
  const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
  let left = JOBS;
  const worker = new Worker("bench", () => Promise.resolve(1), {
    connection,
    concurrency: atOnce,
    autorun: false,
  });
  worker.on("completed", () => --left <= 0 && done());
  const workedOff = await costOf(server, async () => {
    worker.run();
    await isDone;
  });
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  return { "BullMQ adds a job": added, "BullMQ works a job off": workedOff };
}

async function costOf(server: MeasuredServer, work: () => Promise<void>): Promise<StageCost> {
  const ticks = server.cpuTicks();
  const startMs = performance.now();
  await work();
  const seconds = (performance.now() - startMs) / 1000;
  return { perSecond: JOBS / seconds, cpu: (server.cpuTicks() - ticks) / JOBS };
}
