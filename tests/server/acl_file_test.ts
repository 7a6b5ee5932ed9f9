/** Users in a file of their own: ACL LOAD and ACL SAVE. */
import { assert, assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient, show } from "../support/resp_client.ts";

const { state } = await Deno.permissions.query({ name: "write" });

/** A test that needs a file. */
function fileTest(name: string, fn: () => Promise<void>): void {
  const isSkipped = state !== "granted";
  Deno.test({
    name: isSkipped ? `${name} (skipped: needs --allow-write)` : name,
    ignore: isSkipped,
    fn,
  });
}

/** A file of users, gone at the end. */
class AclFile implements Disposable {
  readonly path = Deno.makeTempFileSync({ suffix: ".acl" });

  constructor(text: string) {
    this.write(text);
  }

  write(text: string): void {
    Deno.writeTextFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path);
  }
}

const USERS = "user alice on nopass ~* +@all\nuser default on nopass ~* &* +@all\n";

fileTest("ACL LOAD disconnects every client but those of the default user", async () => {
  using file = new AclFile(USERS);
  await using server = await startFrozenServer({ config: { aclfile: file.path } });
  using admin = await RespClient.connect(server.port);
  using other = await RespClient.connect(server.port);
  using alice = await RespClient.connect(server.port);
  await alice.call("AUTH", "alice", "");
  assertEquals(await admin.ask("ACL", "LOAD"), '+"OK"');
  assertEquals(await alice.readToEnd(), "");
  assertEquals(await admin.ask("ACL", "WHOAMI"), '$"default"');
  assertEquals(await other.ask("PING"), '+"PONG"');
});

fileTest("who asks for ACL LOAD hears of it before the connection ends", async () => {
  using file = new AclFile(USERS);
  await using server = await startFrozenServer({ config: { aclfile: file.path } });
  using alice = await RespClient.connect(server.port);
  await alice.call("AUTH", "alice", "");
  assertEquals(await alice.ask("ACL", "LOAD"), '+"OK"');
  assertEquals(await alice.readToEnd(), "");
});

fileTest("ACL LOAD gives the default user new rules, and old ones to nobody", async () => {
  using file = new AclFile(USERS);
  await using server = await startFrozenServer({ config: { aclfile: file.path } });
  using admin = await RespClient.connect(server.port);
  await admin.call("ACL", "SETUSER", "bob", "on");
  file.write("user default on nopass ~a* resetchannels +@all\n");
  assertEquals(await admin.ask("ACL", "LOAD"), '+"OK"');
  const users = (await admin.call("ACL", "LIST")).elements.map(({ text }) => text);
  assertEquals(users, ["user default on nopass sanitize-payload ~a* resetchannels +@all"]);
  assertEquals(await admin.ask("GET", "b"), '-"NOPERM No permissions to access a key"');
});

fileTest("ACL LOAD names all that is wrong with a file, and changes nothing", async () => {
  using file = new AclFile(USERS);
  await using server = await startFrozenServer({ config: { aclfile: file.path } });
  using admin = await RespClient.connect(server.port);
  const before = show(await admin.call("ACL", "LIST"));
  file.write(
    "user alice on +nosuch foo bar -@nosuch\n\n# no comments\nuser alice on\nuser\n" +
      "user bob on (+get\n",
  );
  const { path } = file;
  assertEquals(
    (await admin.call("ACL", "LOAD")).text,
    `ERR ${path}:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. ` +
      `${path}:1: Syntax error. ` +
      `${path}:1: Error in applying operation '-@nosuch': Unknown command or category name in ACL. ` +
      `${path}:3 should start with user keyword followed by the username. ` +
      "WARNING: Duplicate user 'alice' found on line 4. " +
      `${path}:5 should start with user keyword followed by the username. ` +
      `${path}:6: Unmatched parenthesis in selector definition. ` +
      "WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
  );
  assertEquals(show(await admin.call("ACL", "LIST")), before);
});

fileTest("ACL SAVE writes what ACL LOAD reads", async () => {
  using file = new AclFile(USERS);
  await using server = await startFrozenServer({ config: { aclfile: file.path } });
  using admin = await RespClient.connect(server.port);
  await admin.call(
    ...["ACL", "SETUSER", "bob", "on", ">pw", "#".padEnd(65, "a"), "%R~r*", "%W~w*", "&c*"],
    ...["+@read", "-get", "+select|0", "-@scripting", "(+set ~s*)", "(%R~* +@all)"],
  );
  const before = show(await admin.call("ACL", "LIST"));
  await admin.call("ACL", "SAVE");
  await admin.call("ACL", "DELUSER", "bob");
  await admin.call("ACL", "LOAD");
  assertEquals(show(await admin.call("ACL", "LIST")), before);
  assert(before.includes("bob"));
});

Deno.test("reset gives a user the channels that acl-pubsub-default gives now", async () => {
  await using server = await startFrozenServer();
  using admin = await RespClient.connect(server.port);
  await admin.call("ACL", "SETUSER", "bob", "on", "nopass", "+@all");
  await admin.call("CONFIG", "SET", "acl-pubsub-default", "allchannels");
  const channels = async () => {
    const { elements } = await admin.call("ACL", "GETUSER", "bob");
    return elements[elements.findIndex(({ text }) => text === "channels") + 1].text;
  };
  assertEquals(await channels(), "");
  await admin.call("ACL", "SETUSER", "bob", "reset");
  assertEquals(await channels(), "&*");
  await admin.call("CONFIG", "SET", "acl-pubsub-default", "resetchannels");
  await admin.call("ACL", "SETUSER", "bob", "on");
  assertEquals(await channels(), "&*");
  await admin.call("ACL", "SETUSER", "bob", "reset");
  assertEquals(await channels(), "");
});
