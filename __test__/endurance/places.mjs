/** Places for renders, outside of a test: workspaces, and cgroups with little memory. */

import { workspace } from "../e2e/support/workspace.mjs";
import { cgroup, LACKS } from "../faults/limits.mjs";

const OFTEN_MS = 100;

/**
 * A workspace that goes away with what is done in it, together with the processes left in it.
 *
 * @template T
 * @param {(ws: import("../e2e/support/workspace.mjs").Workspace) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inWorkspace(work) {
  const cleanups = [];
  try {
    return await work(workspace({ after: (cleanup) => cleanups.push(cleanup) }));
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
}

/** Why cgroups with little memory cannot be made here, or nothing. */
export const lacksCgroups = LACKS.cgroup("memory");

/**
 * @typedef {object} GroupUse
 * @property {number} peakMib most that was counted, files that the system keeps in memory and may drop included
 * @property {number} heldMib most of what it cannot drop: memory of processes and shared memory
 * @property {number} oomKills processes that the system ended
 */

let number = 0;

/**
 * Has something done by processes in a cgroup (v1) of its own with so much memory; swap counts as memory.
 *
 * @template T
 * @param {number} limitMib
 * @param {(under: string[]) => Promise<T>} work `under` stands before the command that is to run in it
 * @returns {Promise<{ result: T, use: GroupUse }>}
 */
export async function withMemory(limitMib, work) {
  number += 1;
  const group = cgroup("memory", `hf-endurance-${process.pid}-${number}`);
  let heldMib = 0;
  const look = () => {
    const bytes = ["total_rss", "total_shmem"].map((name) => group.field("memory.stat", name) || 0);
    heldMib = Math.max(heldMib, bytes.reduce((sum, one) => sum + one) / (1 << 20));
  };
  const timer = setInterval(look, OFTEN_MS);
  try {
    group.write("memory.limit_in_bytes", limitMib * 2 ** 20);
    group.write("memory.memsw.limit_in_bytes", limitMib * 2 ** 20);
    const result = await work(group.under);
    const peakMib = group.read("memory.max_usage_in_bytes") / (1 << 20);
    const oomKills = group.field("memory.oom_control", "oom_kill");
    return { result, use: { peakMib, heldMib, oomKills } };
  } finally {
    clearInterval(timer);
    await group.removeSoon();
  }
}
