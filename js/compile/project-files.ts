/** Reading files that a composition names. Nothing here throws, whatever the name. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

/** The path of a source: without query and fragment, percent-decoded where that is valid. */
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

/** At most the first `bytes` bytes of a file; undefined when it cannot be read. */
export function readHead(path: string, bytes: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const buffer = Buffer.alloc(Math.min(bytes, fstatSync(fd).size));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
