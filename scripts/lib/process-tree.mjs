/**
 * What /proc says of processes, and all that descend from one: to measure them (benches), to look for
 * leftovers (tests) and to end them, also those that a browser moved into a group of its own. Where
 * there is no /proc, only the child itself is known.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const GRACE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/**
 * @typedef {object} ProcessStat
 * @property {number} pid
 * @property {number} ppid
 * @property {number} session process id of its leader
 * @property {string} start when it began, in clock ticks since boot: tells a reused pid apart
 * @property {number} ticks user plus system time, in clock ticks
 * @property {number} rssPages
 */

/**
 * @param {number} pid
 * @returns {ProcessStat | undefined} undefined when it is gone, or a zombie, which only waits for its
 *   parent
 */
export function readStat(pid) {
  let text;
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
    start: fields[19],
    ticks: Number(fields[11]) + Number(fields[12]),
    rssPages: Number(fields[21]),
  };
}

/** Whether a process lives; a zombie does not. @param {number} pid */
export function isAlive(pid) {
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
 * @param {Iterable<number>} roots pids
 * @returns {ProcessStat[]} empty where there is no /proc
 */
export function descendants(roots) {
  let names = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const byPid = new Map();
  const children = new Map();
  for (const name of names) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (!stat) continue;
    byPid.set(stat.pid, stat);
    const siblings = children.get(stat.ppid);
    if (siblings) siblings.push(stat.pid);
    else children.set(stat.ppid, [stat.pid]);
  }
  const found = new Set();
  const queue = [...roots];
  while (queue.length) {
    const pid = queue.pop();
    if (found.has(pid)) continue;
    found.add(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return [...found].map((pid) => byPid.get(pid)).filter(Boolean);
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

/**
 * Ends a child and everything below it: SIGTERM to the child first so that it can tidy up, SIGKILL
 * to whatever is left after ten seconds. Resolves when nothing of the tree lives any more.
 * @param {import("node:child_process").ChildProcess} child
 */
export async function endTree(child) {
  const deadline = Date.now() + GRACE_MS;
  const known = new Map();
  // Seen before the signal: what is orphaned by it can no longer be found through its parent.
  const look = () => {
    for (const { pid, start } of descendants([child.pid, ...known.keys()])) known.set(pid, start);
  };
  look();
  signal(child.pid, "SIGTERM");
  do {
    await sleep(LOOK_EVERY_MS);
    const late = Date.now() > deadline;
    for (const [pid, start] of known) {
      if (readStat(pid)?.start !== start) known.delete(pid);
      else if (late) signal(pid, "SIGKILL");
    }
    if (late && child.exitCode === null) signal(child.pid, "SIGKILL");
    look();
  } while (known.size && Date.now() < deadline + GRACE_MS);
}
