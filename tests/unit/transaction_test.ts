import { assert, assertEquals } from "@std/assert";
import { Transaction } from "../../src/clients/transaction.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { Arguments } from "../../src/resp/arguments.ts";

function argumentsOf(words: readonly string[]): Arguments {
  const args = new Arguments();
  args.assign(words.map(fromLatin1));
  return args;
}

Deno.test("Transaction gives back its requests in order, whatever their sizes, from memory of its own", () => {
  const random = new SeededRandom(5);
  const transaction = new Transaction();
  const sizes = [0, 1, 7, 100, 3000, 70_000];
  const requests: string[][] = [];
  let totalBytes = 0;
  for (let i = 0; i < 500; i++) {
    const words = Array.from({ length: 1 + random.below(i % 50 === 0 ? 200 : 4) }, (_, n) => {
      const size = sizes[random.below(i % 20 === 0 ? sizes.length : 4)];
      return String.fromCharCode(97 + n % 26).repeat(size);
    });
    const args = argumentsOf(words);
    transaction.add(args, 1 << i % 3);
    args.bytes.fill(0);
    requests.push(words);
    totalBytes += words.join("").length;
  }
  const given: string[][] = [];
  for (const args of transaction.requests()) given.push(args.texts());
  assertEquals(given, requests);
  assertEquals([transaction.count, transaction.flags], [500, 0b111]);
  assert(transaction.memoryBytes >= totalBytes && transaction.memoryBytes < 2 * totalBytes + 5e6);
});

Deno.test("a transaction of 100,000 requests makes no object for each, and takes little more than their bytes", () => {
  const transaction = new Transaction();
  const args = argumentsOf(["SET", "key", "value"]);
  for (let i = 0; i < 100_000; i++) transaction.add(args, 1);
  assert(transaction.memoryBytes < 4_500_000, `${transaction.memoryBytes}`);
  const seen = new Set<Arguments>();
  for (const args of transaction.requests()) seen.add(args);
  assertEquals(seen.size, 1);
});
