/**
 * What tests need of Bun: where `@std` is, and a runner. Bun's own runs files of other names only, and each test for five seconds.
 *
 * @module
 */
/** A part of Bun: tells it what a name that no file has stands for. */
interface Plugins {
  plugin(plugin: {
    readonly name: string;
    setup(build: {
      module(name: string, load: () => Promise<{ exports: unknown; loader: "object" }>): void;
    }): void;
  }): void;
}

(globalThis as unknown as { Bun: Plugins }).Bun.plugin({
  name: "@std",
  setup(build) {
    for (const name of ["assert", "bytes", "io"]) {
      build.module(`@std/${name}`, async () => {
        const exports = await import(`../../src/std/${name}/mod.ts`);
        return { exports, loader: "object" };
      });
    }
  },
});

// As in Node, there is nobody to report to: the runner sees what a test throws.
Object.assign(globalThis, { reportError: undefined });

interface Test {
  readonly name: string;
  readonly body: () => void | Promise<void>;
}

const tests: Test[] = [];

/** Registers a test. */
export function addTest(name: string, isSkipped: boolean, body: () => void | Promise<void>): void {
  if (!isSkipped) tests.push({ name, body });
}

/** Runs what was registered, and ends the process with an error if a test failed. */
export async function runTests(): Promise<void> {
  let failed = 0;
  for (const { name, body } of tests) {
    try {
      await body();
    } catch (error) {
      failed++;
      console.error(`not ok ${name}`, error);
    }
  }
  console.log(`# pass ${tests.length - failed}`);
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
