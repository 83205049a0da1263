/** Disks of our own that can be filled up. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Enough for a folder and a file that is there before, not for a video. */
const FREE_BYTES = 4096;
const FILLER = "filler";

/**
 * @typedef {object} SmallDisk
 * @property {(spare?: number) => void} fill takes all of its space but for some bytes
 * @property {() => void} empty gives that space back
 * @property {() => void} unmount
 */

/**
 * Mounts a disk.
 *
 * @param {string} path the folder to mount it on; created
 * @param {string} size as `mount` takes it
 * @returns {SmallDisk | undefined} nothing where mounting is not allowed
 */
export function mountDisk(path, size) {
  mkdirSync(path, { recursive: true });
  try {
    const type = ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs"];
    execFileSync("mount", [...type, path], { stdio: "ignore", timeout: 10_000 });
  } catch {
    return undefined;
  }
  return {
    ...diskAt(path),
    // Lazily: a process that the test failed to end may still use it.
    unmount: () => execFileSync("umount", ["-l", path], { timeout: 10_000 }),
  };
}

/**
 * A disk that is mounted already, perhaps as another process sees it.
 *
 * @param {string} path its folder
 * @returns {Pick<SmallDisk, "fill" | "empty">}
 */
export function diskAt(path) {
  return {
    fill(spare = 0) {
      const { bavail, bsize } = statfsSync(path);
      try {
        writeFileSync(join(path, FILLER), Buffer.alloc(Math.max(0, bavail * bsize - spare)));
      } catch (error) {
        // Somebody else took the rest.
        if (error.code !== "ENOSPC") throw error;
      }
    },
    empty: () => rmSync(join(path, FILLER), { force: true }),
  };
}

/**
 * Mounts a nearly full disk.
 *
 * @param {string} path the folder to mount it on; created
 * @param {() => void} beforeFull puts files there while there is room
 * @returns {(() => void) | undefined} unmounts it; nothing where mounting is not allowed
 */
export function mountFullDisk(path, beforeFull) {
  const disk = mountDisk(path, "256k");
  if (!disk) return undefined;
  beforeFull();
  disk.fill(FREE_BYTES);
  return disk.unmount;
}
