import { assertEquals } from "@std/assert";
import { FirstRequests } from "../../src/server/first_requests.ts";

/** Notes who goes on, in order; each has taken a few steps since its bytes were reported, as a connection's loop does. */
async function report(order: FirstRequests, ids: readonly number[]): Promise<number[]> {
  const gone: number[] = [];
  await Promise.all(ids.map(async (id) => {
    for (let step = 0; step < 5; step++) await undefined;
    await order.turn(id);
    gone.push(id);
  }));
  return gone;
}

Deno.test("first requests that are reported together run in order of acceptance", async () => {
  const order = new FirstRequests(queueMicrotask);
  for (const id of [3, 4, 5, 9, 10]) order.add(id);
  assertEquals(await report(order, [4, 10, 3, 9]), [3, 4, 9, 10]);
});

Deno.test("a first request waits for nobody when all other connections have spoken or ended", async () => {
  const order = new FirstRequests(queueMicrotask);
  for (const id of [1, 2, 3]) order.add(id);
  order.delete(1);
  await order.turn(2);
  assertEquals(order.turn(3), undefined);
});
