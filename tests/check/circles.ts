/**
 * Finds circles of imports, of types too: files that need each other to be understood.
 *
 *     deno run --allow-read tests/check/circles.ts
 *
 * @module
 */
import { importsOf, readSource, sourceFiles } from "./source_files.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOfImports(): Graph {
  const graph = new Map<string, string[]>();
  for (const path of sourceFiles("src")) {
    graph.set(path, importsOf(path, readSource(path)));
  }
  return graph;
}

/** Sets of files that all lead to each other (Tarjan's algorithm), and files that lead to themselves. */
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
    if (circle.length > 1 || graph.get(path)?.includes(path)) circles.push(circle);
  };
  for (const path of graph.keys()) {
    if (!numbers.has(path)) visit(path);
  }
  return circles;
}

const circles = circlesIn(graphOfImports());
for (const circle of circles) console.error(`A circle of imports: ${circle.join(", ")}`);
console.log(`Circles of imports: ${circles.length}.`);
if (circles.length > 0) Deno.exit(1);
