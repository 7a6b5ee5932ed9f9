/**
 * Finds circles of imports: files that need each other to be understood. A circle of values fails; one that is of types only is allowed where
 * it already is, but their number must not grow.
 *
 *     deno run --allow-read tests/check/circles.ts
 *
 * @module
 */
import { importsOf, readSource, sourceFiles } from "./source_files.ts";

/** Files in circles of types, in all: lower it when one goes, never raise it. */
const FILES_IN_TYPE_CIRCLES = 13;

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(isWanted: (isTypeOnly: boolean) => boolean): Graph {
  const graph = new Map<string, string[]>();
  for (const path of sourceFiles("src")) {
    const imports = importsOf(path, readSource(path)).filter((one) => isWanted(one.isTypeOnly));
    graph.set(path, imports.map(({ target }) => target));
  }
  return graph;
}

/** Sets of files that all lead to each other (Tarjan's algorithm). */
function circlesIn(graph: Graph): string[][] {
  const circles: string[][] = [];
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (path: string) => {
    numbers.set(path, numbers.size);
    lowest.set(path, numbers.get(path)!);
    stack.push(path);
    for (const next of graph.get(path) ?? []) {
      if (!numbers.has(next)) visit(next);
      if (stack.includes(next)) {
        lowest.set(path, Math.min(lowest.get(path)!, lowest.get(next)!));
      }
    }
    if (lowest.get(path) !== numbers.get(path)) return;
    const circle = stack.splice(stack.indexOf(path));
    if (circle.length > 1) circles.push(circle);
  };
  for (const path of graph.keys()) {
    if (!numbers.has(path)) visit(path);
  }
  return circles;
}

const ofValues = circlesIn(graphOf((isTypeOnly) => !isTypeOnly));
for (const circle of ofValues) console.error(`A circle of imports: ${circle.join(", ")}`);
const ofTypes = circlesIn(graphOf(() => true));
const count = ofTypes.reduce((sum, circle) => sum + circle.length, 0);
console.log(`Circles: ${ofValues.length} of values, ${ofTypes.length} of types (${count} files).`);
const hasGrown = count > FILES_IN_TYPE_CIRCLES;
if (hasGrown || Deno.args.includes("--list")) {
  for (const circle of ofTypes) console.error(`A circle of types: ${circle.join(", ")}`);
}
if (hasGrown) console.error(`More than ${FILES_IN_TYPE_CIRCLES} files are in circles of types.`);
if (ofValues.length > 0 || hasGrown) Deno.exit(1);
