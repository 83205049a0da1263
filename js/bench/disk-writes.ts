/**
 * Counts what a process tree writes to disk, from the kernel's own account in /proc/PID/io. When a
 * process is waited for, the kernel adds what it and its waited-for children wrote to its parent's
 * account. So everything that ended below a child of ours is in our own account once that child is
 * gone, exactly, however briefly it lived. What is missing there are processes whose parent ended
 * first: they belong to init by then, and are sampled. What one of those writes after its last
 * sample is lost, and so is one whose parent ended before it was ever seen.
 */
import { readFileSync } from "node:fs";
import type { ProcessStat } from "./process-tree.js";

/**
 * Bytes that a process and its waited-for children caused to be written to disk so far: pages made
 * dirty, each once until it is written back. Pipes, sockets and memory disks do not count; a file
 * that is deleted before it reaches the disk does.
 *
 * @returns undefined where the kernel does not say
 */
export function writtenBytes(pid: number | "self"): number | undefined {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** The account of one child of this process and all below it. */
export class DiskWrites {
  readonly #before = writtenBytes("self");
  /** Bytes by process that init has adopted, as last seen. */
  readonly #adopted = new Map<string, number>();

  /**
   * To be called often while the child lives.
   *
   * @param tree all of it
   */
  look(tree: readonly ProcessStat[]): void {
    const known = new Set(tree.map(({ pid }) => pid)).add(process.pid);
    for (const { pid, ppid, start } of tree) {
      if (known.has(ppid)) continue;
      const bytes = writtenBytes(pid);
      if (bytes !== undefined) this.#adopted.set(`${pid}:${start}`, bytes);
    }
  }

  /**
   * To be called when the child has ended and been waited for, before this process writes anything.
   *
   * @returns bytes; undefined where the kernel does not say
   */
  total(): number | undefined {
    const now = writtenBytes("self");
    if (now === undefined || this.#before === undefined) return undefined;
    return [...this.#adopted.values()].reduce((sum, bytes) => sum + bytes, now - this.#before);
  }
}
