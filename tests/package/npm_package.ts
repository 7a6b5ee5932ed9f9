/**
 * Makes the npm package in dist/npm, and packs it: the same sources, as modules for Node 22 and later and for Bun, with declarations.
 *
 *     deno task npm
 *
 * @module
 */
import { build, type BuildOptions, type OutputFile, stop } from "npm:esbuild@0.28.2";
// The compiler that rollup-plugin-dts takes; later ones have no interface for programs.
import "npm:typescript@5.9.3";
import { rollup } from "npm:rollup@4.68.8";
import { dts } from "npm:rollup-plugin-dts@6.5.1";
import { REDENO_VERSION } from "../../src/lib/version.ts";
import { npmDocument, PACKED_DOCUMENTS } from "./npm_readme.ts";

const root = new URL("../../", import.meta.url);
const target = new URL("dist/npm/", root);

/** The modules that users import, and the program. */
const MODULES = { index: "src/mod.ts", testing: "src/testing/mod.ts" };
const PROGRAM = { redeno: "src/program/main_node.ts" };

const MANIFEST = {
  name: "redeno",
  version: REDENO_VERSION,
  description:
    "A Redis-compatible server in TypeScript: as a program, inside your own, or inside a test whose clock you hold",
  keywords: ["redis", "server", "test", "mock", "vitest", "jest", "in-memory", "clock"],
  license: "MIT",
  type: "module",
  engines: { node: ">=22" },
  bin: { redeno: "redeno.js" },
  main: "index.cjs",
  types: "index.d.ts",
  exports: {
    ".": { types: "./index.d.ts", require: "./index.cjs", default: "./index.js" },
    "./testing": { types: "./testing.d.ts", require: "./testing.cjs", default: "./testing.js" },
    "./package.json": "./package.json",
  },
  sideEffects: false,
};

function pathOf(name: string): string {
  return new URL(name, root).pathname;
}

/** What every bundle has in common. Names stay as they are, so that a stack trace can be read. */
const COMMON: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node22",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: pathOf("."),
  outdir: target.pathname,
  alias: Object.fromEntries(
    ["assert", "bytes", "io"].map((name) => [`@std/${name}`, pathOf(`src/std/${name}/mod.ts`)]),
  ),
};

/** Modules for `import`. What several of them need is in files that they share, so there is one server in a process. */
async function bundleModules(): Promise<void> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: { ...MODULES, ...PROGRAM },
    chunkNames: "shared/[name]-[hash]",
    format: "esm",
    splitting: true,
    write: false,
  });
  for (const file of outputFiles) await writeModule(file);
}

/** Writes a bundled file; the program begins with the line that makes a shell call Node. */
async function writeModule({ path, text }: OutputFile): Promise<void> {
  const isProgram = path.endsWith("/redeno.js");
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, isProgram ? `#!/usr/bin/env node\n${text}` : text);
  if (isProgram) await Deno.chmod(path, 0o755);
}

/** Modules for `require`, which Jest calls by default for what a test imports. */
async function bundleForRequire(): Promise<void> {
  const names = Object.keys(MODULES);
  await build({
    ...COMMON,
    stdin: {
      contents: Object.entries(MODULES)
        .map(([name, path]) => `export * as ${name} from "./${path}";`).join("\n"),
      resolveDir: pathOf("."),
    },
    outfile: `${target.pathname}shared/all.cjs`,
    outdir: undefined,
    format: "cjs",
  });
  for (const name of names) {
    await Deno.writeTextFile(
      new URL(`${name}.cjs`, target),
      `module.exports = require("./shared/all.cjs").${name};\n`,
    );
  }
}

/** Declarations: one file for each module, and one for what they share. */
async function declare(): Promise<void> {
  const bundle = await rollup({
    input: Object.fromEntries(
      Object.entries(MODULES).map(([name, path]) => [name, pathOf(path)]),
    ),
    external: [/^node:/],
    plugins: [dts({ compilerOptions: { allowImportingTsExtensions: true, types: [] } })],
    // The plugin tells of types that users reach and cannot name. They need not name them.
    onLog: (level, log, handle) => log.plugin === "dts" ? undefined : handle(level, log),
  });
  await bundle.write({ dir: target.pathname, chunkFileNames: "shared/types.d.ts" });
  await bundle.close();
}

/** Bytes of all files in a folder and below. */
async function sizeOf(folder: URL): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    bytes += isDirectory ? await sizeOf(url) : (await Deno.stat(url)).size;
  }
  return bytes;
}

/** Packs the package by npm, without the network; returns the name of the file in dist. */
async function pack(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    Deno.build.os === "windows" ? "npm.cmd" : "npm",
    { args: ["pack", "--silent", "--offline", "--pack-destination", ".."], cwd: target },
  ).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

await Deno.remove(target, { recursive: true }).catch(() => {});
await bundleModules();
await bundleForRequire();
await stop();
await declare();
await Deno.writeTextFile(new URL("package.json", target), `${JSON.stringify(MANIFEST, null, 2)}\n`);
await Deno.mkdir(new URL("docs/", target));
for (const path of ["README.md", ...PACKED_DOCUMENTS]) {
  const text = await Deno.readTextFile(new URL(path, root));
  await Deno.writeTextFile(new URL(path, target), npmDocument(path, text));
}
await Deno.copyFile(new URL("LICENSE", root), new URL("LICENSE", target));
const tarball = await pack();
const { size } = await Deno.stat(new URL(`../${tarball}`, target));
console.log(
  `dist/${tarball}: ${megabytes(size)} packed, ${megabytes(await sizeOf(target))} installed`,
);
