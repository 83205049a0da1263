/** A disk with next to no space left. */
import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Enough for a folder and a file that is there before, not for a video. */
const FREE_BYTES = 4096;

/**
 * Mounts a nearly full disk.
 *
 * @param {string} path the folder to mount it on; created
 * @param {() => void} beforeFull puts files there while there is room
 * @returns {(() => void) | undefined} unmounts it; nothing where mounting is not allowed
 */
export function mountFullDisk(path, beforeFull) {
  mkdirSync(path, { recursive: true });
  try {
    const type = ["-t", "tmpfs", "-o", "size=256k", "tmpfs"];
    execFileSync("mount", [...type, path], { stdio: "ignore", timeout: 10_000 });
  } catch {
    return undefined;
  }
  beforeFull();
  const { bavail, bsize } = statfsSync(path);
  writeFileSync(join(path, "filler"), Buffer.alloc(bavail * bsize - FREE_BYTES));
  // Lazily: a process that the test failed to end may still use it.
  return () => execFileSync("umount", ["-l", path], { timeout: 10_000 });
}
