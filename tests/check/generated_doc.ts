/**
 * Documents that are made from the code.
 *
 * @module
 */

/** Writes a document of docs/; with `--check` on the command line ends with an error instead if it is not up to date. */
export function writeOrCheck(name: string, script: string, text: string): void {
  const path = new URL(`../../docs/${name}`, import.meta.url).pathname;
  if (!Deno.args.includes("--check")) return Deno.writeTextFileSync(path, text);
  if (Deno.readTextFileSync(path) === text) return;
  console.error(
    `docs/${name} is out of date: deno run --allow-read --allow-write=docs tests/check/${script}`,
  );
  Deno.exit(1);
}
