import type { Host } from "../ports/host.ts";

/** Bytes in a file. Throws the system's error. */
export function fileBytes(host: Host, path: string): number {
  const file = host.openToRead(path);
  const { size } = file;
  file.close();
  return size;
}
