/**
 * BullMQ for tests: its parts on one server, closed together at the end.
 *
 * @module
 */
import type {
  FlowProducer,
  Job,
  Processor,
  Queue,
  QueueEvents,
  Worker,
  WorkerOptions,
} from "bullmq";
import type { RunningServer } from "../../src/program/start.ts";

/** What a test needs of BullMQ; `await using` closes all that it has handed out. */
export class BullMq implements AsyncDisposable {
  /** Where its parts connect to. */
  readonly connection: { readonly host: string; readonly port: number };
  readonly #open: { close(): Promise<unknown> }[] = [];

  constructor(server: RunningServer) {
    this.connection = { host: "127.0.0.1", port: server.port };
  }

  /** The queue of this name. */
  async queue(name: string): Promise<Queue> {
    const { Queue } = await import("bullmq");
    return this.#keep(new Queue(name, { connection: this.connection }));
  }

  /** What happens in the queue of this name, from now on. */
  async events(name: string): Promise<QueueEvents> {
    const { QueueEvents } = await import("bullmq");
    const events = this.#keep(new QueueEvents(name, { connection: this.connection }));
    await events.waitUntilReady();
    return events;
  }

  /** A worker for the queue of this name, which has begun to wait for jobs. */
  async worker(
    name: string,
    processor: Processor | null,
    options: Partial<WorkerOptions> = {},
  ): Promise<Worker> {
    const { Worker } = await import("bullmq");
    const worker = new Worker(name, processor, { connection: this.connection, ...options });
    return this.#keep(worker);
  }

  /** What adds jobs that wait for other jobs. */
  async flows(): Promise<FlowProducer> {
    const { FlowProducer } = await import("bullmq");
    return this.#keep(new FlowProducer({ connection: this.connection }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#open.reverse()) await part.close();
  }

  #keep<T extends { close(): Promise<unknown> }>(part: T): T {
    this.#open.push(part);
    return part;
  }
}

/** Resolves with the jobs that a worker completes, in this order, as soon as there are so many. */
export function completed(worker: Worker, count: number): Promise<Job[]> {
  const jobs: Job[] = [];
  return new Promise((resolve) => {
    worker.on("completed", (job) => {
      jobs.push(job);
      if (jobs.length === count) resolve(jobs);
    });
  });
}
