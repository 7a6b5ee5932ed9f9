/**
 * Makes src/kernels/wasm.ts from the sources of the kernels, with AssemblyScript's compiler.
 *
 *     deno task kernels                                        writes the file
 *     deno run --allow-read tests/check/kernels.ts --check     says whether the file is up to date
 *
 * @module
 */
import asc from "npm:assemblyscript@0.28.20/asc";

const SOURCE = "src/kernels/bits.as";
const TARGET = "src/kernels/wasm.ts";

async function compile(): Promise<Uint8Array> {
  const source = await Deno.readTextFile(SOURCE);
  let wasm: Uint8Array | undefined;
  const flags = ["--outFile", "kernels.wasm", "-O3", "--runtime", "stub", "--enable", "simd"];
  const { error, stderr } = await asc.main(["bits.ts", "--noAssert", ...flags], {
    readFile: (name) => name === "bits.ts" ? source : null,
    writeFile: (_name, contents) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw new Error(stderr.toString());
  return wasm;
}

const wasm = await compile();
const base64 = btoa(String.fromCharCode(...wasm));
const text = `/**
 * The kernels of bits.as as WebAssembly, written by tests/check/kernels.ts. They are a text among the sources, so that they are there
 * wherever the sources are: under Deno and Node, in packages and executables.
 *
 * @module
 */

/** The ${wasm.length} bytes in base64. */
export const WASM =
  // deno-fmt-ignore
  "${base64}";
`;

if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, text);
else if (await Deno.readTextFile(TARGET) !== text) {
  console.error(`${TARGET} is not what ${SOURCE} gives. Run: deno task kernels`);
  Deno.exit(1);
} else console.log("Kernels: wasm.ts is what bits.as gives.");
