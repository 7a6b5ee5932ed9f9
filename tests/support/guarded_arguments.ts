/**
 * Lets a command that reads an argument which its request does not have fail, in every test that imports this: the range is that of an earlier
 * request, so that the mistake shows only after a longer one. `resp_client.ts` imports it, and so does every test that talks to a server.
 *
 * @module
 */
import { Arguments } from "../../src/resp/arguments.ts";

Arguments.makeRanges = (capacity, owner) =>
  new Proxy(new Int32Array(capacity), {
    get(ranges, key) {
      if (typeof key === "string" && Number(key) >= owner.count) {
        const error = new RangeError(`Cannot read argument ${key}: there are ${owner.count}`);
        // The server would only log it and reply with an error, which a test may not look at.
        reportError(error);
        throw error;
      }
      return Reflect.get(ranges, key, ranges);
    },
    set: (ranges, key, value) => Reflect.set(ranges, key, value, ranges),
  });
