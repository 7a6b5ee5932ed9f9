/** What web servers share through Redis, unmodified: sessions of express-session, and the rooms of Socket.IO. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { eventOf, packageProblem, testUnless, testWithServer } from "../support/npm_clients.ts";

const npm = await packageProblem();

async function listen(web: Server): Promise<string> {
  const listening = eventOf(web, "listening");
  web.listen(0, "127.0.0.1");
  await listening;
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
}

testUnless(
  npm,
  "connect-redis keeps a session until it ends or nobody has come for too long",
  async () => {
    const { default: session } = await import("express-session");
    const { RedisStore } = await import("connect-redis");
    const { createClient } = await import("redis");
    await using server = await startFrozenServer({ inspectsChanges: true });
    const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
    await client.connect();
    const store = new RedisStore({ client, prefix: "web:", ttl: 3600 });
    const handle = session({ store, secret: "test", resave: false, saveUninitialized: false });
    type Visit = IncomingMessage & {
      session: { visits?: number; destroy(done: () => void): void };
    };
    const web = createServer((request: IncomingMessage, response: ServerResponse) => {
      handle(request, response, () => {
        const visit = request as Visit;
        if (visit.url === "/leave") return visit.session.destroy(() => response.end("bye"));
        visit.session.visits = (visit.session.visits ?? 0) + 1;
        response.end(`${visit.session.visits}`);
      });
    });
    const url = await listen(web);
    const visit = async (cookie = "", path = "/") => {
      const answer = await fetch(url + path, { headers: { cookie, connection: "close" } });
      return { text: await answer.text(), cookie: answer.headers.get("set-cookie")?.split(";")[0] };
    };
    try {
      const ada = (await visit()).cookie;
      const bob = (await visit()).cookie;
      assertEquals((await visit(ada)).text, "2");
      assertEquals((await visit(bob)).text, "2");
      assertEquals([await store.length(), (await store.all()).length], [2, 2]);
      const [key] = await client.keys("web:*");
      assertEquals(await client.ttl(key), 3600);
      server.clock.advance({ minutes: 40 });
      assertEquals((await visit(ada)).text, "3");
      server.clock.advance({ minutes: 40 });
      assertEquals([(await visit(ada)).text, (await visit(bob)).text], ["4", "1"]);
      assertEquals((await visit(ada, "/leave")).text, "bye");
      assertEquals((await visit(ada)).text, "1");
      await store.clear();
      assertEquals(await store.length(), 0);
    } finally {
      client.destroy();
      const closed = eventOf(web, "close");
      web.close();
      await closed;
    }
  },
);

testWithServer("two Socket.IO servers are one to their clients", async ({ port }) => {
  const { Server } = await import("socket.io");
  const { io } = await import("socket.io-client");
  const { createAdapter } = await import("@socket.io/redis-adapter");
  const { Redis } = await import("ioredis");
  const redises = Array.from({ length: 4 }, () => new Redis(port, "127.0.0.1"));
  await Promise.all(redises.map((redis) => redis.ping()));
  const sites = await Promise.all([0, 2].map(async (i) => {
    const web = createServer();
    const site = new Server(web, { adapter: createAdapter(redises[i], redises[i + 1]) });
    return { site, url: await listen(web) };
  }));
  const [here, there] = sites.map(({ site }) => site);
  const visitors = sites.map(({ url }) =>
    io(url, { transports: ["websocket"], reconnection: false })
  );
  const [ada, bob] = visitors;
  try {
    await Promise.all(visitors.map((visitor) => eventOf(visitor, "connect")));
    const heard = Promise.all(visitors.map((visitor) => eventOf(visitor, "news")));
    here.emit("news", { text: "ünï", bytes: 1 });
    assertEquals(await heard, Array(2).fill({ text: "ünï", bytes: 1 }));

    assertEquals((await here.fetchSockets()).map(({ id }) => id).sort(), [ada.id, bob.id].sort());
    here.in(bob.id!).socketsJoin("room");
    const inRoom = await here.in("room").fetchSockets();
    assertEquals(inRoom.map(({ id }) => id), [bob.id]);
    let adaHeard = false;
    ada.on("secret", () => adaHeard = true);
    const secret = eventOf<Uint8Array>(bob, "secret");
    const afterwards = eventOf(ada, "afterwards");
    here.to("room").emit("secret", Uint8Array.of(0, 255));
    here.emit("afterwards");
    assertEquals([...new Uint8Array(await secret)], [0, 255]);
    await afterwards;
    assert(!adaHeard);

    there.on("question", (x: number, answer: (y: number) => void) => answer(x * 2));
    assertEquals(await here.serverSideEmitWithAck("question", 21), [42]);
    bob.on("ask", (answer: (text: string) => void) => answer("here"));
    assertEquals(await here.timeout(5000).to("room").emitWithAck("ask"), ["here"]);
  } finally {
    const gone = visitors.map((visitor) => visitor.connected && eventOf(visitor, "disconnect"));
    for (const visitor of visitors) visitor.disconnect();
    await Promise.all(gone);
    for (const { site } of sites) await site.close();
    for (const redis of redises) redis.disconnect();
  }
});
