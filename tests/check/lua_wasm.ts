/**
 * Makes src/scripting/lua_wasm.ts: takes the WebAssembly of PUC Lua 5.1 out of the npm package `wasmoon-lua5.1`, after comparing the package
 * with the digest that is written here.
 *
 *     deno run --allow-net=registry.npmjs.org --allow-write=src/scripting tests/check/lua_wasm.ts
 *
 * @module
 */
const PACKAGE = "https://registry.npmjs.org/wasmoon-lua5.1/-/wasmoon-lua5.1-1.18.10.tgz";
const INTEGRITY =
  "sha512-7ZLYj7FQgqzJOTJOLXqnIYYIUSRgG/Dw+uDMKnTor5G1Q9ykzRRPBomC3XgS0If+dbj+a8/Hj3+lA2URwKF0BA==";
const FILE = "package/dist/liblua5.1.wasm";
const TAR_BLOCK = 512;

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The bytes of a file in a tar archive. */
function extract(archive: Uint8Array, name: string): Uint8Array {
  const text = (start: number, length: number) =>
    new TextDecoder().decode(archive.subarray(start, start + length)).replace(/\0.*$/s, "");
  for (let at = 0; at < archive.length;) {
    const size = parseInt(text(at + 124, 12), 8) || 0;
    if (text(at, 100) === name) return archive.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
    at += TAR_BLOCK * (1 + Math.ceil(size / TAR_BLOCK));
  }
  throw new Error(`Cannot extract ${name}: it is not in the archive`);
}

const packed = new Uint8Array(await (await fetch(PACKAGE)).arrayBuffer());
const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", packed));
if (`sha512-${base64(digest)}` !== INTEGRITY) {
  throw new Error("Cannot use the package: its digest is another than the one written here");
}
const gunzip = new DecompressionStream("gzip");
const archive = await new Response(new Blob([packed]).stream().pipeThrough(gunzip)).arrayBuffer();
const wasm = extract(new Uint8Array(archive), FILE);
await Deno.writeTextFile(
  "src/scripting/lua_wasm.ts",
  `/**
 * PUC Lua 5.1 as WebAssembly: ${FILE} of ${PACKAGE},
 * written by tests/check/lua_wasm.ts. It is a text among the sources, so that it is there wherever they are: under Deno and Node, in an
 * executable, without permission to read any file. Both Lua and the package are under the MIT licence:
 *
 *     Lua: Copyright (C) 1994-2012 Lua.org, PUC-Rio.
 *     wasmoon: Copyright (c) 2023 Gabriel Francisco
 *
 *     Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
 *     "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
 *     distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
 *     the following conditions: the above copyright notice and this permission notice shall be included in all copies or substantial portions
 *     of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
 *     WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS
 *     BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
 *     CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 *
 * @module
 */

/** The ${wasm.length} bytes in base64. */
export const LUA_WASM =
  "${base64(wasm)}";
`,
);
