/** A child that works in rounds, and is looked at between them, when it is at rest. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { endTree } from "../../dist/bench/process-tree.js";
import { noteSession } from "../e2e/support/processes.mjs";
import { look } from "../load/sampler.mjs";
import { growth, mib } from "./figures.mjs";

/** How long what has ended may take to be gone. */
const REST_MS = 10_000;
const LOOK_MS = 100;

/**
 * Starts a child of `children/`.
 *
 * @param {import("../e2e/support/workspace.mjs").Workspace} ws
 * @param {string} script
 * @param {{ under?: string[], args?: string[] }} [options] `under`: a command that becomes the child
 */
export function startRounds(ws, script, { under = [], args: own = [] } = {}) {
  const path = fileURLToPath(new URL(`children/${script}`, import.meta.url));
  const [file, ...args] = [...under, process.execPath, "--expose-gc", path, ...own];
  const child = spawn(file, args, {
    cwd: ws.dir,
    env: ws.env(),
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  noteSession(ws.dir, child.pid);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the child ended with ${code ?? signal}`);
  });
  ended.catch(() => {});
  return {
    pid: child.pid,
    /** Gives it something to do, and waits for what comes of it. */
    async round(work, withinMs) {
      child.stdin.write(`${JSON.stringify(work)}\n`);
      const late = sleep(withinMs, undefined, { ref: false }).then(() => {
        throw new Error(`no answer within ${withinMs} ms`);
      });
      const [line] = await Promise.race([once(lines, "line"), ended, late]);
      return JSON.parse(line);
    },
    /** What it holds once no process of it is left, or after ten seconds. */
    async atRest() {
      const deadline = Date.now() + REST_MS;
      for (;;) {
        const now = look(child.pid);
        if (now.children === 0 || Date.now() > deadline) return now;
        await sleep(LOOK_MS);
      }
    },
    async end() {
      child.stdin.end();
      await endTree(child);
    },
  };
}

/**
 * What has grown over the rounds, and what was left.
 *
 * @param {import("../load/sampler.mjs").Sample[]} samples one after each round, at rest
 * @param {string[]} left files
 * @param {number} mostMib resident memory may be more in the last quarter than in the second
 */
export function judgeRest(samples, left, mostMib) {
  const problems = [];
  const figures = { ownMib: growth(samples, "ownMib") };
  const { grown } = figures.ownMib;
  if (grown > mostMib) problems.push(`resident memory grows by ${mib(grown)}`);
  for (const name of ["files", "threads"]) {
    figures[name] = growth(samples, name);
    if (figures[name].grown > 0) problems.push(`${name}: ${figures[name].grown} more`);
  }
  const children = samples.filter((sample) => sample.children > 0).length;
  if (children > 0) problems.push(`processes were left after ${children} rounds`);
  if (left.length > 0) problems.push(`files were left: ${left}`);
  return { figures, problems };
}
