/**
 * What tests need of Node: where `@std` is, a runner, and `using` where Node does not know it.
 *
 * @module
 */
import { registerHooks } from "node:module";
import { test } from "node:test";

/** What a test has declared with `using`, where that is no word of the language. It is disposed of at the end of the test. */
const declared = {
  resources: [] as Partial<AsyncDisposable & Disposable>[],
  set next(resource: Partial<AsyncDisposable & Disposable>) {
    this.resources.push(resource);
  },
  async dispose(): Promise<void> {
    for (const resource of this.resources.splice(0).reverse()) {
      if (resource[Symbol.asyncDispose] !== undefined) await resource[Symbol.asyncDispose]!();
      else resource[Symbol.dispose]!();
    }
  },
};
Object.assign(globalThis, { declaredInTest: declared });

/** Whether this runtime knows `using`; Node 22 does not. */
function knowsUsing(): boolean {
  try {
    return new Function("{ using x = null; } return true")();
  } catch {
    return false;
  }
}

const USING = /\b(?:await )?using (\w+) = /g;
const mustReplace = !knowsUsing();

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!mustReplace || !url.includes("/tests/")) return loaded;
    const source = String(loaded.source)
      .replace(USING, "const $1 = globalThis.declaredInTest.next = ");
    return { ...loaded, format: "module-typescript", source };
  },
  resolve(specifier, context, next) {
    const [, name] = /^@std\/(\w+)$/.exec(specifier) ?? [];
    if (name === undefined) return next(specifier, context);
    return next(new URL(`../../src/std/${name}/mod.ts`, import.meta.url).href, context);
  },
});

/** Registers a test. */
export function addTest(name: string, isSkipped: boolean, body: () => void | Promise<void>): void {
  test(name, { skip: isSkipped }, async () => {
    try {
      await body();
    } finally {
      await declared.dispose();
    }
  });
}

/** Runs what was registered: Node does so by itself. */
export function runTests(): Promise<void> {
  return Promise.resolve();
}
