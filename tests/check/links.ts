/**
 * Checks that every relative link in the documents leads to a file, and that every path which a document or a comment names is there.
 *
 *     deno run --allow-read tests/check/links.ts
 *
 * @module
 */
import { readSource, sourceFiles } from "./source_files.ts";

const root = new URL("../../", import.meta.url);
const problems: string[] = [];

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

/** `[text](target)` */
function checkLinks(path: string, text: string): void {
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^([a-z]+:|#)/.test(target)) continue;
    if (!exists(new URL(target.replace(/#.*$/, ""), new URL(path, root)))) {
      problems.push(`${path} links to ${target}, which is not there`);
    }
  }
}

/** `clients/hold.ts` in backquotes: a path from the root or from `src/`. */
function checkNames(path: string, text: string): void {
  for (const [, name] of text.matchAll(/`((?:[\w-]+\/)+[\w-]+\.(?:ts|md))`/g)) {
    if (!exists(new URL(name, root)) && !exists(new URL(`src/${name}`, root))) {
      problems.push(`${path} names ${name}, which is not there`);
    }
  }
}

function checkDocument(path: string): void {
  const text = Deno.readTextFileSync(new URL(path, root));
  checkLinks(path, text);
  checkNames(path, text);
}

/** Comments send readers to documents: `docs/internals/memory.md`. */
function checkSource(path: string): void {
  for (const [name] of readSource(path).matchAll(/docs\/[\w/-]+\.md/g)) {
    if (!exists(new URL(name, root))) {
      problems.push(`${path} names ${name}, which is not there`);
    }
  }
}

function checkDocuments(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    if (isDirectory) checkDocuments(`${folder}${name}/`);
    else if (name.endsWith(".md")) checkDocument(`${folder}${name}`);
  }
}

checkDocument("README.md");
checkDocuments("docs/");
for (const path of sourceFiles("src")) checkSource(path);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "Links: all lead to files." : `${problems.length} dead links`);
if (problems.length > 0) Deno.exit(1);
