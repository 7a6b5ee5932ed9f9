/**
 * Checks that every relative link in the documents leads to a file.
 *
 *     deno run --allow-read tests/check/links.ts
 *
 * @module
 */
const root = new URL("../../", import.meta.url);
const problems: string[] = [];

function checkDocument(path: string): void {
  const url = new URL(path, root);
  const text = Deno.readTextFileSync(url);
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^([a-z]+:|#)/.test(target)) continue;
    const file = new URL(target.replace(/#.*$/, ""), url);
    try {
      Deno.statSync(file);
    } catch {
      problems.push(`${path} links to ${target}, which is not there`);
    }
  }
}

checkDocument("README.md");
for (const { name } of Deno.readDirSync(new URL("docs/", root))) {
  if (name.endsWith(".md")) checkDocument(`docs/${name}`);
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "Links: all lead to files." : `${problems.length} dead links`);
if (problems.length > 0) Deno.exit(1);
