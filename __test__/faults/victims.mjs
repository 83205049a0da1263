/** Which processes of a render a fault strikes. */
import {
  browsersOf,
  decodersOf,
  encodersOf,
  gpuProcessesOf,
  pagesOf,
  processesOf,
} from "../e2e/support/processes.mjs";

/** @type {Record<string, (ctx: import("./cell.mjs").Context) => { pid: number }[]>} */
export const VICTIMS = {
  "a browser": ({ ws }) => browsersOf(ws.dir).slice(0, 1),
  "every browser": ({ ws }) => browsersOf(ws.dir),
  "a renderer": ({ ws }) => pagesOf(ws.dir).slice(0, 1),
  "every renderer": ({ ws }) => pagesOf(ws.dir),
  "a GPU process": ({ ws }) => gpuProcessesOf(ws.dir).slice(0, 1),
  "every GPU process": ({ ws }) => gpuProcessesOf(ws.dir),
  "a decoder": ({ ws }) => decodersOf(ws).slice(0, 1),
  "the encoder": ({ ws }) => encodersOf(ws.dir),
  "the gated tool": ({ ws }) =>
    processesOf(ws.dir).filter(({ command }) => /^\/bin\/sh \S*gated-/.test(command)),
  Node: ({ running }) => [{ pid: running.child.pid }],
};

/**
 * Sends a signal to processes.
 *
 * @param {import("./cell.mjs").Context} ctx
 * @param {keyof typeof VICTIMS} who
 * @param {NodeJS.Signals} signal
 * @throws {Error} when there is nobody
 */
export function send(ctx, who, signal) {
  const struck = VICTIMS[who](ctx).filter(({ pid }) => strike(pid, signal));
  if (struck.length === 0) throw new Error(`there is no process to strike: ${who}`);
}

/** Whether a process was still there. */
function strike(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
    return false;
  }
}
