/**
 * Which file declares which command.
 *
 * @module
 */
import type { CommandSpec } from "../../src/command/spec.ts";
import { importSource, sourceFiles } from "./source_files.ts";

const FOLDER = "src/commands";

/** The specs that each file of a group declares, by the file's path from the top of the tree. */
export async function commandFiles(): Promise<ReadonlyMap<string, readonly CommandSpec[]>> {
  const files = new Map<string, CommandSpec[]>();
  for (const path of sourceFiles(FOLDER)) {
    if (path.endsWith("/mod.ts")) continue;
    const exported: unknown[] = Object.values(await importSource(path));
    const specs = exported.flat().filter(isSpec);
    if (specs.length > 0) files.set(path, specs);
  }
  return files;
}

/** The file of each spec; that of its container for a subcommand which its file keeps to itself. */
export function fileOf(
  files: ReadonlyMap<string, readonly CommandSpec[]>,
  spec: CommandSpec,
  container?: CommandSpec,
): string {
  for (const [path, specs] of files) if (specs.includes(spec)) return path;
  if (container === undefined) throw new Error(`No file exports ${spec.name}`);
  return fileOf(files, container);
}

function isSpec(value: unknown): value is CommandSpec {
  return typeof value === "object" && value !== null && "arity" in value && "summary" in value;
}
