/** Files that a composition names. Nothing here throws, whatever a source is called. */
import { closeSync, openSync, readSync, statSync } from "node:fs";

/** The path that a source means: without query and fragment, escapes resolved where they can be. */
export function pathOf(src: string): string {
  const path = src.split(/[?#]/)[0] ?? "";
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether there is a regular file at `path`. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** At most the first `bytes` bytes of a file; nothing when it cannot be read. */
export function readHead(path: string, bytes: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(fd, buffer, 0, bytes, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
