/** The temporary folders of compilations. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";

const PREFIX = "hyperframes-native";
/** Of workspaces that are kept: later processes must not sweep them away. */
const KEPT_PREFIX = "hyperframes-kept";

/** Folders of one compilation, private to this process. */
export interface Workspace {
  root: string;
  /** Given to upstream as its renders folder; its debug folder is a sibling of it. */
  rendersDir: string;
  /** Where upstream writes the files of the job `jobId`. */
  debugDir(jobId: string): string;
  /** Removes everything. Retries, because on Windows files may still be open. */
  remove(): Promise<void>;
  /** Leaves everything on disk instead. Gives the folder where it is from now on. */
  keep(): string;
}

const live = new Set<string>();
let prepared = false;

/**
 * Creates a workspace below `base` (default: the temp folder). Its name has host, PID namespace and
 * process id, so that a later process can remove workspaces left by a crash.
 */
export function createWorkspace(base = tmpdir()): Workspace {
  if (!prepared) {
    prepared = true;
    sweepDeadWorkspaces(base);
    process.once("exit", removeLive);
  }
  const root = mkdtempSync(join(base, `${PREFIX}-${ownerDomain()}-${process.pid}-`));
  const rendersDir = join(root, "renders");
  mkdirSync(rendersDir);
  live.add(root);
  return {
    root,
    rendersDir,
    debugDir: (jobId) => join(root, ".debug", jobId),
    remove: async () => {
      await rm(root, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
      live.delete(root);
    },
    keep: () => {
      const kept = join(base, KEPT_PREFIX + basename(root).slice(PREFIX.length));
      renameSync(root, kept);
      live.delete(root);
      return kept;
    },
  };
}

/** For exits during a job, such as after a second Ctrl-C. */
function removeLive(): void {
  for (const root of live) rmSync(root, { recursive: true, force: true });
}

/**
 * Removes workspaces of processes that have ended. Only those of this host and PID namespace: a
 * process id of another container that shares the temp folder means nothing here.
 *
 * @returns the names that were removed
 */
export function sweepDeadWorkspaces(base: string): string[] {
  const removed: string[] = [];
  const mine = `${PREFIX}-${ownerDomain()}-`;
  let names: string[];
  try {
    names = readdirSync(base);
  } catch {
    return removed;
  }
  for (const name of names) {
    if (!name.startsWith(mine)) continue;
    const pid = Number(name.slice(mine.length).split("-")[0]);
    if (!Number.isInteger(pid) || pid <= 0 || isAlive(pid)) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Another user's files, or in use: the next start tries again.
    }
  }
  return removed;
}

/** Eight hex digits that name this host and PID namespace. */
export function ownerDomain(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux: there are no PID namespaces.
  }
  return createHash("sha256").update(`${hostname()}\0${namespace}`).digest("hex").slice(0, 8);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
