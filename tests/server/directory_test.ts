/** Where a server's files are: in a directory of its own, whatever the working directory of the process is. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type FrozenServer, startFrozenServer } from "../support/frozen_server.ts";

const canWrite = (await Deno.permissions.query({ name: "write" })).state === "granted";

/** A test with two folders. */
function test(name: string, body: (folders: readonly [string, string]) => Promise<void>): void {
  Deno.test({
    name: canWrite ? name : `${name} (skipped: needs --allow-write)`,
    ignore: !canWrite,
    async fn() {
      const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "redeno-" }));
      const folders = [`${root}/one`, `${root}/two`] as const;
      try {
        for (const folder of folders) Deno.mkdirSync(folder);
        await body(folders);
      } finally {
        Deno.removeSync(root, { recursive: true });
      }
    },
  });
}

async function start(
  dir: string,
  config: Readonly<Record<string, string>> = {},
): Promise<FrozenServer> {
  const server = await startFrozenServer({
    config: { appendonly: "yes", "enable-protected-configs": "yes", dir, ...config },
  });
  await server.running.load();
  return server;
}

test("two servers in one process save and append each to its own dir", async (folders) => {
  const before = Deno.cwd();
  for (const [i, folder] of folders.entries()) {
    await using server = await start(folder);
    await using other = await start(folders[1 - i]);
    using session = server.running.session();
    using otherSession = other.running.session();
    assertEquals(await session.call("CONFIG", "GET", "dir"), new Map([["dir", folder]]));
    await session.call("SET", "mine", folder);
    await otherSession.call("SET", `other${i}`, "1");
    assertEquals(await session.call("SAVE"), "OK");
    assertEquals(await otherSession.call("SAVE"), "OK");
  }
  for (const folder of folders) {
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "appendonlydir",
      "dump.rdb",
    ]);
    // From the append-only file, and from the snapshot alone.
    for (const appendonly of ["yes", "no"]) {
      await using server = await start(folder, { appendonly });
      using session = server.running.session();
      assertEquals(await session.call("GET", "mine"), folder);
    }
  }
  assertEquals(Deno.cwd(), before);
});

test("CONFIG SET dir moves this server's files alone, and takes a path from where it is", async (folders) => {
  const before = Deno.cwd();
  const [one, two] = folders;
  Deno.mkdirSync(`${two}/deep`);
  await using server = await start(one, { appendonly: "no" });
  await using other = await start(one, { appendonly: "no", dbfilename: "other.rdb" });
  using session = server.running.session();
  using otherSession = other.running.session();
  await session.call("CONFIG", "SET", "dir", "../two/./deep");
  assertEquals(await session.call("CONFIG", "GET", "dir"), new Map([["dir", `${two}/deep`]]));
  assertEquals(await otherSession.call("CONFIG", "GET", "dir"), new Map([["dir", one]]));
  await session.call("SAVE");
  await otherSession.call("SAVE");
  assert(Deno.statSync(`${two}/deep/dump.rdb`).isFile);
  assertEquals([...Deno.readDirSync(one)].map(({ name }) => name), ["other.rdb"]);
  assertEquals(Deno.cwd(), before);
});

test("CONFIG SET dir refuses what is no directory, and the old one stays", async ([one]) => {
  Deno.writeTextFileSync(`${one}/file`, "");
  await using server = await start(one, { appendonly: "no" });
  using session = server.running.session();
  for (const wrong of ["nosuch", "file", `${one}/file`]) {
    const error = await session.call("CONFIG", "SET", "dir", wrong).catch(String);
    assertMatch(String(error), /CONFIG SET failed \(possibly related to argument 'dir'\) - /);
  }
  assertEquals(await session.call("CONFIG", "GET", "dir"), new Map([["dir", one]]));
});
