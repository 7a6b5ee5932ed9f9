/**
 * Stand-in for the functions of `@std/assert` that this project uses, with the same names, signatures and meaning, so that
 * the project works where JSR cannot be reached. deno.json's `links` puts it in place; without that line the real one is used.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

/** Thrown by every assertion of this module. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function check(run: () => void, message?: string): void {
  try {
    run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new AssertionError(message === undefined ? text : `${message}\n${text}`);
  }
}

/** Asserts that `condition` is truthy. */
export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Asserts that both values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  check(() => nodeAssert.deepStrictEqual(actual, expected), message);
}

/** Asserts that the values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  check(() => nodeAssert.notDeepStrictEqual(actual, expected), message);
}

/** Asserts that both are the same value by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  check(() => nodeAssert.strictEqual(actual, expected), message);
}

/** Asserts that `actual` matches the regular expression. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  check(() => nodeAssert.match(actual, expected), message);
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(message ?? `Expected actual: "${actual}" to contain: "${expected}".`);
  }
}

/** Asserts that `fn` throws an `ErrorClass` whose message includes `includes`; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E = Error as unknown as new (...args: any[]) => E,
  includes = "",
  message?: string,
): E {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof ErrorClass)) {
      throw new AssertionError(message ?? `Expected error to be instance of "${ErrorClass.name}".`);
    }
    assertStringIncludes(error.message, includes, message);
    return error;
  }
  throw new AssertionError(message ?? "Expected function to throw.");
}

/** Asserts that the promise of `fn` is rejected with an `ErrorClass` whose message includes `includes`. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E = Error as unknown as new (...args: any[]) => E,
  includes = "",
  message?: string,
): Promise<E> {
  let caught: unknown;
  let threw = false;
  try {
    await fn();
  } catch (error) {
    threw = true;
    caught = error;
  }
  if (!threw) throw new AssertionError(message ?? "Expected function to reject.");
  return assertThrows(
    () => {
      throw caught;
    },
    ErrorClass,
    includes,
    message,
  );
}
