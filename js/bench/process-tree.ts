/**
 * What /proc says of processes, and all that descend from one: to measure them, to look for leftovers
 * and to end them, also those that a browser moved into a group of its own. Where there is no /proc,
 * only the child itself is known.
 */
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const GRACE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** A living process. */
export interface ProcessStat {
  pid: number;
  ppid: number;
  /** Process id of the session's leader. */
  session: number;
  /** When it began, in clock ticks since boot: tells a reused pid apart. */
  start: string;
  /** User plus system time, in clock ticks. */
  ticks: number;
  rssPages: number;
}

/** @returns undefined when it is gone, or a zombie, which only waits for its parent */
export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name in parentheses may itself hold spaces and parentheses, so fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z") return undefined;
  return {
    pid,
    ppid: Number(fields[1]),
    session: Number(fields[3]),
    start: fields[19] ?? "",
    ticks: Number(fields[11]) + Number(fields[12]),
    rssPages: Number(fields[21]),
  };
}

/** Whether a process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  if (existsSync("/proc/self/stat")) return readStat(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The living among the given processes and all that descend from them.
 *
 * @param roots pids
 * @returns nothing where there is no /proc
 */
export function descendants(roots: Iterable<number>): ProcessStat[] {
  let names: string[] = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const byPid = new Map<number, ProcessStat>();
  const children = new Map<number, number[]>();
  for (const name of names) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (!stat) continue;
    byPid.set(stat.pid, stat);
    const siblings = children.get(stat.ppid);
    if (siblings) siblings.push(stat.pid);
    else children.set(stat.ppid, [stat.pid]);
  }
  const found = new Set<number>();
  const queue = [...roots];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return [...found].flatMap((pid) => byPid.get(pid) ?? []);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

/**
 * Ends a child and everything below it: SIGTERM to the child first so that it can tidy up, SIGKILL
 * to whatever is left after ten seconds. Resolves when nothing of the tree lives any more.
 */
export async function endTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const deadline = Date.now() + GRACE_MS;
  const known = new Map<number, string>();
  // Seen before the signal: what is orphaned by it can no longer be found through its parent.
  const look = () => {
    for (const { pid: one, start } of descendants([pid, ...known.keys()])) known.set(one, start);
  };
  look();
  signal(pid, "SIGTERM");
  do {
    await sleep(LOOK_EVERY_MS);
    const late = Date.now() > deadline;
    for (const [one, start] of known) {
      if (readStat(one)?.start !== start) known.delete(one);
      else if (late) signal(one, "SIGKILL");
    }
    if (late && child.exitCode === null) signal(pid, "SIGKILL");
    look();
  } while (known.size > 0 && Date.now() < deadline + GRACE_MS);
}
