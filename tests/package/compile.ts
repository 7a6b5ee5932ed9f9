/**
 * Makes executables in dist/.
 *
 *     deno task compile            for this machine: dist/redeno
 *     deno task compile --all      for every system: dist/redeno-0.1.0-linux-x64 and so on, with dist/SHA256SUMS
 *
 * Other arguments go to `deno compile`. For other systems Deno downloads their runtime.
 *
 * @module
 */
import { hexText } from "../../src/lib/bytes.ts";
import { REDENO_VERSION } from "../../src/lib/version.ts";

/** Deno's name of each system, and ours. */
const TARGETS = {
  "x86_64-unknown-linux-gnu": "linux-x64",
  "aarch64-unknown-linux-gnu": "linux-arm64",
  "x86_64-apple-darwin": "macos-x64",
  "aarch64-apple-darwin": "macos-arm64",
  "x86_64-pc-windows-msvc": "windows-x64.exe",
};

/** Why these: docs/internals/platforms.md. */
const V8_FLAGS = [
  "--single-threaded-gc",
  "--max-semi-space-size=2",
  "--max-inlined-bytecode-size=1000",
  "--max-inlined-bytecode-size-cumulative=4000",
];

/** What the executable may do. The right to start programs is for `redeno run`; a server gives it up. */
const RIGHTS = ["--allow-net", "--allow-read", "--allow-write", "--allow-sys", "--allow-run"];

const root = new URL("../../", import.meta.url);

/** Makes one executable; returns whether that worked. Deno says why if not. */
async function compile(output: string, args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", `--v8-flags=${V8_FLAGS.join(",")}`, ...RIGHTS, ...args],
      ...["--output", output, "main.ts"],
    ],
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success;
}

/** A line as sha256sum writes it. */
async function checksum(name: string): Promise<string> {
  const contents = await Deno.readFile(new URL(`dist/${name}`, root));
  const digest = await crypto.subtle.digest("SHA-256", contents);
  return `${hexText(new Uint8Array(digest))}  ${name}\n`;
}

/** Makes executables for every system; returns the names of those that could not be made. */
async function compileAll(args: readonly string[]): Promise<string[]> {
  if (Deno.env.has("DENORT_BIN")) throw new Error("DENORT_BIN names the runtime of one system");
  const failed: string[] = [];
  let sums = "";
  for (const [target, system] of Object.entries(TARGETS)) {
    const name = `redeno-${REDENO_VERSION}-${system}`;
    if (await compile(`dist/${name}`, ["--target", target, ...args])) sums += await checksum(name);
    else failed.push(name);
  }
  await Deno.writeTextFile(new URL("dist/SHA256SUMS", root), sums);
  return failed;
}

const args = Deno.args.filter((word) => word !== "--all");
const failed = Deno.args.includes("--all")
  ? await compileAll(args)
  : await compile("dist/redeno", args)
  ? []
  : ["redeno"];
for (const name of failed) console.error(`dist/${name} could not be made`);
if (failed.length > 0) Deno.exit(1);
