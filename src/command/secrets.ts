/**
 * Which words of a request are secret. Whoever shows requests to others asks here, before or after they are run, whether they fail or not.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import type { CommandTable } from "./command_table.ts";
import type { CommandSpec } from "./spec.ts";

/** The places of the secret words of a request. */
export function secretWords(
  { secrets, requestAt }: CommandSpec,
  args: Arguments,
  commands: CommandTable,
): readonly number[] {
  if (requestAt === undefined) return secrets?.(args) ?? [];
  const request = args.tail(requestAt);
  const command = request.count === 0 ? undefined : commands.resolve(request);
  if (command === undefined) return [];
  return secretWords(command.spec, request, commands).map((i) => i + requestAt);
}

/** All places from `first` on. */
export function wordsFrom(args: Arguments, first: number): number[] {
  return Array.from({ length: Math.max(0, args.count - first) }, (_, i) => first + i);
}

/** The places of the `count` words behind each word `option`, from `first` on. */
export function wordsBehind(
  args: Arguments,
  first: number,
  option: string,
  count: number,
): number[] {
  return wordsFrom(args, first)
    .filter((i) => args.is(i, option))
    .flatMap((i) => Array.from({ length: count }, (_, n) => i + 1 + n));
}
